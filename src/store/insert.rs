//! Inserts: one row, many rows, reserved ids, and inserts that look for the row first.

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::Hash;

use super::Store;
use super::transaction::Scope;
use crate::error::{Error, InsertError, InsertManyError};
use crate::id::Id;
use crate::model::{Model, Unique};
use crate::table::{Has, Schema};
use crate::view::layout::Layout;

/// What became of a row that was to be inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written<I> {
    /// It was inserted under this id.
    Inserted(I),
    /// This row was there already, and was left as it was.
    Found(I),
    /// This row was there already, and was updated.
    Updated(I),
}

impl<I> Written<I> {
    /// The id of the row that is now there. O(1).
    pub fn id(self) -> I {
        match self {
            Self::Inserted(id) | Self::Found(id) | Self::Updated(id) => id,
        }
    }
}

impl<S: Schema> Store<S> {
    /// Inserts a row. O(keys + rules).
    ///
    /// # Errors
    ///
    /// [`InsertError`] hands the row back, with [`Error::DanglingTarget`], [`Error::CheckViolation`] or
    /// [`Error::UniqueViolation`].
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct User { #[unique] username: String }
    /// # #[derive(Schema)] struct Site { users: Table<User> }
    /// let mut db = Store::<Site>::new();
    /// db.insert(User { username: "ann".into() })?;
    /// let refused = db.insert(User { username: "ann".into() }).unwrap_err();
    /// assert!(matches!(refused.error, Error::UniqueViolation(_)));
    /// assert_eq!(refused.row.username, "ann");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn insert<M: Model>(&mut self, row: M) -> Result<Id<M>, InsertError<M>>
    where
        S: Has<M>,
    {
        if let Some(id) = self.put_keyed(&row) {
            self.view.tables.of_mut().put(id.slot(), row);
            self.end_statement();
            return Ok(id);
        }
        match self.check_new(&row, None) {
            Ok(()) => {
                let id = self.put_new(row, None);
                self.end_statement();
                Ok(id)
            }
            Err(error) => Err(InsertError { error, row }),
        }
    }

    /// Inserts rows in order: all of them, or none. O(rows × (keys + rules)).
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert) for the first row that is refused; [`InsertManyError`] names its position and hands
    /// all rows back.
    pub fn insert_many<M: Model>(&mut self, rows: impl IntoIterator<Item = M>) -> Result<Vec<Id<M>>, InsertManyError<M>>
    where
        S: Has<M>,
    {
        let rows: Vec<M> = rows.into_iter().collect();
        if const { M::DESCRIPTOR.is_plain() && !M::DESCRIPTOR.has_one_to_one_key() } && self.takes_at_once::<M>() {
            return self.insert_at_once(rows);
        }
        let mut ids = Vec::with_capacity(rows.len());
        let scope = Scope::open(self);
        let mut left = rows.into_iter();
        while let Some(row) = left.next() {
            match scope.transaction.insert(row) {
                Ok(id) => ids.push(id),
                Err(InsertError { error, row }) => {
                    let position = ids.len();
                    let mut rows: Vec<M> = ids.iter().map(|&id| scope.transaction[id].clone()).collect();
                    scope.rollback();
                    rows.push(row);
                    rows.extend(left);
                    return Err(InsertManyError { error, position, rows });
                }
            }
        }
        match scope.commit() {
            Ok(()) => Ok(ids),
            Err(error) => Err(InsertManyError { error, position: 0, rows: Vec::new() }),
        }
    }

    /// Whether nothing but a key can refuse a row of this model without rules, and no row of a batch can name another.
    fn takes_at_once<M: Model>(&self) -> bool
    where
        S: Has<M>,
    {
        let catalog = &self.view.engine.catalog;
        // Copying shared pages may panic, so each row must be able to take the others back.
        !self.view.engine.shares()
            && catalog.keys_of(S::MODEL).all(|relation| catalog.relations()[relation].target != S::MODEL)
    }

    /// Inserts rows that only their keys can refuse: all keys are checked first, so that there is nothing to take back.
    fn insert_at_once<M: Model>(&mut self, rows: Vec<M>) -> Result<Vec<Id<M>>, InsertManyError<M>>
    where
        S: Has<M>,
    {
        let (engine, first) = (&self.view.engine, self.view.engine.relation_of(S::MODEL, 0));
        for (position, row) in rows.iter().enumerate() {
            for ordinal in 0..M::KEYS {
                if let Err(error) = engine.check_target(first + ordinal, row.key(ordinal)) {
                    return Err(InsertManyError { error, position, rows });
                }
            }
        }
        let ids = rows.into_iter().map(|row| match self.put_keyed(&row) {
            Some(id) => {
                self.view.tables.of_mut().put(id.slot(), row);
                id
            }
            None => self.put_new(row, None),
        });
        let ids = ids.collect();
        self.end_statement();
        Ok(ids)
    }

    /// Inserts rows in order, leaving out those that collide with a row that is there (Django's
    /// `bulk_create(ignore_conflicts=True)`). O(rows × (keys + rules)).
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert), unique violations apart; nothing is inserted then.
    pub fn insert_many_or_ignore<M: Model>(
        &mut self,
        rows: impl IntoIterator<Item = M>,
    ) -> Result<Vec<Written<Id<M>>>, Error>
    where
        S: Has<M>,
    {
        self.insert_many_or(rows, |_, holder, _| Ok(Written::Found(holder)))
    }

    /// Inserts rows in order; where one collides with a row that is there, `update` changes that one (Django's
    /// `bulk_create(update_conflicts=True)`). O(rows × (keys + rules)).
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert) and [`update`](Self::update); nothing is inserted or updated then.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Stock { #[unique] article: String, count: u32 }
    /// # #[derive(Schema)] struct Shop { stock: Table<Stock> }
    /// let mut db = Store::<Shop>::new();
    /// db.insert(Stock { article: "rope".into(), count: 2 })?;
    /// let delivery = [("rope", 5), ("torch", 1)].map(|(article, count)| Stock { article: article.into(), count });
    /// db.insert_many_or_update(delivery, |there, arrived| there.count += arrived.count)?;
    /// assert_eq!(db.by(Stock::ARTICLE, "rope").map(|stock| stock.count), Some(7));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn insert_many_or_update<M: Model>(
        &mut self,
        rows: impl IntoIterator<Item = M>,
        mut update: impl FnMut(&mut M, M),
    ) -> Result<Vec<Written<Id<M>>>, Error>
    where
        S: Has<M>,
    {
        self.insert_many_or(rows, |tx, holder, row| {
            tx.update(holder, |there| update(there, row))?;
            Ok(Written::Updated(holder))
        })
    }

    fn insert_many_or<M: Model>(
        &mut self,
        rows: impl IntoIterator<Item = M>,
        mut on_conflict: impl FnMut(&mut Self, Id<M>, M) -> Result<Written<Id<M>>, Error>,
    ) -> Result<Vec<Written<Id<M>>>, Error>
    where
        S: Has<M>,
    {
        self.transaction(|tx| {
            let insert = |row| match tx.insert(row) {
                Ok(id) => Ok(Written::Inserted(id)),
                Err(InsertError { error: Error::UniqueViolation(violation), row }) => {
                    let holder = violation.holder.expect("a statement of one row collides with a row that is there");
                    on_conflict(tx, Id::from_raw(holder.raw()), row)
                }
                Err(InsertError { error, .. }) => Err(error),
            };
            rows.into_iter().map(insert).collect()
        })
    }

    /// Reserves the id of a row to be inserted later in the same transaction, so that rows can name it before it is
    /// there: two rows with required keys to each other, say. O(log reserved).
    ///
    /// An id that is not inserted by the end of the outermost transaction goes back; a key that names it then is
    /// [`Error::DanglingReferences`].
    ///
    /// # Errors
    ///
    /// [`Error::OutsideTransaction`].
    ///
    /// ```
    /// use relarena::prelude::*;
    ///
    /// #[derive(Model, Clone)]
    /// struct Planet { #[foreign_key(on_delete = cascade, reverse = OWNS)] ruler: Id<Lord> }
    /// #[derive(Model, Clone)]
    /// struct Lord { #[foreign_key(on_delete = cascade, reverse = RESIDENTS)] home: Id<Planet> }
    /// #[derive(Schema)]
    /// struct Galaxy { planets: Table<Planet>, lords: Table<Lord> }
    ///
    /// let mut db = Store::<Galaxy>::new();
    /// let lord = db.transaction(|tx| {
    ///     let ruler = tx.reserve::<Lord>()?;
    ///     let home = tx.insert(Planet { ruler })?;
    ///     Ok(tx.insert_reserved(ruler, Lord { home })?)
    /// })?;
    /// assert_eq!(db.follow(db[lord].home, Planet::RULER).id(), lord);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn reserve<M: Model>(&mut self) -> Result<Id<M>, Error>
    where
        S: Has<M>,
    {
        if !self.view.engine.in_transaction() {
            return Err(Error::OutsideTransaction { call: "reserve" });
        }
        Ok(Id::from_raw(self.view.engine.reserve(S::MODEL)))
    }

    /// Inserts a row under an id reserved in this transaction. O(keys + rules + rows that name the id already).
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert), and [`Error::NotReserved`].
    pub fn insert_reserved<M: Model>(&mut self, id: Id<M>, row: M) -> Result<Id<M>, InsertError<M>>
    where
        S: Has<M>,
    {
        if !self.view.engine.is_reserved(S::MODEL, id.raw()) {
            return Err(InsertError { error: Error::NotReserved { row: self.key_of(id) }, row });
        }
        match self.check_new(&row, Some(id)) {
            Ok(()) => Ok(self.put_new(row, Some(id))),
            Err(error) => Err(InsertError { error, row }),
        }
    }

    /// The row that has this value in a unique field, or else the row that `make` makes, inserted (Django's
    /// `get_or_create`). O(keys + rules).
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Tag { #[unique] name: String }
    /// # #[derive(Schema)] struct Blog { tags: Table<Tag> }
    /// let mut db = Store::<Blog>::new();
    /// let first = db.get_or_insert(Tag::NAME, "rust", || Tag { name: "rust".into() })?;
    /// let again = db.get_or_insert(Tag::NAME, "rust", || unreachable!())?;
    /// assert_eq!(again, Written::Found(first.id()));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn get_or_insert<M: Model, T, V: Borrow<Q>, Q: Hash + Eq + ?Sized>(
        &mut self,
        field: Unique<M, T, V>,
        value: &Q,
        make: impl FnOnce() -> M,
    ) -> Result<Written<Id<M>>, InsertError<M>>
    where
        S: Has<M>,
    {
        match self.by(field, value).map(|row| row.id()) {
            Some(id) => Ok(Written::Found(id)),
            None => self.insert(make()).map(Written::Inserted),
        }
    }

    /// Changes the row that has this value in a unique field with `update`, or else inserts the row that `make` makes
    /// (Django's `update_or_create`). O(keys + rules).
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert) and [`update`](Self::update).
    pub fn update_or_insert<M: Model, T, V: Borrow<Q>, Q: Hash + Eq + ?Sized>(
        &mut self,
        field: Unique<M, T, V>,
        value: &Q,
        update: impl FnOnce(&mut M),
        make: impl FnOnce() -> M,
    ) -> Result<Written<Id<M>>, Error>
    where
        S: Has<M>,
    {
        match self.by(field, value).map(|row| row.id()) {
            Some(id) => self.update(id, update).map(|()| Written::Updated(id)),
            None => Ok(Written::Inserted(self.insert(make())?)),
        }
    }

    /// Takes a slot into use for a row whose only key names a row that exists, and whose model has no rules and
    /// no indexes; for
    /// any other nothing happens. O(1) amortized.
    #[inline]
    fn put_keyed<M: Model>(&mut self, row: &M) -> Option<Id<M>>
    where
        S: Has<M>,
    {
        let engine = &mut self.view.engine;
        // Copying shared pages may panic, so it comes before the first change: that is the other path's business.
        if !const { M::DESCRIPTOR.has_one_foreign_key() && M::DESCRIPTOR.is_plain() } || engine.shares() {
            return None;
        }
        self.view.tables.of().expect_row(engine.relations.slots[S::MODEL].next_slot());
        let key = Layout::<S, M>::key(&engine.catalog, 0);
        engine.occupy_keyed(key, row.key(0)?).map(Id::from_raw)
    }

    #[inline]
    fn check_new<M: Model>(&mut self, row: &M, reserved: Option<Id<M>>) -> Result<(), Error>
    where
        S: Has<M>,
    {
        let (engine, first) = (&self.view.engine, self.view.engine.relation_of(S::MODEL, 0));
        for ordinal in 0..M::KEYS {
            engine.check_target(first + ordinal, row.key(ordinal))?;
        }
        let rules = self.view.tables.of_mut().prepare(row);
        rules.map_err(|broken| engine.broken(S::MODEL, broken, None))?;
        for ordinal in 0..M::KEYS {
            engine.check_holder(first + ordinal, None, row.key(ordinal))?;
        }
        if engine.shares() {
            let slot = reserved.map_or_else(|| engine.relations.slots[S::MODEL].next_id().slot(), Id::slot);
            self.view.tables.of_mut().make_unique(slot);
        }
        Ok(())
    }

    /// Puts a checked row into the store. Cannot fail.
    #[inline]
    fn put_new<M: Model>(&mut self, row: M, reserved: Option<Id<M>>) -> Id<M>
    where
        S: Has<M>,
    {
        let engine = &mut self.view.engine;
        let first = engine.relation_of(S::MODEL, 0);
        let id = match reserved {
            None => engine.occupy(S::MODEL),
            Some(id) => {
                engine.fill(S::MODEL, id.raw());
                id.raw()
            }
        };
        for ordinal in 0..M::KEYS {
            engine.attach(first + ordinal, id.slot(), row.key(ordinal));
        }
        self.view.tables.of_mut().put(id.slot(), row);
        Id::from_raw(id)
    }
}
