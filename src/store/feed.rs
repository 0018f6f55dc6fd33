//! The change feed: marks, what changed since one, and what a transaction changed.
//!
//! Changes are pulled, never pushed into the middle of a write. A mark stands for a state that its reader has seen; going
//! back behind it does not lose it, so that a reader is told the difference only, however the store came to it.

use alloc::vec::Vec;

use super::Store;
use crate::changes::{self, Changes};
use crate::error::Error;
use crate::table::Schema;

/// A place in a store's feed of changes: the state that its reader has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    serial: u64,
    store: u64,
}

impl<S: Schema> Store<S> {
    /// Marks the state of now, to ask later what [changed since](Self::changes_since). O(1); from now on every change is
    /// kept until the mark moves on or is forgotten.
    ///
    /// # Errors
    ///
    /// [`Error::InsideTransaction`].
    pub fn mark(&mut self) -> Result<Mark, Error> {
        self.check_outside("mark")?;
        Ok(Mark { serial: self.view.engine.mark(), store: self.view.engine.history.identity() })
    }

    /// What turns the marked state into that of now, netted: nothing, if the store went back and did the same again. Inside
    /// a transaction it covers what was done so far. O(changes since, and the sizes of changed rows).
    ///
    /// # Errors
    ///
    /// [`Error::MarkGone`].
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Piece { square: u8 }
    /// # #[derive(Schema)] struct Board { pieces: Table<Piece> }
    /// let mut db = Store::<Board>::new();
    /// let start = db.checkpoint()?;
    /// let rook = db.insert(Piece { square: 3 })?;
    /// let seen = db.mark()?;
    /// db.rewind(start)?;
    /// assert_eq!(db.changes_since(seen)?.len(), 1);
    /// assert_eq!(db.insert(Piece { square: 3 })?, rook);
    /// assert!(db.changes_since(seen)?.is_empty());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn changes_since(&self, mark: Mark) -> Result<Changes<S>, Error> {
        let is_own = mark.store == self.view.engine.history.identity();
        let found = self.view.engine.history.marks().iter().find(|(serial, _)| *serial == mark.serial);
        match found.filter(|_| is_own) {
            Some(&mark) => Ok(self.changes_from(mark)),
            None => Err(Error::MarkGone),
        }
    }

    /// [`changes_since`](Self::changes_since), and moves the mark to the state of now. O(changes since, and the sizes of changed rows).
    ///
    /// # Errors
    ///
    /// [`Error::InsideTransaction`], [`Error::MarkGone`].
    pub fn take_changes(&mut self, mark: Mark) -> Result<Changes<S>, Error> {
        self.check_outside("take_changes")?;
        let changes = self.changes_since(mark)?;
        self.view.engine.move_mark(mark.serial);
        self.left_behind.retain(|(serial, _)| *serial != mark.serial);
        self.finish();
        Ok(changes)
    }

    /// Forgets a mark, so that the changes kept for it can go. O(what goes).
    ///
    /// # Errors
    ///
    /// [`Error::InsideTransaction`]; [`Error::MarkGone`] if it is another store's.
    pub fn forget_mark(&mut self, mark: Mark) -> Result<(), Error> {
        self.check_outside("forget_mark")?;
        if mark.store != self.view.engine.history.identity() {
            return Err(Error::MarkGone);
        }
        self.drop_mark(mark.serial);
        self.finish();
        Ok(())
    }

    /// Runs `work` as one transaction, and answers also what it changed. As [`transaction`](Self::transaction), plus
    /// O(changes, and the sizes of changed rows).
    ///
    /// # Errors
    ///
    /// As `transaction`.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Piece { square: u8 }
    /// # #[derive(Schema)] struct Board { pieces: Table<Piece> }
    /// let mut db = Store::<Board>::new();
    /// let (rook, changes) = db.transaction_changes(|tx| Ok(tx.insert(Piece { square: 3 })?))?;
    /// assert_eq!(changes.of::<Piece>().map(|change| change.id()).collect::<Vec<_>>(), [rook]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn transaction_changes<R>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<R, Error>,
    ) -> Result<(R, Changes<S>), Error> {
        let (answer, changes) = self.watched_transaction(work);
        Ok((answer?, changes))
    }

    /// A transaction's answer, and what it changed: nothing if it was rolled back, everything if only a hook failed.
    pub(crate) fn watched_transaction<R>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<R, Error>,
    ) -> (Result<R, Error>, Changes<S>) {
        let watch = Watch { serial: self.view.engine.mark(), store: self };
        let position = watch.store.view.engine.journal.end_position();
        let answer = watch.store.transaction(work);
        let changes = changes::since(&watch.store.view, position);
        drop(watch);
        self.finish();
        (answer, changes)
    }

    fn changes_from(&self, (serial, position): (u64, u64)) -> Changes<S> {
        let since = changes::since(&self.view, position);
        match self.left_behind.iter().find(|(other, _)| *other == serial) {
            Some((_, there)) => there.clone().inverse().then(&since),
            None => since,
        }
    }

    /// Goes back to a position by `go`. Marks beyond it keep the changes that lead from there to their state: they are
    /// taken before, and kept after, since both run code of the user's that may panic. O(1) without such marks; for each
    /// of them O(changes since the position).
    pub(super) fn go_back<R>(&mut self, position: u64, go: impl FnOnce(&mut Self) -> R) -> R {
        let marks = self.view.engine.history.marks().iter();
        let beyond: Vec<(u64, u64)> = marks.filter(|(_, mark)| *mark > position).copied().collect();
        let mut left_behind = Vec::new();
        if !beyond.is_empty() {
            let way_back = changes::since(&self.view, position);
            let there = |mark| way_back.then(&self.changes_from(mark).inverse());
            left_behind.extend(beyond.into_iter().map(|mark| (mark.0, there(mark))));
        }
        let answer = go(self);
        self.left_behind.retain(|(other, _)| left_behind.iter().all(|(serial, _)| serial != other));
        self.left_behind.append(&mut left_behind);
        answer
    }

    fn drop_mark(&mut self, serial: u64) {
        self.view.engine.forget_mark(serial);
        self.left_behind.retain(|(other, _)| *other != serial);
    }
}

/// A mark for the time of one transaction: forgotten when dropped, also while a panic unwinds.
struct Watch<'s, S: Schema> {
    store: &'s mut Store<S>,
    serial: u64,
}

impl<S: Schema> Drop for Watch<'_, S> {
    fn drop(&mut self) {
        // What was kept for it goes when a statement ends, not here: dropping rows runs code of the user's.
        self.store.drop_mark(self.serial);
    }
}
