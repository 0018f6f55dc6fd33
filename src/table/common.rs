//! What a table has whatever its model: the indexes, and which rows wait where. Compiled once and not for each model.

use alloc::vec::Vec;
use core::hash::{BuildHasher, Hasher as _};

use super::indexes::{Indexes, add_hash_words, add_key_words};
use super::waiting::Waiting;
use super::{Broken, RowPlace};
use crate::model::{IndexHasher, IndexKind, ModelDescriptor, RowGlue};

/// The part of a table that knows no rows.
#[derive(Clone)]
#[expect(unnameable_types, reason = "only the rules of tables look at it")]
pub struct Common {
    pub(super) descriptor: &'static ModelDescriptor,
    /// Bytes of a row, without what it owns on the heap.
    pub(super) row_bytes: usize,
    pub(super) indexes: Indexes,
    pub(super) waiting: Waiting,
    /// Index words of the row prepared by a statement of one row.
    prepared: Vec<u32>,
    hasher: foldhash::fast::RandomState,
}

/// Where a row lies in its table.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell {
    /// In its slot.
    Slot(u32),
    /// Outside, at this place.
    Aside(u32),
}

impl Common {
    pub(super) fn new(descriptor: &'static ModelDescriptor, row_bytes: usize) -> Self {
        Self {
            descriptor,
            row_bytes,
            indexes: Indexes::new(descriptor),
            waiting: Waiting::default(),
            prepared: Vec::new(),
            hasher: foldhash::fast::RandomState::default(),
        }
    }

    /// The same indexes, which share all pages until either writes, and no row that waits. O(pages).
    pub(super) fn share(&mut self) -> Self {
        Self {
            indexes: self.indexes.share(),
            hasher: self.hasher.clone(),
            ..Self::new(self.descriptor, self.row_bytes)
        }
    }

    /// Where the row of a place is; a place outside that no row has where there is none.
    pub(super) fn cell(&self, at: RowPlace) -> Cell {
        match at {
            RowPlace::Slot(slot) => Cell::Slot(slot),
            RowPlace::Retired(place) => Cell::Aside(self.waiting.retired(place).unwrap_or(u32::MAX)),
            RowPlace::Staged(place) => Cell::Aside(self.waiting.staging().get(place).map_or(u32::MAX, |row| row.place)),
        }
    }

    /// The hash under which a value is indexed. O(size of the value).
    #[inline]
    pub(super) fn hash_by(&self, hash: impl FnOnce(&mut IndexHasher)) -> u32 {
        let mut state = self.hasher.build_hasher();
        hash(&mut state);
        index_hash(state.finish())
    }

    fn unique_hash<R: RowGlue + ?Sized>(&self, constraint: usize, row: &R) -> u32 {
        let mut state = self.hasher.build_hasher();
        if row.hash_unique(constraint, &mut state) { index_hash(state.finish()) } else { 0 }
    }

    /// Appends a row's words of all indexes that are no rules. O(indexes).
    fn add_index_words<R: RowGlue + ?Sized>(&self, descriptor: &ModelDescriptor, row: &R, words: &mut Vec<u32>) {
        for (place, index) in descriptor.indexes.iter().enumerate() {
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

    /// A row's index words. Runs user code. O(indexes).
    pub(super) fn index_words<R: RowGlue + ?Sized>(&self, row: &R) -> Vec<u32> {
        let mut words = Vec::with_capacity(self.indexes.width());
        for constraint in 0..self.indexes.uniques.len() {
            words.push(self.unique_hash(constraint, row));
        }
        self.add_index_words(self.descriptor, row, &mut words);
        words
    }

    /// Checks one new row of a model, and keeps its index words for `enter`. `same` compares it with the row in a slot.
    /// O(rules).
    #[inline]
    pub(super) fn prepare<R: RowGlue>(
        &mut self,
        descriptor: &ModelDescriptor,
        row: &R,
        same: impl Fn(usize, u32) -> bool,
    ) -> Result<(), Broken> {
        if let Some(check) = failed_check(descriptor, row) {
            return Err(Broken::Check(check));
        }
        if self.indexes.width() == 0 {
            return Ok(());
        }
        if self.prepared.len() != self.indexes.width() {
            self.prepared.resize(self.indexes.width(), 0);
        }
        for constraint in 0..descriptor.uniques.len() {
            let hash = self.unique_hash(constraint, row);
            if hash != 0 && self.indexes.has_hash(constraint, hash) {
                // A loop and no closure, which would keep the row from being taken apart into registers.
                for &holder in self.indexes.uniques[constraint].with_hash(hash) {
                    if same(constraint, holder) {
                        return Err(Broken::Unique(constraint, Some(holder)));
                    }
                }
            }
            self.prepared[constraint] = hash;
        }
        if !descriptor.indexes.is_empty() {
            let mut words = core::mem::take(&mut self.prepared);
            words.truncate(descriptor.uniques.len());
            self.add_index_words(descriptor, row, &mut words);
            self.prepared = words;
        }
        Ok(())
    }

    /// Enters the row prepared last into the indexes. O(indexes).
    pub(super) fn enter_prepared(&mut self, slot: u32) {
        self.indexes.enter(slot, &self.prepared);
    }
}

/// Zero means "not indexed", so that a hash never is: a bit is set that places entries neither by the high nor by the low ones.
/// Both halves count: of numbers that follow one another, the lower half of a fast hash fills some buckets of a large index twice
/// as full as others.
#[inline]
fn index_hash(hash: u64) -> u32 {
    (hash ^ hash >> 32) as u32 | 1 << 16
}

/// The check that a row fails. O(checks).
pub(super) fn failed_check<R: RowGlue + ?Sized>(descriptor: &ModelDescriptor, row: &R) -> Option<usize> {
    (0..descriptor.checks.len()).find(|&check| !row.passes(check))
}
