//! A row with its store, and all rows of a table.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

use super::{Relation, View};
use crate::arena::rows::RowsIter;
use crate::id::Id;
use crate::model::Model;
use crate::table::{Has, Schema};

/// A row borrowed from its store: derefs to the model, and can be followed further.
///
/// ```
/// # use relarena::prelude::*;
/// # #[derive(Model, Clone)] struct Author { name: String }
/// # #[derive(Model, Clone)] struct Book {
/// #     #[foreign_key(on_delete = cascade, reverse = BOOKS)] author: Id<Author> }
/// # #[derive(Schema)] struct Library { authors: Table<Author>, books: Table<Book> }
/// # let mut db = Store::<Library>::new();
/// let author = db.insert(Author { name: "Lem".into() })?;
/// let book = db.insert(Book { author })?;
/// let row = db.row(book)?;
/// assert_eq!(row.follow(Book::AUTHOR).name, "Lem");
/// assert_eq!(row.follow(Book::AUTHOR).follow(Author::BOOKS).count(), 1);
/// # Ok::<(), Error>(())
/// ```
pub struct Row<'a, S, M> {
    view: &'a View<S>,
    slot: u32,
    content: &'a M,
}

impl<'a, S: Has<M>, M: Model> Row<'a, S, M> {
    #[inline]
    pub(crate) fn new(view: &'a View<S>, slot: u32, content: &'a M) -> Self {
        Self { view, slot, content }
    }

    /// The row of an indexed slot.
    #[inline]
    pub(crate) fn at(view: &'a View<S>, slot: u32) -> Self {
        let content = view.tables.of().row(slot).expect("an indexed slot holds a row");
        Self { view, slot, content }
    }

    /// The row's id. O(1).
    #[inline]
    pub fn id(&self) -> Id<M> {
        self.view.id_at(self.slot)
    }

    /// The row itself, borrowed from the store and not from this handle: what is borrowed of it outlives the handle, as
    /// the closures of iterator chains need. O(1).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Schema)] struct Library { authors: Table<Author> }
    /// # let mut db = Store::<Library>::new();
    /// db.insert(Author { name: "Lem".into() })?;
    /// // `|author| author.name.as_str()` would borrow from the handle, which ends with the closure.
    /// let names: Vec<&str> = db.rows::<Author>().map(|author| author.get().name.as_str()).collect();
    /// assert_eq!(names, ["Lem"]);
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub fn get(&self) -> &'a M {
        self.content
    }

    /// The store that the row is in, to read further. O(1).
    #[inline]
    pub fn view(&self) -> &'a View<S> {
        self.view
    }

    /// What a relation leads to from here; see [`View::follow`]. O(1).
    ///
    /// # Panics
    ///
    /// If a required key dangles for now, inside a transaction.
    #[track_caller]
    #[inline]
    pub fn follow<R: Relation<S, From = M>>(&self, relation: R) -> R::Answer<'a> {
        relation.follow(self.view, self.slot)
    }
}

impl<S, M> Clone for Row<'_, S, M> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S, M> Copy for Row<'_, S, M> {}

impl<S, M> Deref for Row<'_, S, M> {
    type Target = M;

    #[inline]
    fn deref(&self) -> &M {
        self.content
    }
}

impl<S, M: fmt::Debug> fmt::Debug for Row<'_, S, M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.content.fmt(formatter)
    }
}

/// All rows of a model, in slot order.
pub struct Rows<'a, S, M> {
    view: &'a View<S>,
    walk: RowsIter<'a, M>,
    left: usize,
}

impl<'a, S: Has<M>, M: Model> Rows<'a, S, M> {
    pub(crate) fn new(view: &'a View<S>) -> Self {
        Self { view, walk: view.tables.of().walk(), left: view.len::<M>() }
    }

    /// The ids of the rows that are left, as owned data: ends the borrow, so that the store can be written. O(rows).
    pub fn ids(self) -> Vec<Id<M>> {
        self.map(|row| row.id()).collect()
    }
}

impl<S, M> Clone for Rows<'_, S, M> {
    fn clone(&self) -> Self {
        Self { view: self.view, walk: self.walk.clone(), left: self.left }
    }
}

impl<'a, S: Schema, M> Iterator for Rows<'a, S, M> {
    type Item = Row<'a, S, M>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (slot, content) = self.walk.next()?;
        self.left -= 1;
        Some(Row { view: self.view, slot, content })
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, start: B, mut step: F) -> B {
        let view = self.view;
        self.walk.fold(start, |folded, (slot, content)| step(folded, Row { view, slot, content }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<S: Schema, M> ExactSizeIterator for Rows<'_, S, M> {}
