//! Rows that wait outside their slots: for a rollback or rewind, or for a redo, each with its index words.

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
    words: VecDeque<u32>,
}

impl<M> Pile<M> {
    pub(super) const fn new() -> Self {
        Self { rows: VecDeque::new(), words: VecDeque::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn get(&self, place: usize) -> Option<&M> {
        self.rows.get(place)
    }

    pub(super) fn push(&mut self, row: M, words: &[u32]) {
        self.rows.push_back(row);
        self.words.extend(words);
    }

    /// Takes the latest row, with its `count` index words.
    pub(super) fn pop(&mut self, count: usize) -> (M, Vec<u32>) {
        let row = self.rows.pop_back().expect("a row that comes back was kept");
        let words = if count == 0 { Vec::new() } else { self.words.split_off(self.words.len() - count).into() };
        (row, words)
    }

    /// Takes the oldest row, and forgets its `count` index words.
    pub(super) fn pop_oldest(&mut self, count: usize) -> Option<M> {
        self.words.drain(..count.min(self.words.len()));
        self.rows.pop_front()
    }

    /// Moves all rows into a bin, and forgets their words. O(1) if the bin is empty, as it is unless a row's `Drop` has
    /// panicked.
    pub(super) fn empty_into(&mut self, bin: &mut VecDeque<M>) {
        self.words.clear();
        if bin.is_empty() {
            core::mem::swap(bin, &mut self.rows);
        } else {
            bin.append(&mut self.rows);
        }
    }
}
