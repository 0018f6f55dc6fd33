//! The store: a schema's tables with everything that keeps them whole.

use core::ops::{Deref, DerefMut};

use crate::table::Schema;
use crate::transaction::Transaction;
use crate::view::View;

/// An in-memory relational store of the schema `S`.
///
/// Reads are methods of [`View`], writes of [`Transaction`]; a store derefs to both. `&Store` reads, `&mut Store` writes, and
/// there is no lock inside. A clone is a store of its own that goes on with the same next ids; it costs O(everything).
///
/// ```
/// use relarena::prelude::*;
///
/// #[derive(Model, Clone)]
/// struct Author { name: String }
/// #[derive(Schema)]
/// struct Library { authors: Table<Author> }
///
/// let mut db = Store::<Library>::new();
/// let lem = db.insert(Author { name: "Lem".into() })?;
/// let copy = db.clone();
/// db.delete(lem)?;
/// assert_eq!(copy[lem].name, "Lem");
/// # Ok::<(), Error>(())
/// ```
pub struct Store<S: Schema>(Transaction<S>);

impl<S: Schema> Store<S> {
    /// An empty store. O(models + relations).
    pub fn new() -> Self {
        Self(Transaction::new(View::new()))
    }
}

impl<S: Schema> Default for Store<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Schema> Clone for Store<S> {
    fn clone(&self) -> Self {
        let view = View { tables: self.0.view.tables.duplicate(), engine: self.0.view.engine.clone() };
        Self(Transaction::new(view))
    }
}

impl<S: Schema> Deref for Store<S> {
    type Target = Transaction<S>;

    fn deref(&self) -> &Transaction<S> {
        &self.0
    }
}

impl<S: Schema> DerefMut for Store<S> {
    fn deref_mut(&mut self) -> &mut Transaction<S> {
        &mut self.0
    }
}
