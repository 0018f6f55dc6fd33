//! Going back, and branching: checkpoints and rewind, undo and redo, forks and snapshots.
//!
//! Going back costs as much as what changed since; a fork costs its pages, not its rows. Nothing costs anything until it is
//! asked for.

use alloc::boxed::Box;
use core::ops::Deref;

use super::Store;
use crate::engine::History;
use crate::error::Error;
use crate::table::Schema;
use crate::view::View;

/// A state to go back to; belongs to the store that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    serial: u64,
    store: u64,
}

impl<S: Schema> Store<S> {
    /// Marks the state of now, to [`rewind`](Self::rewind) to. O(1); from now on every change is kept, until the
    /// checkpoint is forgotten.
    ///
    /// # Errors
    ///
    /// [`Error::InsideTransaction`].
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Piece { square: u8 }
    /// # #[derive(Schema)] struct Board { pieces: Table<Piece> }
    /// let mut db = Store::<Board>::new();
    /// let rook = db.insert(Piece { square: 3 })?;
    /// let before = db.checkpoint()?;
    /// db.set(rook, Piece::SQUARE, 7)?;
    /// let queen = db.insert(Piece { square: 1 })?;
    /// db.rewind(before)?;
    /// assert_eq!((db[rook].square, db.contains(queen)), (3, false));
    /// assert_eq!(db.next_id::<Piece>(), queen);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn checkpoint(&mut self) -> Result<Checkpoint, Error> {
        self.check_outside("checkpoint")?;
        let store = self.view.engine.history.identity();
        Ok(Checkpoint { serial: self.view.engine.checkpoint(), store })
    }

    /// Goes back to a checkpoint, over any number of committed transactions: rows, orders and next ids are as they
    /// were. The checkpoint stays; those after it are gone, and ids from the future that was left must be dropped.
    /// O(changes since).
    ///
    /// # Errors
    ///
    /// [`Error::InsideTransaction`], [`Error::CheckpointGone`].
    pub fn rewind(&mut self, checkpoint: Checkpoint) -> Result<(), Error> {
        self.check_outside("rewind")?;
        self.check_own(checkpoint)?;
        let position = self.view.engine.history.checkpoint_position(checkpoint.serial);
        self.go_back(position.ok_or(Error::CheckpointGone)?, |store| {
            store.view.engine.rewind(checkpoint.serial, &mut store.view.tables)
        })?;
        self.finish();
        Ok(())
    }

    /// Forgets a checkpoint and all before it, so that the changes kept for them can go. O(what goes).
    ///
    /// # Errors
    ///
    /// [`Error::InsideTransaction`]; [`Error::CheckpointGone`] if it is another store's.
    pub fn forget(&mut self, checkpoint: Checkpoint) -> Result<(), Error> {
        self.check_outside("forget")?;
        self.check_own(checkpoint)?;
        self.view.engine.forget_checkpoint(checkpoint.serial);
        self.finish();
        Ok(())
    }

    /// Keeps the last `limit` checkpoints only, from now on: a ring for rollback netcode. O(what goes).
    ///
    /// # Errors
    ///
    /// [`Error::InsideTransaction`].
    pub fn limit_checkpoints(&mut self, limit: usize) -> Result<(), Error> {
        self.check_outside("limit_checkpoints")?;
        self.view.engine.limit_checkpoints(limit);
        self.finish();
        Ok(())
    }

    /// How many checkpoints can be gone back to. O(1).
    pub fn checkpoints(&self) -> usize {
        self.view.engine.history.checkpoints()
    }

    /// From now on each transaction, and each statement outside one, can be undone, as far back as `bytes` allow (the
    /// changes and the rows kept for them, without what rows own on the heap). O(1).
    ///
    /// # Errors
    ///
    /// [`Error::InsideTransaction`].
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Note { text: String }
    /// # #[derive(Schema)] struct Board { notes: Table<Note> }
    /// let mut db = Store::<Board>::new();
    /// db.record_undo(1 << 20)?;
    /// let note = db.transaction(|tx| {
    ///     tx.label("add a note");
    ///     let note = tx.insert(Note { text: "milk".into() })?;
    ///     tx.update(note, |note| note.text.push('!'))?;
    ///     Ok(note)
    /// })?;
    /// assert_eq!(db.undo_label(), Some("add a note"));
    /// assert!(db.undo()? && !db.contains(note));
    /// assert!(db.redo()?);
    /// assert_eq!(db[note].text, "milk!");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn record_undo(&mut self, bytes: usize) -> Result<(), Error> {
        self.check_outside("record_undo")?;
        self.view.engine.set_undo_budget(bytes, &mut self.view.tables);
        self.finish();
        Ok(())
    }

    /// Ends the recording for undo, and forgets what was recorded. O(what goes).
    ///
    /// # Errors
    ///
    /// [`Error::InsideTransaction`].
    pub fn stop_undo(&mut self) -> Result<(), Error> {
        self.check_outside("stop_undo")?;
        self.view.engine.stop_undo(&mut self.view.tables);
        self.finish();
        Ok(())
    }

    /// Gives the transaction that is open, or the next statement, a name for undo menus. O(1).
    pub fn label(&mut self, label: impl Into<Box<str>>) {
        self.view.engine.set_label(label.into());
    }

    /// Undoes the latest transaction or statement; answers whether there was one. O(its changes).
    ///
    /// # Errors
    ///
    /// [`Error::InsideTransaction`].
    pub fn undo(&mut self) -> Result<bool, Error> {
        self.check_outside("undo")?;
        let Some(position) = self.view.engine.history.undo_position() else { return Ok(false) };
        let is_undone = self.go_back(position, |store| store.view.engine.undo(&mut store.view.tables));
        self.finish();
        Ok(is_undone)
    }

    /// Redoes what was undone last, with the same ids; answers whether there was anything. A write in between ends what
    /// can be redone. O(its changes).
    ///
    /// # Errors
    ///
    /// [`Error::InsideTransaction`].
    pub fn redo(&mut self) -> Result<bool, Error> {
        self.check_outside("redo")?;
        let is_redone = self.view.engine.redo(&mut self.view.tables);
        self.finish();
        Ok(is_redone)
    }

    /// Whether there is anything to undo. O(1).
    pub fn can_undo(&self) -> bool {
        self.view.engine.history.can_undo()
    }

    /// Whether there is anything to redo. O(1).
    pub fn can_redo(&self) -> bool {
        self.view.engine.history.can_redo()
    }

    /// The label of what `undo` would undo. O(1).
    pub fn undo_label(&self) -> Option<&str> {
        self.view.engine.history.undo_label()
    }

    /// The label of what `redo` would redo. O(1).
    pub fn redo_label(&self) -> Option<&str> {
        self.view.engine.history.redo_label()
    }

    /// Bytes that history takes: changes and the rows kept for them, without what rows own on the heap. O(models).
    pub fn history_bytes(&self) -> usize {
        self.view.engine.history_bytes(&self.view.tables)
    }

    /// An independent store in the same state, which goes on with the same next ids. The two share all pages; either
    /// copies a page when it first writes to it. History stays here. O(pages), a few hundred rows each.
    ///
    /// # Errors
    ///
    /// [`Error::InsideTransaction`].
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Piece { square: u8 }
    /// # #[derive(Schema)] struct Board { pieces: Table<Piece> }
    /// let mut db = Store::<Board>::new();
    /// let rook = db.insert(Piece { square: 3 })?;
    /// let mut tried = db.fork()?;
    /// tried.set(rook, Piece::SQUARE, 7)?;
    /// assert_eq!((db[rook].square, tried[rook].square), (3, 7));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn fork(&mut self) -> Result<Self, Error> {
        self.check_outside("fork")?;
        Ok(Self::with_view(self.share()))
    }

    /// The state of now, frozen: read with the same methods, from any thread. O(pages).
    ///
    /// # Errors
    ///
    /// [`Error::InsideTransaction`].
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Piece { square: u8 }
    /// # #[derive(Schema)] struct Board { pieces: Table<Piece> }
    /// let mut db = Store::<Board>::new();
    /// let rook = db.insert(Piece { square: 3 })?;
    /// let seen = db.snapshot()?;
    /// db.delete(rook)?;
    /// let reader = std::thread::spawn(move || seen[rook].square);
    /// assert_eq!(reader.join().expect("reading does not panic"), 3);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn snapshot(&mut self) -> Result<Snapshot<S>, Error> {
        self.check_outside("snapshot")?;
        Ok(Snapshot(self.share()))
    }

    fn share(&mut self) -> View<S> {
        View { tables: self.view.tables.share(), engine: self.view.engine.share() }
    }

    fn check_own(&self, checkpoint: Checkpoint) -> Result<(), Error> {
        if checkpoint.store == self.view.engine.history.identity() { Ok(()) } else { Err(Error::CheckpointGone) }
    }

    pub(super) fn check_outside(&self, call: &'static str) -> Result<(), Error> {
        if self.view.engine.in_transaction() { Err(Error::InsideTransaction { call }) } else { Ok(()) }
    }
}

/// A frozen state of a store: all reads of [`View`], no writes.
pub struct Snapshot<S>(View<S>);

impl<S> Deref for Snapshot<S> {
    type Target = View<S>;

    fn deref(&self) -> &View<S> {
        &self.0
    }
}

impl<S: Schema> Snapshot<S> {
    /// A store that goes on from this state. Pages stay shared until it writes. O(pages).
    pub fn to_store(&self) -> Store<S> {
        let mut engine = self.0.engine.clone();
        engine.history = History::fresh();
        Store::with_view(View { tables: self.0.tables.duplicate(), engine })
    }
}
