//! Tables: the rows of one model with their indexes, and the schemas that list them.
//!
//! A table keeps its indexes equal to its rows whatever is put, taken or replaced (I5 is the caller's check). It
//! runs user code (`Clone`, `Hash`, `Eq`, order keys, checks) only while a statement is prepared; putting, taking and undoing run none,
//! and rows to be dropped wait in a bin until the store is whole again. Absent here: keys, relations, transactions.

mod audit;
mod copies;
mod erased;
mod indexes;
mod lookup;
mod pile;
mod schema;
mod staged;

pub use copies::{CopyTo, RowPlace};
pub use erased::ErasedTable;
pub(crate) use erased::field_value;
pub(crate) use lookup::{IndexLookup, IndexPlace, IndexSlots, OrderedEntries};
pub(crate) use pile::PileName;
pub use schema::{Glue, Glued, Has, IdentityProbe, InSchema, Schema, Tables, Unidentified};

pub(crate) use self::indexes::Indexes;
use self::indexes::{add_hash_words, add_key_words};
use self::pile::Pile;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash, Hasher as _};

use crate::arena::in_order::InOrder;
use crate::arena::rows::{Rows, RowsIter};
use crate::model::{IndexHasher, IndexKind, Model};

/// The rows of model `M`: the type of a schema's fields.
///
/// Rows are read and written through the store.
pub struct Table<M> {
    rows: Rows<M>,
    indexes: Indexes,
    /// Rows taken out that going back may bring back.
    retired: Pile<M>,
    /// Rows that going back took out, for a redo.
    shelf: Pile<M>,
    /// Rows of no further use; dropped at the end of a statement, since a row's `Drop` is user code.
    bin: Vec<Option<M>>,
    /// Rows prepared by a statement of several rows.
    staged: Vec<M>,
    /// For each of them its slot and index words.
    staging: Vec<Staging>,
    /// Index words of the row prepared by a statement of one row.
    prepared: Vec<u32>,
    hasher: foldhash::fast::RandomState,
}

/// Where a prepared row goes.
#[expect(unnameable_types, reason = "only the table's own rules look at it")]
pub struct Staging {
    slot: u32,
    /// Its index words.
    words: Vec<u32>,
}

/// A rule that a prepared row breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The check of this place.
    Check(usize),
    /// The unique rule of this place; the slot of the holder, `None` for another prepared row.
    Unique(usize, Option<u32>),
}

impl<M: Model> Default for Table<M> {
    fn default() -> Self {
        Self {
            rows: Rows::new(),
            indexes: Indexes::new(M::DESCRIPTOR),
            retired: Pile::new(),
            shelf: Pile::new(),
            bin: Vec::new(),
            staged: Vec::new(),
            staging: Vec::new(),
            prepared: Vec::new(),
            hasher: foldhash::fast::RandomState::default(),
        }
    }
}

/// Rows that a statement has left prepared or in the bin are no state.
impl<M: Model> Clone for Table<M> {
    fn clone(&self) -> Self {
        Self {
            rows: self.rows.clone(),
            indexes: self.indexes.clone(),
            retired: self.retired.clone(),
            shelf: self.shelf.clone(),
            hasher: self.hasher.clone(),
            ..Self::default()
        }
    }
}

impl<M: Model> Table<M> {
    /// Whether rows have index words.
    const IS_INDEXED: bool = !M::DESCRIPTOR.uniques.is_empty() || !M::DESCRIPTOR.indexes.is_empty();

    /// A second table with the same rows, which shares all pages until either writes. Rows kept for a rollback stay
    /// with this one. O(pages).
    pub(crate) fn share(&mut self) -> Self {
        Self { rows: self.rows.share(), indexes: self.indexes.share(), hasher: self.hasher.clone(), ..Self::default() }
    }

    #[inline]
    pub(crate) fn row(&self, slot: u32) -> Option<&M> {
        self.rows.get(slot)
    }

    pub(crate) const fn all_rows(&self) -> &Rows<M> {
        &self.rows
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
        self.retired.push(copy, self.indexes.record(slot));
    }

    /// Makes the pages of a slot this table's own, so that writing there runs no `Clone`. O(1), or a copy of them.
    pub(crate) fn make_unique(&mut self, slot: u32) {
        self.rows.make_unique(slot);
    }

    pub(crate) fn for_each_mut(&mut self, change: impl FnMut(u32, &mut M)) {
        self.rows.for_each_mut(change);
    }

    /// The row that has this value under a unique rule of one field, with its slot. O(1) expected.
    #[inline]
    pub(crate) fn find_unique<Q: Hash + ?Sized>(
        &self,
        constraint: usize,
        value: &Q,
        is_match: impl Fn(&M) -> bool,
    ) -> Option<(u32, &M)> {
        let mut found = None;
        self.indexes.uniques[constraint].find(self.hash_value(value), |slot| {
            found = self.rows.get(slot).filter(|row| is_match(row)).map(|row| (slot, row));
            found.is_some()
        });
        found
    }

    /// The slots whose rows have this value in a hash index of one field, in slot order: groups stand in an order in which
    /// hashes have a say, and those are seeded (I8). O(1) expected and O(rows), and O(rows × log rows) where rows have gone.
    #[inline]
    pub(crate) fn find_indexed<Q: Hash + ?Sized>(
        &self,
        index: usize,
        value: &Q,
        is_match: impl Fn(&M) -> bool,
    ) -> InOrder<'_> {
        let holds = |slot| self.rows.get(slot).is_some_and(&is_match);
        let found = self.indexes.in_order(IndexPlace::Index(index), self.hash_value(value), usize::MAX, holds);
        found.expect("no group has more slots than there are numbers")
    }

    /// The hash of a looked up value, in unique rules' indexes and hash indexes; of several fields, that of their tuple.
    #[inline]
    pub(crate) fn hash_value<Q: Hash + ?Sized>(&self, value: &Q) -> u32 {
        index_hash(self.hasher.hash_one(value))
    }

    /// The hash under which a value is indexed. O(size of the value).
    pub(crate) fn hash_by(&self, hash: impl FnOnce(&mut IndexHasher)) -> u32 {
        let mut state = self.hasher.build_hasher();
        hash(&mut state);
        index_hash(state.finish())
    }

    fn unique_hash(&self, constraint: usize, row: &M) -> u32 {
        let mut state = self.hasher.build_hasher();
        if row.hash_unique(constraint, &mut state) { index_hash(state.finish()) } else { 0 }
    }

    /// Appends a row's words of all indexes that are no rules. O(indexes).
    fn add_index_words(&self, row: &M, words: &mut Vec<u32>) {
        for (place, index) in M::DESCRIPTOR.indexes.iter().enumerate() {
            match index.kind {
                IndexKind::Hash => {
                    let mut state = self.hasher.build_hasher();
                    let is_in = row.hash_index(place, &mut state);
                    add_hash_words(if is_in { index_hash(state.finish()) } else { 0 }, words);
                }
                IndexKind::Ordered => add_key_words(row.order_key(place), index.fields.len(), words),
            }
        }
    }

    fn index_words(&self, row: &M) -> Vec<u32> {
        let mut words = Vec::with_capacity(self.indexes.width());
        for constraint in 0..M::DESCRIPTOR.uniques.len() {
            words.push(self.unique_hash(constraint, row));
        }
        self.add_index_words(row, &mut words);
        words
    }

    /// Checks one new row, and keeps its index words for `put`. O(rules).
    pub(crate) fn prepare(&mut self, row: &M) -> Result<(), Broken> {
        if let Some(check) = failed_check(row) {
            return Err(Broken::Check(check));
        }
        if self.indexes.width() == 0 {
            return Ok(());
        }
        let mut words = core::mem::take(&mut self.prepared);
        words.clear();
        for constraint in 0..self.indexes.uniques.len() {
            let hash = self.unique_hash(constraint, row);
            if let Some(holder) = self.holder(constraint, hash, row) {
                return Err(Broken::Unique(constraint, Some(holder)));
            }
            words.push(hash);
        }
        self.add_index_words(row, &mut words);
        self.prepared = words;
        Ok(())
    }

    fn holder(&self, constraint: usize, hash: u32, row: &M) -> Option<u32> {
        if hash == 0 {
            return None;
        }
        let mut same = |slot| match self.rows.get(slot) {
            Some(other) => row.same_unique(constraint, other),
            None => false,
        };
        self.indexes.uniques[constraint].find_any(hash, &mut same)
    }

    /// Asks memory for where a slot's row will be, so that it comes while something else is done before. O(1).
    #[inline]
    pub(crate) fn expect_row(&self, slot: u32) {
        core::hint::black_box(self.rows.get(slot).is_some());
    }

    /// Puts a prepared row into an empty slot. O(indexes).
    pub(crate) fn put(&mut self, slot: u32, row: M) {
        self.rows.put(slot, row);
        if Self::IS_INDEXED {
            self.indexes.enter(slot, &self.prepared);
        }
    }

    fn put_under(&mut self, slot: u32, row: M, words: &[u32]) {
        self.rows.put(slot, row);
        if Self::IS_INDEXED {
            self.indexes.enter(slot, words);
        }
    }

    /// Puts a row in the place of a slot's row, which goes to a pile. O(indexes).
    fn swap_in(&mut self, slot: u32, row: M, words: &[u32], to: PileName) {
        let old_words = self.words_for(slot, to);
        self.indexes.change(slot, words);
        let cell = self.rows.get_mut(slot).expect("a replaced row is live");
        let old = core::mem::replace(cell, row);
        self.pile_up(old, &old_words, to);
    }

    /// The index words that a slot's row must take along to a pile; none to the bin, from which nothing comes back.
    fn words_for(&self, slot: u32, to: PileName) -> Vec<u32> {
        if to == PileName::Bin { Vec::new() } else { self.indexes.record(slot).into() }
    }

    fn pile_up(&mut self, row: M, words: &[u32], to: PileName) {
        match to {
            PileName::Retired => self.retired.push(row, words),
            PileName::Shelf => self.shelf.push(row, words),
            PileName::Bin => self.bin.push(Some(row)),
        }
    }

    fn take_from(&mut self, from: PileName) -> (M, Vec<u32>) {
        let count = self.indexes.width();
        match from {
            PileName::Retired => self.retired.pop(count),
            PileName::Shelf => self.shelf.pop(count),
            PileName::Bin => unreachable!("nothing comes back from the bin"),
        }
    }

    /// Takes a row out; it goes to a pile. O(indexes).
    #[inline]
    pub(crate) fn withdraw_row(&mut self, slot: u32, to: PileName) {
        if !Self::IS_INDEXED {
            let row = self.rows.take(slot).expect("a taken row is live");
            return self.pile_up(row, &[], to);
        }
        let words = self.words_for(slot, to);
        let row = self.take(slot);
        self.pile_up(row, &words, to);
    }

    /// Takes a row out. O(indexes).
    pub(crate) fn take(&mut self, slot: u32) -> M {
        if Self::IS_INDEXED {
            self.indexes.leave(slot);
        }
        self.rows.take(slot).expect("a taken row is live")
    }

    /// Forgets rows that a statement left staged when user code panicked in it. O(staged).
    pub(crate) fn clear_leftovers(&mut self) {
        self.staged.clear();
        self.staging.clear();
    }

    /// Adds a row to the statement under preparation. O(indexes).
    pub(crate) fn stage(&mut self, slot: u32, row: M) {
        let words = self.index_words(&row);
        self.staged.push(row);
        self.staging.push(Staging { slot, words });
    }
}

/// Zero means "not indexed", so that a hash never is.
#[inline]
fn index_hash(hash: u64) -> u32 {
    ((hash ^ (hash >> 32)) as u32).max(1)
}

fn failed_check<M: Model>(row: &M) -> Option<usize> {
    let mut check = 0;
    while check < M::DESCRIPTOR.checks.len() {
        if !row.passes(check) {
            return Some(check);
        }
        check += 1;
    }
    None
}
