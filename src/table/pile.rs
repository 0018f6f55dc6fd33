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

/// Rows in the order in which they left their slots. The code is short, since each model has its own.
#[derive(Clone)]
pub(super) struct Pile<M> {
    /// Those before `first` have been taken.
    rows: Vec<Option<M>>,
    first: usize,
    words: VecDeque<u32>,
}

impl<M> Pile<M> {
    pub(super) const fn new() -> Self {
        Self { rows: Vec::new(), first: 0, words: VecDeque::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len() - self.first
    }

    pub(super) fn get(&self, place: usize) -> Option<&M> {
        self.rows.get(self.first + place)?.as_ref()
    }

    pub(super) fn push(&mut self, row: M, words: &[u32]) {
        self.rows.push(Some(row));
        self.words.extend(words);
    }

    /// Takes the latest row, with its `count` index words.
    pub(super) fn pop(&mut self, count: usize) -> (M, Vec<u32>) {
        let row = self.rows.pop().flatten().expect("a row that comes back was kept");
        let words = if count == 0 { Vec::new() } else { self.words.split_off(self.words.len() - count).into() };
        (row, words)
    }

    /// Takes the oldest row, and forgets its `count` index words. O(1) amortized.
    pub(super) fn pop_oldest(&mut self, count: usize) -> Option<M> {
        self.words.drain(..count.min(self.words.len()));
        let row = self.rows.get_mut(self.first)?.take();
        self.first += 1;
        if self.first * 2 > self.rows.len() {
            self.rows = self.rows.split_off(self.first);
            self.first = 0;
        }
        row
    }

    /// Moves all rows into a bin, and forgets their words. O(1) if the bin is empty, as it is unless a row's `Drop` has
    /// panicked.
    pub(super) fn empty_into(&mut self, bin: &mut Vec<Option<M>>) {
        self.words.clear();
        self.first = 0;
        if bin.is_empty() {
            core::mem::swap(bin, &mut self.rows);
        } else {
            bin.append(&mut self.rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_leave_a_pile_at_both_ends() {
        let mut pile = Pile::new();
        for row in 0..100 {
            pile.push(row, &[row]);
        }
        for row in 0..40 {
            assert_eq!((pile.pop_oldest(1), pile.len()), (Some(row), 99 - row as usize));
        }
        assert_eq!((pile.get(0), pile.get(59), pile.get(60)), (Some(&40), Some(&99), None));
        assert_eq!(pile.pop(1), (99, alloc::vec![99]));
        for row in 40..99 {
            assert_eq!(pile.pop_oldest(1), Some(row));
        }
        assert_eq!((pile.pop_oldest(1), pile.len()), (None, 0));
    }
}
