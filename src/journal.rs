//! The one list of changes: undo log and savepoints.
//!
//! A savepoint is a position in it; rolling back k changes costs k, whatever the store's size. Each change holds just what
//! its undoing needs; rows themselves wait in their tables, in the same order. Outside a transaction it is empty (I10).

use alloc::vec::Vec;

use crate::id::RawId;

/// The row that a key falls back to when its target is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Substitute {
    Unnamed,
    Null,
    Row(RawId),
}

/// One change of the store's state.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Reserved {
        model: u16,
        slot: u32,
    },
    /// A row was put into a slot reserved just before, or, if `filled`, by the program.
    Inserted {
        model: u16,
        slot: u32,
        filled: bool,
    },
    Removed {
        model: u16,
        slot: u32,
    },
    Replaced {
        model: u16,
        slot: u32,
    },
    KeyWritten {
        relation: u16,
        source: u32,
        old: Option<RawId>,
    },
    Attached {
        relation: u16,
        source: u32,
    },
    Detached {
        relation: u16,
        source: u32,
        target: u32,
        position: u32,
    },
    DanglingAdded {
        relation: u16,
        source: u32,
        target: RawId,
    },
    DanglingRemoved {
        relation: u16,
        source: u32,
        target: RawId,
    },
    Linked {
        link: u16,
        source: u32,
        target: u32,
    },
    Unlinked {
        link: u16,
        source: u32,
        target: u32,
        place: u32,
        mirror: u32,
    },
    SubstituteSet {
        relation: u16,
        old: Substitute,
    },
}

/// Changes since the outermost transaction began, and where each open transaction began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    changes: Vec<Change>,
    marks: Vec<usize>,
}

impl Journal {
    /// How many transactions are open. O(1).
    pub(crate) fn depth(&self) -> usize {
        self.marks.len()
    }

    /// Notes a change, if a transaction may have to undo it. O(1) amortized.
    #[inline]
    pub(crate) fn note(&mut self, change: Change) {
        if !self.marks.is_empty() {
            self.changes.push(change);
        }
    }

    /// Opens a transaction. O(1).
    pub(crate) fn begin(&mut self) {
        self.marks.push(self.changes.len());
    }

    /// Closes the innermost transaction and answers where it began. O(1).
    pub(crate) fn end(&mut self) -> Option<usize> {
        self.marks.pop()
    }

    /// Takes the latest change that came after `mark`. O(1).
    pub(crate) fn pop_after(&mut self, mark: usize) -> Option<Change> {
        if self.changes.len() > mark { self.changes.pop() } else { None }
    }

    /// All changes, latest first. O(1) to start.
    pub(crate) fn latest_first(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().rev()
    }

    /// Forgets all changes: the outermost transaction has committed. O(1).
    pub(crate) fn clear(&mut self) {
        self.changes.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.changes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_takes_twenty_bytes() {
        assert_eq!(size_of::<Change>(), 20);
    }
}
