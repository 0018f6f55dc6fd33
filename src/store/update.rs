//! Changes of rows that are there: by closure, by field, one-to-one reassignment, and named substitutes.

use alloc::vec::Vec;
use indexmap::IndexSet;

use super::Store;
use crate::engine::update_staged;
use crate::error::Error;
use crate::id::Id;
use crate::journal::Substitute;
use crate::model::{Cardinality, Field, Key, KeyField, Model, OneToOne, RawKey as _, Settable};
use crate::table::{Has, Schema};
use crate::view::Row;
use crate::view::View;
use crate::view::layout::Layout;

impl<S: Schema> Store<S> {
    /// Changes a row by a closure: any field; keys, unique indexes and reverse sets follow. The closure works on a copy,
    /// so that nothing has changed if it panics or the row is refused. O(size of the row + keys + rules).
    ///
    /// # Errors
    ///
    /// [`Error::RowNotFound`], [`Error::DanglingTarget`], [`Error::CheckViolation`], [`Error::UniqueViolation`].
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Schema)] struct Library { authors: Table<Author> }
    /// let mut db = Store::<Library>::new();
    /// let id = db.insert(Author { name: "Lem".into() })?;
    /// db.update(id, |author| author.name.insert_str(0, "Stanisław "))?;
    /// assert_eq!(db[id].name, "Stanisław Lem");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn update<M: Model, R>(&mut self, id: Id<M>, change: impl FnOnce(&mut M) -> R) -> Result<R, Error>
    where
        S: Has<M>,
    {
        self.view.engine.check_live(S::MODEL, id.raw())?;
        let mut row = self.view[id].clone();
        let answer = change(&mut row);
        self.write_rows(&[id.slot()], [row], &[])?;
        Ok(answer)
    }

    /// Changes several rows by a closure as one statement: rules are checked as they hold at its end, so that rows may
    /// swap unique values. The closure gets the row as it was before, from which the store can be read, and the copy to
    /// change. Ids that occur twice count once.
    /// O(rows × (size + keys + rules)).
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update); no row has changed then.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Seat { #[unique] number: u32 }
    /// # #[derive(Schema)] struct Hall { seats: Table<Seat> }
    /// let mut db = Store::<Hall>::new();
    /// let (a, b) = (db.insert(Seat { number: 1 })?, db.insert(Seat { number: 2 })?);
    /// db.update_many([a, b], |_, seat| seat.number = 3 - seat.number)?;
    /// assert_eq!((db[a].number, db[b].number), (2, 1));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn update_many<M: Model>(
        &mut self,
        ids: impl IntoIterator<Item = Id<M>>,
        mut change: impl FnMut(Row<'_, S, M>, &mut M),
    ) -> Result<(), Error>
    where
        S: Has<M>,
    {
        let ids: IndexSet<Id<M>, foldhash::fast::FixedState> = ids.into_iter().collect();
        for id in &ids {
            self.view.engine.check_live(S::MODEL, id.raw())?;
        }
        let changed = ids.iter().map(|&id| {
            let before = Row::at(&self.view, id.slot());
            let mut row = before.get().clone();
            change(before, &mut row);
            row
        });
        let rows: Vec<M> = changed.collect();
        let slots: Vec<u32> = ids.iter().map(|id| id.slot()).collect();
        self.write_rows(&slots, rows, &[])
    }

    /// Stages and writes rows of different slots as one statement. Keys of the ordinals in `written` are checked even where
    /// they do not change.
    fn write_rows<M: Model>(
        &mut self,
        slots: &[u32],
        rows: impl IntoIterator<Item = M>,
        written: &[usize],
    ) -> Result<(), Error>
    where
        S: Has<M>,
    {
        let table = self.view.tables.of_mut();
        table.clear_leftovers();
        for (&slot, row) in slots.iter().zip(rows) {
            table.stage(slot, row);
        }
        update_staged(&mut self.view.engine, &mut self.view.tables, S::MODEL, slots, written)?;
        self.finish();
        Ok(())
    }

    /// Sets one field or key. O(1) for a key or field that no rule and no index depends on, outside a transaction; else
    /// O(size of the row + rules and indexes).
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Model, Clone)] struct Book { title: String,
    /// #     #[foreign_key(on_delete = cascade, reverse = BOOKS)] author: Id<Author> }
    /// # #[derive(Schema)] struct Library { authors: Table<Author>, books: Table<Book> }
    /// # let mut db = Store::<Library>::new();
    /// let lem = db.insert(Author { name: "Lem".into() })?;
    /// let other = db.insert(Author { name: "Strugatsky".into() })?;
    /// let book = db.insert(Book { title: "Solaris".into(), author: other })?;
    /// db.set(book, Book::AUTHOR, lem)?;
    /// assert_eq!(db.follow(lem, Author::BOOKS).count(), 1);
    /// assert_eq!(db.follow(other, Author::BOOKS).count(), 0);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn set<F: Settable>(&mut self, id: Id<F::Model>, field: F, value: F::Value) -> Result<(), Error>
    where
        S: Has<F::Model>,
    {
        let can_move = matches!(F::KEY, Some(Cardinality::ManyToOne)) && const { !F::Model::DESCRIPTOR.is_guarded() };
        match if can_move { self.move_key(id, field, value) } else { Some(value) } {
            Some(value) => self.set_checked(id, field, value),
            None => Ok(()),
        }
    }

    /// Moves a foreign key that no rule depends on from one row that exists to another, in place; hands the value back if
    /// there is more to it.
    #[inline]
    fn move_key<F: Settable>(&mut self, id: Id<F::Model>, field: F, value: F::Value) -> Option<F::Value>
    where
        S: Has<F::Model>,
    {
        let View { engine, tables } = &mut self.view;
        let Some(target) = F::target(&value) else { return Some(value) };
        // Copying shared pages may panic, so it comes before the first change: that is the other path's business.
        if engine.shares() {
            return Some(value);
        }
        // Before the move, so that the row is on its way from memory while the key's records are.
        let Some(row) = tables.of_mut().row_mut(id.slot()) else { return Some(value) };
        let ordinal = field.key_ordinal();
        let key = Layout::<S, F::Model>::key(&engine.catalog, ordinal);
        if !engine.try_move(Layout::<S, F::Model>::relation(ordinal), key, id.raw(), target) {
            return Some(value);
        }
        field.put(row, value);
        self.end_statement();
        None
    }

    /// Sets a field or key, with all that may have to be checked.
    #[inline(never)]
    fn set_checked<F: Settable>(&mut self, id: Id<F::Model>, field: F, value: F::Value) -> Result<(), Error>
    where
        S: Has<F::Model>,
    {
        self.view.engine.check_live(<S as Has<F::Model>>::MODEL, id.raw())?;
        if const { F::Model::DESCRIPTOR.is_guarded() } {
            return self.set_in_copy(id, field, value);
        }
        if F::KEY.is_some() {
            return self.set_key(id.slot(), field, value);
        }
        if F::Model::DESCRIPTOR.is_indexed(field.index() as u16) {
            return self.set_in_copy(id, field, value);
        }
        let (engine, table, slot) = (&mut self.view.engine, self.view.tables.of_mut(), id.slot());
        table.make_unique(slot);
        let is_recording = engine.is_recording();
        if is_recording {
            table.keep_copy(slot);
        }
        let old = field.put(table.row_mut(slot).expect("a checked row is live"), value);
        if is_recording {
            engine.note_replaced(<S as Has<F::Model>>::MODEL, slot);
        }
        drop(old);
        self.end_statement();
        Ok(())
    }

    /// Sets a field or key that a rule or an index depends on.
    fn set_in_copy<F: Settable>(&mut self, id: Id<F::Model>, field: F, value: F::Value) -> Result<(), Error>
    where
        S: Has<F::Model>,
    {
        let mut row = self.view[id].clone();
        // Dropped when the store is whole again, since that is user code.
        let _old = field.put(&mut row, value);
        let written = F::KEY.map(|_| usize::from(field.key_ordinal()));
        self.write_rows(&[id.slot()], [row], written.as_slice())
    }

    /// Sets a key that no rule depends on, in place.
    fn set_key<F: Settable>(&mut self, slot: u32, field: F, value: F::Value) -> Result<(), Error>
    where
        S: Has<F::Model>,
    {
        let engine = &mut self.view.engine;
        let relation = engine.relation_of(<S as Has<F::Model>>::MODEL, field.key_ordinal().into());
        let new = F::target(&value);
        engine.check_target(relation, new)?;
        engine.check_holder(relation, Some(slot), new)?;
        let row = self.view.tables.of_mut().row_mut(slot).expect("a checked row is live");
        let old = F::target(&field.put(row, value));
        if old != new {
            engine.note_key(relation, slot, old);
            engine.repoint(relation, slot, old, new);
            self.end_statement();
        }
        Ok(())
    }

    /// Gives a nullable one-to-one key a target, and takes the target from the row that holds it, which is answered.
    /// O(size of the rows + rules).
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Knight { name: &'static str,
    /// #     #[one_to_one(on_delete = set_null, reverse = RIDER)] horse: Option<Id<Horse>> }
    /// # #[derive(Model, Clone)] struct Horse {}
    /// # #[derive(Schema)] struct Realm { knights: Table<Knight>, horses: Table<Horse> }
    /// # let mut db = Store::<Realm>::new();
    /// let horse = db.insert(Horse {})?;
    /// let galahad = db.insert(Knight { name: "Galahad", horse: Some(horse) })?;
    /// let kay = db.insert(Knight { name: "Kay", horse: None })?;
    /// assert!(db.set(kay, Knight::HORSE, Some(horse)).is_err());
    /// assert_eq!(db.replace(kay, Knight::HORSE, horse)?, Some(galahad));
    /// assert_eq!((db[galahad].horse, db[kay].horse), (None, Some(horse)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn replace<M: Model, T: Model>(
        &mut self,
        id: Id<M>,
        relation: OneToOne<M, Option<Id<T>>>,
        target: Id<T>,
    ) -> Result<Option<Id<M>>, Error>
    where
        S: Has<M> + Has<T>,
    {
        self.reassign(id, relation, Some(target), |_| None)
    }

    /// Gives a one-to-one key a target; the row that holds the target gets what this row had, and is answered.
    /// O(size of the rows + rules).
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct User {}
    /// # #[derive(Model, Clone)] struct Desk { #[one_to_one(on_delete = cascade, reverse = DESK)] user: Id<User> }
    /// # #[derive(Schema)] struct Office { users: Table<User>, desks: Table<Desk> }
    /// # let mut db = Store::<Office>::new();
    /// let (ann, bob) = (db.insert(User {})?, db.insert(User {})?);
    /// let (door, window) = (db.insert(Desk { user: ann })?, db.insert(Desk { user: bob })?);
    /// assert_eq!(db.swap(door, Desk::USER, bob)?, Some(window));
    /// assert_eq!((db[door].user, db[window].user), (bob, ann));
    /// # Ok::<(), Error>(())
    /// ```
    #[expect(clippy::missing_panics_doc, reason = "every key type takes an id")]
    pub fn swap<M: Model, K: KeyField>(
        &mut self,
        id: Id<M>,
        relation: OneToOne<M, K>,
        target: Id<K::Target>,
    ) -> Result<Option<Id<M>>, Error>
    where
        S: Has<M> + Has<K::Target>,
    {
        let target = K::from_raw(Some(target.raw())).expect("a key type takes an id");
        self.reassign(id, relation, target, |own| own)
    }

    fn reassign<M: Model, K: KeyField>(
        &mut self,
        id: Id<M>,
        relation: OneToOne<M, K>,
        target: K,
        left_to_holder: impl FnOnce(K) -> K,
    ) -> Result<Option<Id<M>>, Error>
    where
        S: Has<M> + Has<K::Target>,
    {
        self.view.engine.check_live(<S as Has<M>>::MODEL, id.raw())?;
        let place = self.view.engine.relation_of(<S as Has<M>>::MODEL, relation.ordinal.into());
        self.view.engine.check_target(place, target.to_raw())?;
        let info = &self.view.engine.catalog.relations()[place];
        let holder = target.to_raw().and_then(|target| self.view.engine.relations.holder(info, place, target));
        let holder = holder.filter(|&holder| holder != id.slot());
        let mut row = self.view[id].clone();
        let own = core::mem::replace((relation.field.get_mut)(&mut row), target);
        let Some(holder) = holder else {
            return self.write_rows(&[id.slot()], [row], &[]).map(|()| None);
        };
        let holder = self.view.id_at::<M>(holder);
        let mut other = self.view[holder].clone();
        *(relation.field.get_mut)(&mut other) = left_to_holder(own);
        self.write_rows(&[id.slot(), holder.slot()], [row, other], &[])?;
        Ok(Some(holder))
    }

    /// Calls `change` with a plain field of every row, in place and in slot order: the fast path for frames. The field
    /// must not be part of a rule or an index. O(rows); inside a transaction every row is copied for a rollback.
    ///
    /// If `change` panics, the rows it has seen keep what it did to them.
    ///
    /// # Panics
    ///
    /// If a check, unique rule or index of the model may depend on the field: use [`update_many`](Self::update_many) there.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Agent { hunger: u32 }
    /// # #[derive(Schema)] struct Colony { agents: Table<Agent> }
    /// # let mut db = Store::<Colony>::new();
    /// db.insert_many((0..3).map(|hunger| Agent { hunger }))?;
    /// db.for_each_mut(Agent::HUNGER, |hunger| *hunger += 1);
    /// assert_eq!(db.rows::<Agent>().map(|agent| agent.hunger).sum::<u32>(), 6);
    /// # Ok::<(), Error>(())
    /// ```
    #[track_caller]
    pub fn for_each_mut<M: Model, T, V>(&mut self, field: Field<M, T, V>, mut change: impl FnMut(&mut T))
    where
        S: Has<M>,
    {
        let model = M::DESCRIPTOR;
        let is_in_index = model.indexes.iter().any(|index| index.fields.contains(&field.reads.index));
        assert!(
            !is_in_index,
            "an index of {} depends on {}; use `update_many`, which keeps it",
            model.name,
            field.name()
        );
        assert!(
            model.checks.is_empty() && !model.is_indexed(field.reads.index),
            "a rule of {} may depend on {}; use `update_many`, which checks it",
            model.name,
            field.name()
        );
        if self.view.engine.is_recording() {
            for slot in self.view.rows::<M>().map(|row| row.id().slot()).collect::<Vec<_>>() {
                self.view.tables.of_mut().keep_copy(slot);
                self.view.engine.note_replaced(S::MODEL, slot);
            }
        }
        self.view.tables.of_mut().for_each_mut(|_, row| change((field.get_mut)(row)));
        self.end_statement();
    }

    /// Names what a key with `on_delete = set_default` or `set_with` falls back to when its target is deleted: a row, or
    /// null where the key may be null. Part of the store's state: undone by a rollback, kept by a clone. O(1).
    ///
    /// # Errors
    ///
    /// [`Error::NeedsNoSubstitute`] if the key's `on_delete` is another; [`Error::DanglingTarget`] if the row does not exist.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct User { name: &'static str }
    /// # #[derive(Model, Clone)] struct Review {
    /// #     #[foreign_key(on_delete = set_with, reverse = REVIEWS)] reviewer: Id<User> }
    /// # #[derive(Schema)] struct Site { users: Table<User>, reviews: Table<Review> }
    /// # let mut db = Store::<Site>::new();
    /// let nobody = db.insert(User { name: "deleted user" })?;
    /// db.set_substitute(Review::REVIEWER, nobody)?;
    /// let ann = db.insert(User { name: "Ann" })?;
    /// let review = db.insert(Review { reviewer: ann })?;
    /// db.delete(ann)?;
    /// assert_eq!(db[review].reviewer, nobody);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn set_substitute<F: Key>(&mut self, relation: F, row: F::Value) -> Result<(), Error>
    where
        S: Has<F::Model>,
    {
        let relation = self.view.engine.relation_of(<S as Has<F::Model>>::MODEL, relation.ordinal());
        self.view.engine.check_falls_back(relation)?;
        self.view.engine.check_substitute(relation, row.to_raw())?;
        self.view.engine.set_substitute(relation, row.to_raw().map_or(Substitute::Null, Substitute::Row));
        self.end_statement();
        Ok(())
    }
}
