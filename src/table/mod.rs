//! Tables: the rows of one model with their unique indexes, and the typed schema around them.
//!
//! A table keeps its unique indexes equal to its rows whatever is put, taken or replaced (I5 is the caller's check). It
//! runs user code (`Clone`, `Hash`, `Eq`, checks) only while a statement is prepared; putting, taking and undoing run none,
//! and rows to be dropped wait in a bin until the store is whole again. Absent here: keys, relations, transactions.

use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};

use crate::arena::hash_index::HashIndex;
use crate::arena::rows::{Rows, RowsIter};
use crate::arena::words::Words;
use crate::catalog::{Catalog, ModelEntry};
use crate::error::Error;
use crate::id::RawId;
use crate::model::{Input, Model, ModelDescriptor};
use crate::value::Value;

/// The rows of model `M`: the type of a schema's fields.
///
/// Rows are read and written through the store.
#[derive(Clone)]
pub struct Table<M> {
    rows: Rows<M>,
    uniques: Vec<HashIndex<u32>>,
    /// For each row and unique rule the hash under which it is indexed; zero where it takes no part.
    hashes: Words,
    /// Rows taken out that a rollback may bring back, latest last, with their hashes.
    retired: Vec<M>,
    retired_hashes: Vec<u32>,
    /// Rows of no further use; dropped at the end of a statement, since a row's `Drop` is user code.
    bin: Vec<M>,
    /// Rows prepared by a statement of several rows.
    staged: Vec<Staged<M>>,
    /// Hashes of the row prepared by a statement of one row.
    prepared: Vec<u32>,
    hasher: foldhash::fast::RandomState,
}

#[derive(Clone)]
struct Staged<M> {
    slot: u32,
    row: M,
    hashes: Vec<u32>,
}

/// A rule that a prepared row breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The check of this place.
    Check(usize),
    /// The unique rule of this place; the slot of the holder, `None` for another prepared row.
    Unique(usize, Option<u32>),
}

impl<M: Model> Default for Table<M> {
    fn default() -> Self {
        let count = M::DESCRIPTOR.uniques.len();
        Self {
            rows: Rows::new(),
            uniques: alloc::vec![HashIndex::new(); count],
            hashes: Words::new(count),
            retired: Vec::new(),
            retired_hashes: Vec::new(),
            bin: Vec::new(),
            staged: Vec::new(),
            prepared: Vec::new(),
            hasher: foldhash::fast::RandomState::default(),
        }
    }
}

impl<M: Model> Table<M> {
    #[inline]
    pub(crate) fn row(&self, slot: u32) -> Option<&M> {
        self.rows.get(slot)
    }

    pub(crate) fn iter(&self) -> RowsIter<'_, M> {
        self.rows.iter()
    }

    pub(crate) fn row_mut(&mut self, slot: u32) -> Option<&mut M> {
        self.rows.get_mut(slot)
    }

    /// Keeps a copy of a row for a rollback before it is changed in place. O(size of the row).
    pub(crate) fn keep_copy(&mut self, slot: u32) {
        let copy = self.rows.get(slot).expect("a changed row is live").clone();
        self.retired.push(copy);
        if !self.uniques.is_empty() {
            self.retired_hashes.extend_from_slice(self.hashes.record(slot));
        }
    }

    pub(crate) fn for_each_mut(&mut self, change: impl FnMut(u32, &mut M)) {
        self.rows.for_each_mut(change);
    }

    /// The slot whose row has this value under a unique rule of one field. O(1) expected.
    pub(crate) fn find_unique<Q: Hash + ?Sized>(
        &self,
        constraint: usize,
        value: &Q,
        is_match: impl Fn(&M) -> bool,
    ) -> Option<u32> {
        let hash = index_hash(self.hasher.hash_one(value));
        self.uniques[constraint].find(hash, |slot| self.rows.get(slot).is_some_and(&is_match))
    }

    fn hash(&self, constraint: usize, row: &M) -> u32 {
        use core::hash::Hasher as _;
        let mut state = self.hasher.build_hasher();
        if row.hash_unique(constraint, &mut state) { index_hash(state.finish()) } else { 0 }
    }

    /// Checks one new row, and keeps its hashes for `put`. O(rules).
    pub(crate) fn prepare(&mut self, row: &M) -> Result<(), Broken> {
        if let Some(check) = failed_check(row) {
            return Err(Broken::Check(check));
        }
        self.prepared.clear();
        for constraint in 0..self.uniques.len() {
            let hash = self.hash(constraint, row);
            if let Some(holder) = self.holder(constraint, hash, row, |_| true) {
                return Err(Broken::Unique(constraint, Some(holder)));
            }
            self.prepared.push(hash);
        }
        Ok(())
    }

    fn holder(&self, constraint: usize, hash: u32, row: &M, counts: impl Fn(u32) -> bool) -> Option<u32> {
        if hash == 0 {
            return None;
        }
        let same = |slot| counts(slot) && self.rows.get(slot).is_some_and(|other| row.same_unique(constraint, other));
        self.uniques[constraint].find(hash, same)
    }

    /// Puts a prepared row into an empty slot. O(rules).
    pub(crate) fn put(&mut self, slot: u32, row: M) {
        self.rows.put(slot, row);
        if !self.uniques.is_empty() {
            self.hashes.grow_to(slot);
            let hashes = core::mem::take(&mut self.prepared);
            self.index(slot, &hashes);
            self.prepared = hashes;
        }
    }

    fn swap_in(&mut self, slot: u32, row: M, hashes: &[u32], keep: bool) -> Option<M> {
        if !self.uniques.is_empty() {
            if keep {
                self.retired_hashes.extend_from_slice(self.hashes.record(slot));
            }
            self.reindex(slot, hashes);
        }
        let cell = self.rows.get_mut(slot).expect("a replaced row is live");
        let old = core::mem::replace(cell, row);
        if !keep {
            return Some(old);
        }
        self.retired.push(old);
        None
    }

    /// Takes a row out. O(rules).
    pub(crate) fn take(&mut self, slot: u32) -> M {
        self.unindex(slot);
        self.rows.take(slot).expect("a taken row is live")
    }

    fn index(&mut self, slot: u32, hashes: &[u32]) {
        for (constraint, &hash) in hashes.iter().enumerate() {
            if hash != 0 {
                self.uniques[constraint].insert(hash, slot);
            }
            self.hashes.set(slot, constraint, hash);
        }
    }

    fn unindex(&mut self, slot: u32) {
        for constraint in 0..self.uniques.len() {
            let hash = self.hashes.word(slot, constraint);
            if hash != 0 {
                self.uniques[constraint].remove(hash, |other| other == slot);
                self.hashes.set(slot, constraint, 0);
            }
        }
    }

    fn reindex(&mut self, slot: u32, hashes: &[u32]) {
        for (constraint, &hash) in hashes.iter().enumerate() {
            let old = self.hashes.word(slot, constraint);
            if old == hash {
                continue;
            }
            if old != 0 {
                self.uniques[constraint].remove(old, |other| other == slot);
            }
            if hash != 0 {
                self.uniques[constraint].insert(hash, slot);
            }
            self.hashes.set(slot, constraint, hash);
        }
    }

    /// Forgets rows that a statement left staged when user code panicked in it. O(staged).
    pub(crate) fn clear_leftovers(&mut self) {
        self.staged.clear();
    }

    /// Adds a row to the statement under preparation. O(rules).
    pub(crate) fn stage(&mut self, slot: u32, row: M) {
        let hashes = (0..self.uniques.len()).map(|constraint| self.hash(constraint, &row)).collect();
        self.staged.push(Staged { slot, row, hashes });
    }

    fn pop_retired_hashes(&mut self) -> Vec<u32> {
        self.retired_hashes.split_off(self.retired_hashes.len() - self.uniques.len())
    }
}

/// Zero means "not indexed", so that a hash never is.
fn index_hash(hash: u64) -> u32 {
    ((hash ^ (hash >> 32)) as u32).max(1)
}

fn failed_check<M: Model>(row: &M) -> Option<usize> {
    (0..M::DESCRIPTOR.checks.len()).find(|&check| !row.passes(check))
}

/// A table without its model: what the engine, the audit and the by-name face speak.
///
/// Calls that a statement makes for its rows come in batches or once for each model.
pub trait ErasedTable {
    /// The model as data.
    fn descriptor(&self) -> &'static ModelDescriptor;
    /// The row's key. O(1).
    fn key(&self, slot: u32, ordinal: usize) -> Option<RawId>;
    /// Overwrites a key that no rule depends on. O(1).
    fn set_key(&mut self, slot: u32, ordinal: usize, target: Option<RawId>);
    /// Takes rows out, and keeps them for a rollback or puts them into the bin. O(rows).
    fn retire(&mut self, slots: &[u32], keep: bool);
    /// Undoes the latest `retire` of one row. O(rules).
    fn restore(&mut self, slot: u32);
    /// Undoes the latest replacement: the row before it comes back. O(rules).
    fn revert(&mut self, slot: u32);
    /// Undoes an insert: the row goes into the bin. O(rules).
    fn discard(&mut self, slot: u32);
    /// Forgets rows kept for a rollback, staged rows and the bin, and drops them. O(rows).
    fn clear_retired(&mut self);
    /// Drops the bin and staged rows. O(rows).
    fn clear_bin(&mut self);
    /// Prepares a copy of a row with other keys for the statement. O(rules).
    fn stage_keys(&mut self, slot: u32, keys: &[(usize, Option<RawId>)]);
    /// Checks the staged rows as they will be together with those that stay; `leaves` says which rows go. Answers
    /// the place of the first offender among the staged. O(staged).
    fn check_staged(&self, leaves: &dyn Fn(u32) -> bool) -> Result<(), (usize, Broken)>;
    /// Puts the staged rows into their places, oldest first; keeps the old ones for a rollback if asked to. O(staged).
    fn apply_staged(&mut self, keep: bool);
    /// Reads a plain field. O(size of the value).
    fn value(&self, slot: u32, field: usize) -> Value;
    /// Builds a row by name, checks its keys with `check`, then its rules, and leaves it staged. O(fields).
    fn stage_built(&mut self, input: &mut Input) -> Result<(), Error>;
    /// Stages a copy of a row with other plain fields and keys. O(fields).
    fn stage_changed(
        &mut self,
        slot: u32,
        values: &mut Vec<(usize, Value)>,
        keys: &[(usize, Option<RawId>)],
    ) -> Result<(), Error>;
    /// Key of a staged row. O(1).
    fn staged_key(&self, place: usize, ordinal: usize) -> Option<RawId>;
    /// Puts the only staged row into an empty slot. O(rules).
    fn put_staged(&mut self, slot: u32);
    /// Compares the unique indexes with the rows, and answers the slots that disagree. O(rows).
    fn audit_uniques(&self) -> Vec<(u32, usize)>;
    /// Slots with a row, in order. O(slots).
    fn slots(&self) -> Vec<u32>;
    /// Rows kept for a rollback. Rows in the bin do not count: after a panic they wait for the next statement. O(1).
    fn leftovers(&self) -> usize;
}

impl<M: Model> ErasedTable for Table<M> {
    fn descriptor(&self) -> &'static ModelDescriptor {
        M::DESCRIPTOR
    }

    fn key(&self, slot: u32, ordinal: usize) -> Option<RawId> {
        self.rows.get(slot)?.key(ordinal)
    }

    fn set_key(&mut self, slot: u32, ordinal: usize, target: Option<RawId>) {
        self.rows.get_mut(slot).expect("a rewritten key's row is live").set_key(ordinal, target);
    }

    fn retire(&mut self, slots: &[u32], keep: bool) {
        for &slot in slots {
            if keep && !self.uniques.is_empty() {
                self.retired_hashes.extend_from_slice(self.hashes.record(slot));
            }
            let row = self.take(slot);
            if keep { self.retired.push(row) } else { self.bin.push(row) }
        }
    }

    fn restore(&mut self, slot: u32) {
        let row = self.retired.pop().expect("a retired row waits for its rollback");
        self.rows.put(slot, row);
        let hashes = self.pop_retired_hashes();
        self.index(slot, &hashes);
    }

    fn revert(&mut self, slot: u32) {
        let row = self.retired.pop().expect("a replaced row waits for its rollback");
        let hashes = self.pop_retired_hashes();
        self.reindex(slot, &hashes);
        let cell = self.rows.get_mut(slot).expect("a replaced row is live");
        self.bin.push(core::mem::replace(cell, row));
    }

    fn discard(&mut self, slot: u32) {
        let row = self.take(slot);
        self.bin.push(row);
    }

    fn clear_retired(&mut self) {
        self.retired_hashes.clear();
        let retired = core::mem::take(&mut self.retired);
        self.clear_bin();
        drop(retired);
    }

    fn clear_bin(&mut self) {
        self.staged.clear();
        self.bin.clear();
    }

    fn stage_keys(&mut self, slot: u32, keys: &[(usize, Option<RawId>)]) {
        let mut row = self.rows.get(slot).expect("a staged row is live").clone();
        for &(ordinal, target) in keys {
            row.set_key(ordinal, target);
        }
        self.stage(slot, row);
    }

    fn check_staged(&self, leaves: &dyn Fn(u32) -> bool) -> Result<(), (usize, Broken)> {
        let mut slots: Vec<u32> = self.staged.iter().map(|staged| staged.slot).collect();
        slots.sort_unstable();
        let stays = |slot: u32| slots.binary_search(&slot).is_err() && !leaves(slot);
        // Staged rows by hash, to compare them with each other: the first of two equal ones is no offender.
        let mut earlier = alloc::vec![HashIndex::new(); self.uniques.len()];
        for (place, Staged { row, hashes, .. }) in self.staged.iter().enumerate() {
            if let Some(check) = failed_check(row) {
                return Err((place, Broken::Check(check)));
            }
            for (constraint, &hash) in hashes.iter().enumerate().filter(|(_, hash)| **hash != 0) {
                if let Some(holder) = self.holder(constraint, hash, row, stays) {
                    return Err((place, Broken::Unique(constraint, Some(holder))));
                }
                let same = |other: u32| row.same_unique(constraint, &self.staged[other as usize].row);
                if earlier[constraint].find(hash, same).is_some() {
                    return Err((place, Broken::Unique(constraint, None)));
                }
                earlier[constraint].insert(hash, place as u32);
            }
        }
        Ok(())
    }

    fn apply_staged(&mut self, keep: bool) {
        for Staged { slot, row, hashes } in core::mem::take(&mut self.staged) {
            let old = self.swap_in(slot, row, &hashes, keep);
            self.bin.extend(old);
        }
    }

    fn value(&self, slot: u32, field: usize) -> Value {
        self.rows.get(slot).map_or(Value::Null, |row| row.read(field))
    }

    fn stage_built(&mut self, input: &mut Input) -> Result<(), Error> {
        let row = M::build(input)?;
        self.stage(u32::MAX, row);
        Ok(())
    }

    fn stage_changed(
        &mut self,
        slot: u32,
        values: &mut Vec<(usize, Value)>,
        keys: &[(usize, Option<RawId>)],
    ) -> Result<(), Error> {
        let mut row = self.rows.get(slot).expect("a staged row is live").clone();
        for (field, value) in values.drain(..) {
            row.write(field, value).map_err(|misfit| crate::model::misfit_error(M::DESCRIPTOR, field, misfit))?;
        }
        for &(ordinal, target) in keys {
            row.set_key(ordinal, target);
        }
        self.stage(slot, row);
        Ok(())
    }

    fn staged_key(&self, place: usize, ordinal: usize) -> Option<RawId> {
        self.staged[place].row.key(ordinal)
    }

    fn put_staged(&mut self, slot: u32) {
        let Staged { row, hashes, .. } = self.staged.pop().expect("an insert by name has staged its row");
        self.prepared.clear();
        self.prepared.extend_from_slice(&hashes);
        self.put(slot, row);
    }

    fn audit_uniques(&self) -> Vec<(u32, usize)> {
        let mut wrong = Vec::new();
        for constraint in 0..self.uniques.len() {
            let mut indexed = 0;
            for (slot, row) in self.rows.iter() {
                let hash = self.hash(constraint, row);
                let kept = self.hashes.word(slot, constraint);
                let found = hash == 0 || self.uniques[constraint].find(hash, |other| other == slot).is_some();
                let doubled = self.holder(constraint, hash, row, |other| other != slot).is_some();
                if hash != kept || !found || doubled {
                    wrong.push((slot, constraint));
                }
                indexed += usize::from(hash != 0);
            }
            if indexed != self.uniques[constraint].len() {
                wrong.push((u32::MAX, constraint));
            }
        }
        wrong
    }

    fn slots(&self) -> Vec<u32> {
        self.rows.iter().map(|(slot, _)| slot).collect()
    }

    fn leftovers(&self) -> usize {
        self.retired.len()
    }
}

/// A schema's tables without their models.
pub trait Tables {
    /// The table of a model. O(1).
    fn table(&self, model: usize) -> &dyn ErasedTable;
    /// The table of a model, to write. O(1).
    fn table_mut(&mut self, model: usize) -> &mut dyn ErasedTable;
}

/// A closed world of models: a struct of [`Table`]s. Derive it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a schema",
    label = "not a schema",
    note = "add `#[derive(Schema)]` to a struct whose fields are `Table<Model>`"
)]
pub trait Schema: Tables + Sized + 'static {
    #[doc(hidden)]
    const MODELS: &'static [ModelEntry];
    #[doc(hidden)]
    fn empty() -> Self;
    #[doc(hidden)]
    fn duplicate(&self) -> Self;

    /// The schema as data. O(models + relations): it is laid out anew; a store's own is at hand.
    fn catalog() -> Catalog {
        Catalog::new(Self::MODELS)
    }
}

/// The schema has a table of model `M`.
#[diagnostic::on_unimplemented(
    message = "the schema `{Self}` has no table of `{M}`",
    label = "no table of `{M}`",
    note = "add a field of type `Table<{M}>` to `{Self}`"
)]
pub trait Has<M: Model>: Schema {
    /// Place of the model in the schema.
    const MODEL: usize;
    #[doc(hidden)]
    fn of(&self) -> &Table<M>;
    #[doc(hidden)]
    fn of_mut(&mut self) -> &mut Table<M>;
}

/// Every model that `Self` points at has a table in the schema `S`.
pub trait InSchema<S>: Model {
    #[doc(hidden)]
    const TARGETS: &'static [u16];
}
