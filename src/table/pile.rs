//! Rows that wait outside their slots: for a rollback or rewind, or for a redo, each with the hashes it was indexed under.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Which pile of a table a row goes to or comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(unnameable_types, reason = "only the engine names it")]
pub enum PileName {
    /// Rows that going back may bring back.
    Retired,
    /// Rows that a redo may bring back.
    Shelf,
    /// Rows of no further use.
    Bin,
}

/// Rows in the order in which they left their slots.
#[derive(Clone)]
pub(super) struct Pile<M> {
    rows: VecDeque<M>,
    hashes: VecDeque<u32>,
}

impl<M> Pile<M> {
    pub(super) const fn new() -> Self {
        Self { rows: VecDeque::new(), hashes: VecDeque::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn get(&self, place: usize) -> Option<&M> {
        self.rows.get(place)
    }

    pub(super) fn push(&mut self, row: M, hashes: &[u32]) {
        self.rows.push_back(row);
        self.hashes.extend(hashes);
    }

    /// Takes the latest row, with its `count` hashes.
    pub(super) fn pop(&mut self, count: usize) -> (M, Vec<u32>) {
        let row = self.rows.pop_back().expect("a row that comes back was kept");
        let hashes = self.hashes.split_off(self.hashes.len() - count);
        (row, hashes.into())
    }

    /// Takes the oldest row, and forgets its `count` hashes.
    pub(super) fn pop_oldest(&mut self, count: usize) -> Option<M> {
        self.hashes.drain(..count.min(self.hashes.len()));
        self.rows.pop_front()
    }

    /// Moves all rows into a bin, and forgets their hashes. O(1) if the bin is empty, as it is unless a row's `Drop` has
    /// panicked.
    pub(super) fn empty_into(&mut self, bin: &mut VecDeque<M>) {
        self.hashes.clear();
        if bin.is_empty() {
            core::mem::swap(bin, &mut self.rows);
        } else {
            bin.append(&mut self.rows);
        }
    }
}
