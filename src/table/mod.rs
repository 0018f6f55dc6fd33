//! Tables: the rows of one model with their unique indexes, and the schemas that list them.
//!
//! A table keeps its unique indexes equal to its rows whatever is put, taken or replaced (I5 is the caller's check). It
//! runs user code (`Clone`, `Hash`, `Eq`, checks) only while a statement is prepared; putting, taking and undoing run none,
//! and rows to be dropped wait in a bin until the store is whole again. Absent here: keys, relations, transactions.

mod copies;
mod erased;
mod pile;
mod schema;

pub use copies::{CopyTo, RowPlace};
pub use erased::ErasedTable;
pub(crate) use erased::field_value;
pub(crate) use pile::PileName;
pub use schema::{Glue, Glued, Has, InSchema, Schema, Tables};

use self::pile::Pile;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};

use crate::arena::hash_index::HashIndex;
use crate::arena::rows::{Rows, RowsIter};
use crate::arena::words::Words;
use crate::model::Model;

/// The rows of model `M`: the type of a schema's fields.
///
/// Rows are read and written through the store.
#[derive(Clone)]
pub struct Table<M> {
    rows: Rows<M>,
    uniques: Vec<HashIndex<u32>>,
    /// For each row and unique rule the hash under which it is indexed; zero where it takes no part.
    hashes: Words,
    /// Rows taken out that going back may bring back.
    retired: Pile<M>,
    /// Rows that going back took out, for a redo.
    shelf: Pile<M>,
    /// Rows of no further use; dropped at the end of a statement, since a row's `Drop` is user code.
    bin: VecDeque<M>,
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
#[expect(unnameable_types, reason = "only the engine looks at it")]
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
            retired: Pile::new(),
            shelf: Pile::new(),
            bin: VecDeque::new(),
            staged: Vec::new(),
            prepared: Vec::new(),
            hasher: foldhash::fast::RandomState::default(),
        }
    }
}

impl<M: Model> Table<M> {
    /// A second table with the same rows, which shares all pages until either writes. Rows kept for a rollback stay
    /// with this one. O(pages).
    pub(crate) fn share(&mut self) -> Self {
        Self {
            rows: self.rows.share(),
            uniques: self.uniques.iter_mut().map(HashIndex::share).collect(),
            hashes: self.hashes.share(),
            hasher: self.hasher.clone(),
            ..Self::default()
        }
    }

    #[inline]
    pub(crate) fn row(&self, slot: u32) -> Option<&M> {
        self.rows.get(slot)
    }

    pub(crate) fn walk(&self) -> RowsIter<'_, M> {
        self.rows.iter()
    }

    pub(crate) fn row_mut(&mut self, slot: u32) -> Option<&mut M> {
        self.rows.get_mut(slot)
    }

    /// Keeps a copy of a row for going back before it is changed in place. O(size of the row).
    pub(crate) fn keep_copy(&mut self, slot: u32) {
        let copy = self.rows.get(slot).expect("a changed row is live").clone();
        self.retired.push(copy, self.hashes.record(slot));
    }

    /// Makes the pages of a slot this table's own, so that writing there runs no `Clone`. O(1), or a copy of them.
    pub(crate) fn make_unique(&mut self, slot: u32) {
        self.rows.make_unique(slot);
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

    /// The hash under which a value is indexed. O(size of the value).
    pub(crate) fn hash_by(&self, hash: impl FnOnce(&foldhash::fast::RandomState) -> u64) -> u32 {
        index_hash(hash(&self.hasher))
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
        let hashes = core::mem::take(&mut self.prepared);
        self.put_hashed(slot, row, &hashes);
        self.prepared = hashes;
    }

    fn put_hashed(&mut self, slot: u32, row: M, hashes: &[u32]) {
        self.rows.put(slot, row);
        if !self.uniques.is_empty() {
            self.hashes.grow_to(slot);
            self.index(slot, hashes);
        }
    }

    /// Puts a row in the place of a slot's row, which goes to a pile. O(rules).
    fn swap_in(&mut self, slot: u32, row: M, hashes: &[u32], to: PileName) {
        let old_hashes = self.hashes_for(slot, to);
        self.reindex(slot, hashes);
        let cell = self.rows.get_mut(slot).expect("a replaced row is live");
        let old = core::mem::replace(cell, row);
        self.pile_up(old, &old_hashes, to);
    }

    /// The hashes that a slot's row must take along to a pile; none to the bin, from which nothing comes back.
    fn hashes_for(&self, slot: u32, to: PileName) -> Vec<u32> {
        if to == PileName::Bin { Vec::new() } else { self.hashes.record(slot).into() }
    }

    fn pile_up(&mut self, row: M, hashes: &[u32], to: PileName) {
        match to {
            PileName::Retired => self.retired.push(row, hashes),
            PileName::Shelf => self.shelf.push(row, hashes),
            PileName::Bin => self.bin.push_back(row),
        }
    }

    fn take_from(&mut self, from: PileName) -> (M, Vec<u32>) {
        let count = self.uniques.len();
        match from {
            PileName::Retired => self.retired.pop(count),
            PileName::Shelf => self.shelf.pop(count),
            PileName::Bin => unreachable!("nothing comes back from the bin"),
        }
    }

    /// Takes a row out; it goes to a pile. O(rules).
    #[inline]
    pub(crate) fn withdraw_row(&mut self, slot: u32, to: PileName) {
        let hashes = self.hashes_for(slot, to);
        let row = self.take(slot);
        self.pile_up(row, &hashes, to);
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
}

/// Zero means "not indexed", so that a hash never is.
fn index_hash(hash: u64) -> u32 {
    ((hash ^ (hash >> 32)) as u32).max(1)
}

fn failed_check<M: Model>(row: &M) -> Option<usize> {
    (0..M::DESCRIPTOR.checks.len()).find(|&check| !row.passes(check))
}
