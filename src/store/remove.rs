//! Deletes of rows: by id, by ids, by a condition; and their plan.

use alloc::vec::Vec;

use super::Store;
use crate::delete::{self, DeletePlan, DeleteReport};
use crate::error::Error;
use crate::id::Id;
use crate::model::Model;
use crate::table::{Has, PileName, Schema};

use crate::view::layout::Layout;
use crate::view::{Row, View};

impl<S: Schema> View<S> {
    /// What deleting a row would do, and what stands in the way; nothing changes. O(rows concerned).
    ///
    /// # Errors
    ///
    /// [`Error::RowNotFound`].
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Model, Clone)] struct Book {
    /// #     #[foreign_key(on_delete = protect, reverse = BOOKS)] author: Id<Author> }
    /// # #[derive(Schema)] struct Library { authors: Table<Author>, books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// let author = db.insert(Author { name: "Lem".into() })?;
    /// let book = db.insert(Book { author })?;
    /// let plan = db.plan_delete(author)?;
    /// assert!(plan.is_blocked());
    /// assert_eq!(plan.protected_by[0].reference.source, db.key_of(book));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn plan_delete<M: Model>(&self, id: Id<M>) -> Result<DeletePlan, Error>
    where
        S: Has<M>,
    {
        self.engine.check_live(S::MODEL, id.raw())?;
        Ok(self.plan_delete_many([id]))
    }

    /// What deleting rows together would do; ids of rows that do not exist count for nothing. O(rows concerned).
    pub fn plan_delete_many<M: Model>(&self, ids: impl IntoIterator<Item = Id<M>>) -> DeletePlan
    where
        S: Has<M>,
    {
        let live = ids.into_iter().filter(|id| self.contains(*id)).map(|id| (S::MODEL, id.slot()));
        DeletePlan::new(&self.engine, live)
    }
}

impl<S: Schema> Store<S> {
    /// Deletes a row and what its delete takes along. O(rows, keys and links concerned).
    ///
    /// # Errors
    ///
    /// [`Error::RowNotFound`]; [`Error::Protected`] and [`Error::Restricted`] with all blockers and the paths to them;
    /// [`Error::SubstituteNotNamed`]; [`Error::CheckViolation`] and [`Error::UniqueViolation`] if a rewritten key breaks
    /// a rule; [`Error::DanglingReferences`] if, outside a transaction, a reference would point at nothing.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Model, Clone)] struct Book {
    /// #     #[foreign_key(on_delete = cascade, reverse = BOOKS)] author: Id<Author> }
    /// # #[derive(Schema)] struct Library { authors: Table<Author>, books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// let author = db.insert(Author { name: "Lem".into() })?;
    /// db.insert_many([Book { author }, Book { author }])?;
    /// let report = db.delete(author)?;
    /// assert_eq!((report.total, report.of::<Book>()), (3, 2));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn delete<M: Model>(&mut self, id: Id<M>) -> Result<DeleteReport, Error>
    where
        S: Has<M>,
    {
        let (engine, table) = (&mut self.view.engine, self.view.tables.of_mut());
        if const { M::DESCRIPTOR.has_one_foreign_key() }
            && !engine.shares()
            // First, so that the row is on its way from memory while its key's records are.
            && table.row(id.slot()).is_some()
            && engine.retire_keyed(Layout::<S, M>::key(&engine.catalog, 0), id.raw())
        {
            if engine.is_recording() {
                table.withdraw_row(id.slot(), PileName::Retired);
                engine.touch(S::MODEL);
                self.end_statement();
            } else {
                // User code, so it runs when the store is whole again.
                drop(table.take(id.slot()));
            }
            return Ok(DeleteReport::of_one(M::DESCRIPTOR.name));
        }
        self.view.engine.check_live(S::MODEL, id.raw())?;
        if self.view.engine.has_referrers(S::MODEL, id.slot()) {
            return self.delete_slots(&[(S::MODEL, id.slot())]);
        }
        let (engine, table) = (&mut self.view.engine, self.view.tables.of_mut());
        if engine.shares() {
            table.make_unique(id.slot());
        }
        if engine.is_recording() {
            let key = |ordinal| table.row(id.slot()).and_then(|row| row.key(ordinal));
            let report = delete::retire_alone(engine, S::MODEL, id.slot(), key);
            table.withdraw_row(id.slot(), engine.pile());
            engine.touch(S::MODEL);
            self.end_statement();
            return Ok(report);
        }
        let row = table.take(id.slot());
        let report = delete::retire_alone(engine, S::MODEL, id.slot(), |ordinal| row.key(ordinal));
        // User code, so it runs when the store is whole again.
        drop(row);
        Ok(report)
    }

    /// Deletes rows together, as one collected set: they lift each other's `restrict`, and one refusal refuses all.
    /// Ids of rows that do not exist count for nothing. For rows of several models see
    /// [`delete_keys`](Self::delete_keys). O(rows, keys and links concerned).
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete), [`Error::RowNotFound`] apart.
    pub fn delete_many<M: Model>(&mut self, ids: impl IntoIterator<Item = Id<M>>) -> Result<DeleteReport, Error>
    where
        S: Has<M>,
    {
        let live: Vec<_> = ids.into_iter().filter(|id| self.contains(*id)).map(|id| (S::MODEL, id.slot())).collect();
        self.delete_slots(&live)
    }

    /// Deletes all rows for which `condition` holds, as one collected set. O(rows of the model, and rows concerned).
    ///
    /// # Errors
    ///
    /// As [`delete_many`](Self::delete_many).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Bullet { range: u32 }
    /// # #[derive(Schema)] struct Game { bullets: Table<Bullet> }
    /// # let mut db = Store::<Game>::new();
    /// db.insert_many((0..4).map(|range| Bullet { range }))?;
    /// let report = db.delete_where::<Bullet>(|bullet| bullet.range == 0)?;
    /// assert_eq!((report.total, db.len::<Bullet>()), (1, 3));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn delete_where<M: Model>(&mut self, condition: impl Fn(Row<'_, S, M>) -> bool) -> Result<DeleteReport, Error>
    where
        S: Has<M>,
    {
        let ids: Vec<Id<M>> = self.rows::<M>().filter(|row| condition(*row)).map(|row| row.id()).collect();
        self.delete_many(ids)
    }

    /// Deletes live rows, given by model and slot; a row may be named twice.
    pub(crate) fn delete_slots(&mut self, roots: &[(usize, u32)]) -> Result<DeleteReport, Error> {
        delete::delete(&mut self.view.engine, &mut self.view.tables, &mut self.room, roots)
    }
}
