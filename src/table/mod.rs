//! Tables: the rows of one model with their indexes, and the schemas that list them.
//!
//! A table keeps its indexes equal to its rows whatever is put, taken or replaced (I5 is the caller's check). It
//! runs user code (`Clone`, `Hash`, `Eq`, order keys, checks) only while a statement is prepared; putting, taking and undoing run none,
//! and rows to be dropped wait in a bin until the store is whole again. Absent here: keys, relations, transactions.

mod audit;
mod common;
mod copies;
mod erased;
mod indexes;
mod lookup;
mod schema;
mod staged;
mod waiting;

use copies::no_row;
pub use copies::{CopyTo, RowPlace};
pub use erased::ErasedTable;
pub(crate) use erased::field_value;
pub(crate) use lookup::{IndexLookup, IndexPlace, IndexSlots, OrderedEntries};
pub use schema::{Glue, Glued, Has, IdentityProbe, InSchema, Schema, Tables, Unidentified};
pub(crate) use waiting::PileName;

use alloc::vec::Vec;
pub(crate) use common::Common;

use crate::arena::in_order::InOrder;
use crate::arena::rows::{Rows, RowsIter};
use crate::model::{IndexHasher, Model};

/// The rows of model `M`: the type of a schema's fields.
///
/// Rows are read and written through the store.
pub struct Table<M> {
    rows: Rows<M>,
    /// Rows that wait outside their slots: `common` knows where and for what.
    aside: Rows<M>,
    /// Rows that a statement has taken out for good; dropped at its end, since a row's `Drop` is user code.
    bin: Vec<M>,
    common: Common,
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
        let common = Common::new(M::DESCRIPTOR, size_of::<Option<M>>());
        Self { rows: Rows::new(), aside: Rows::new(), bin: Vec::new(), common }
    }
}

/// Rows that a statement has left prepared or in the bin are no state.
impl<M: Model> Clone for Table<M> {
    fn clone(&self) -> Self {
        let (rows, common) = (self.rows.clone(), self.common.clone());
        let mut copy = Self { rows, aside: Rows::new(), bin: Vec::new(), common };
        if self.common.waiting.keeps_none() {
            copy.common.waiting = waiting::Waiting::default();
        } else {
            copy.aside = self.aside.clone();
        }
        copy
    }
}

impl<M: Model> Table<M> {
    /// Whether rows have index words.
    const IS_INDEXED: bool = !M::DESCRIPTOR.uniques.is_empty() || !M::DESCRIPTOR.indexes.is_empty();

    /// A second table with the same rows, which shares all pages until either writes. Rows kept for a rollback stay
    /// with this one. O(pages).
    pub(crate) fn share(&mut self) -> Self {
        Self { rows: self.rows.share(), aside: Rows::new(), bin: Vec::new(), common: self.common.share() }
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
        self.set_aside(slot, copy, PileName::Retired);
    }

    /// Makes the pages of a slot this table's own, so that writing there runs no `Clone`. O(1), or a copy of them.
    pub(crate) fn make_unique(&mut self, slot: u32) {
        self.rows.make_unique(slot);
    }

    pub(crate) fn for_each_mut(&mut self, change: impl FnMut(u32, &mut M)) {
        self.rows.for_each_mut(change);
    }

    /// The row that has these values under a unique rule, with its slot. O(1) expected.
    #[inline]
    pub(crate) fn find_unique(
        &self,
        constraint: usize,
        hash: impl FnOnce(&mut IndexHasher),
        is_match: impl Fn(&M) -> bool,
    ) -> Option<(u32, &M)> {
        let mut found = None;
        self.common.indexes.uniques[constraint].find(self.common.hash_by(hash), |slot| {
            found = self.rows.get(slot).filter(|row| is_match(row)).map(|row| (slot, row));
            found.is_some()
        });
        found
    }

    /// The first row that has these values in a hash index, with its slot, and the slots after it whose values have the
    /// same hash, in slot order. O(1) expected, and O(rows × log rows) if there are many.
    #[inline]
    pub(crate) fn find_indexed(
        &self,
        index: usize,
        hash: impl FnOnce(&mut IndexHasher),
        is_match: impl Fn(&M) -> bool,
    ) -> (Option<(u32, &M)>, InOrder<'_>) {
        let mut slots = self.common.indexes.group(index, self.common.hash_by(hash));
        let found = slots.find_map(|slot| self.rows.get(slot).filter(|row| is_match(row)).map(|row| (slot, row)));
        (found, slots)
    }

    /// Checks one new row, and keeps its index words for `put`. O(rules).
    pub(crate) fn prepare(&mut self, row: &M) -> Result<(), Broken> {
        let rows = &self.rows;
        let same = |constraint, slot| rows.get(slot).is_some_and(|other| row.same_unique(constraint, other));
        self.common.prepare(M::DESCRIPTOR, row, same)
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
            self.common.enter_prepared(slot);
        }
    }

    /// Takes a row out; it goes to a pile. O(indexes).
    #[inline]
    pub(crate) fn withdraw_row(&mut self, slot: u32, to: PileName) {
        let Some(row) = self.rows.take(slot) else { no_row() };
        self.set_aside(slot, row, to);
        if Self::IS_INDEXED {
            self.common.indexes.leave(slot);
        }
    }

    /// Puts a row that was in a slot on a pile, with the index words that the slot still has.
    #[inline]
    fn set_aside(&mut self, slot: u32, row: M, to: PileName) {
        if to == PileName::Bin {
            return self.bin.push(row);
        }
        let words = if Self::IS_INDEXED { self.common.indexes.record(slot) } else { &[] };
        let place = self.common.waiting.lay(to, words);
        self.aside.put(place, row);
    }

    /// Takes a row out. O(indexes).
    pub(crate) fn take(&mut self, slot: u32) -> M {
        if Self::IS_INDEXED {
            self.common.indexes.leave(slot);
        }
        self.rows.take(slot).expect("a taken row is live")
    }

    /// Forgets rows that a statement left staged when user code panicked in it. O(staged).
    pub(crate) fn clear_leftovers(&mut self) {
        (self as &mut dyn ErasedTable).clear_bin();
    }

    /// Adds a row to the statement under preparation. O(indexes).
    pub(crate) fn stage(&mut self, slot: u32, row: M) {
        let words = self.common.index_words(&row);
        let place = self.common.waiting.stage(slot, words);
        self.aside.put(place, row);
    }
}
