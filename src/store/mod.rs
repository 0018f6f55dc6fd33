//! The store: a schema's tables with everything that keeps them whole, and all its writes, each atomic by itself.
//!
//! Reads are methods of [`View`], to which a store derefs. A `transaction` closure gets the store itself, so that there is
//! one face for writing, inside a transaction and outside. No user code runs inside a write but the closures given to it.

mod apply;
mod end;
mod feed;
mod history;
mod insert;
mod links;
mod matching;
mod remove;
mod transaction;
mod update;

pub(crate) use end::{End, linked_slots};
pub use feed::Mark;
pub use history::{Checkpoint, Snapshot};
pub use insert::Written;
pub(crate) use links::SlotSet;
pub use links::{Declared, LinkChanges};

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Deref;

use crate::changes::Changes;
use crate::delete::DoomedRows;
use crate::error::Error;
use crate::table::Schema;
use crate::view::View;

type Hook<S> = Box<dyn FnOnce(&View<S>) -> Result<(), Error> + Send + Sync>;

/// An in-memory relational store of the schema `S`.
///
/// `&Store` reads (its reads are methods of [`View`]), `&mut Store` writes, and there is no lock inside. A clone is a store of
/// its own that goes on with the same next ids; it costs O(everything).
///
/// A function that takes `&mut Store<S>` can be called inside a transaction and outside:
///
/// ```
/// use relarena::prelude::*;
///
/// #[derive(Model, Clone)]
/// struct Author { name: String }
/// #[derive(Schema)]
/// struct Library { authors: Table<Author> }
///
/// fn hire(db: &mut Store<Library>, name: &str) -> Result<Id<Author>, Error> {
///     Ok(db.insert(Author { name: name.into() })?)
/// }
///
/// let mut db = Store::<Library>::new();
/// let lem = hire(&mut db, "Lem")?;
/// db.transaction(|tx| hire(tx, "Le Guin"))?;
/// let copy = db.clone();
/// db.delete(lem)?;
/// assert_eq!((copy[lem].name.as_str(), db.len::<Author>()), ("Lem", 1));
/// # Ok::<(), Error>(())
/// ```
pub struct Store<S> {
    pub(crate) view: View<S>,
    hooks: Vec<Hook<S>>,
    /// For each open transaction how many hooks there were when it began.
    hook_marks: Vec<usize>,
    /// For marks that going back has left behind the changes that lead to their state.
    left_behind: Vec<(u64, Changes<S>)>,
    /// Room that the last delete took, for the next one.
    room: DoomedRows,
}

impl<S> Store<S> {
    /// An empty store. O(models + relations).
    pub fn new() -> Self
    where
        S: Schema,
    {
        Self::with_view(View::new())
    }
}

impl<S: Schema> Store<S> {
    fn with_view(view: View<S>) -> Self {
        Self { view, hooks: Vec::new(), hook_marks: Vec::new(), left_behind: Vec::new(), room: DoomedRows::default() }
    }
}

impl<S: Schema> Default for Store<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// A copy of what is committed: one taken inside a transaction is of the state before it. O(everything).
impl<S: Schema> Clone for Store<S> {
    fn clone(&self) -> Self {
        let mut copy = Self::with_view(View { tables: self.view.tables.duplicate(), engine: self.view.engine.clone() });
        while copy.view.engine.in_transaction() {
            copy.view.engine.rollback(&mut copy.view.tables);
        }
        copy.view.engine.forget_history(&mut copy.view.tables);
        copy.finish();
        copy
    }
}

impl<S> Deref for Store<S> {
    type Target = View<S>;

    fn deref(&self) -> &View<S> {
        &self.view
    }
}
