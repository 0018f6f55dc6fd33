//! The one list of changes: undo log, savepoints, history, undo and redo.
//!
//! A savepoint, a checkpoint and the start of an undo group are positions in it; going back over k changes costs k, whatever
//! the store's size. Each change holds just what its reversal needs; rows wait in their tables, in the same order. Outside a
//! transaction it holds only what history was asked to keep (I10).

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::id::RawId;

/// The row that a key falls back to when its target is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Substitute {
    Unnamed,
    Null,
    Row(RawId),
}

/// One change of the store's state. Reversing one answers its inverse, which is a change again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Reserved {
        model: u16,
        slot: u32,
    },
    /// The inverse of `Reserved`.
    Unreserved {
        model: u16,
        slot: u32,
    },
    /// A row was put into a slot reserved just before, or, if `filled`, by the program.
    Inserted {
        model: u16,
        slot: u32,
        filled: bool,
    },
    /// The inverse of `Inserted`.
    Uninserted {
        model: u16,
        slot: u32,
        filled: bool,
    },
    /// The same, of a row whose only key is a foreign key to a row that was there.
    InsertedKeyed {
        model: u16,
        slot: u32,
    },
    /// The inverse of `InsertedKeyed`.
    UninsertedKeyed {
        model: u16,
        slot: u32,
        target: u32,
    },
    Removed {
        model: u16,
        slot: u32,
    },
    /// The same, of a row whose only key is a foreign key, from its place in the target's set.
    RemovedKeyed {
        model: u16,
        slot: u32,
        target: u32,
        position: u32,
    },
    /// The inverse of `RemovedKeyed`.
    UnremovedKeyed {
        model: u16,
        slot: u32,
    },
    /// The inverse of `Removed`.
    Unremoved {
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
    /// A foreign key was moved, in its row and from set to set; its inverse is one of its kind.
    Moved {
        relation: u16,
        source: u32,
        target: u32,
        position: u32,
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
    /// A reserved slot has gone through generations elsewhere.
    GenerationSet {
        model: u16,
        slot: u32,
        old: u32,
    },
}

impl Change {
    /// Model and slot of the row that reversing the change puts, takes or replaces, if it does.
    pub(crate) fn row(self) -> Option<(usize, u32)> {
        match self {
            Self::Inserted { model, slot, .. }
            | Self::Uninserted { model, slot, .. }
            | Self::InsertedKeyed { model, slot }
            | Self::UninsertedKeyed { model, slot, .. }
            | Self::Removed { model, slot }
            | Self::RemovedKeyed { model, slot, .. }
            | Self::Unremoved { model, slot }
            | Self::UnremovedKeyed { model, slot }
            | Self::Replaced { model, slot } => Some((model.into(), slot)),
            _ => None,
        }
    }

    /// The model whose table keeps a row for the reversal of this change.
    pub(crate) fn keeper(self) -> Option<usize> {
        match self {
            Self::Removed { model, .. } | Self::RemovedKeyed { model, .. } | Self::Replaced { model, .. } => {
                Some(model.into())
            }
            _ => None,
        }
    }
}

/// Changes in order, and where each open transaction began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    changes: VecDeque<Change>,
    /// Position of the first change that is still held.
    first: u64,
    marks: Vec<u64>,
    keeps: bool,
    records: bool,
    /// Whether changes were recorded since somebody last asked.
    recorded: bool,
}

impl Journal {
    /// How many transactions are open. O(1).
    pub(crate) fn depth(&self) -> usize {
        self.marks.len()
    }

    /// Whether committed changes are kept, for history. O(1).
    #[inline]
    pub(crate) fn keeps(&self) -> bool {
        self.keeps
    }

    /// Whether a change may have to be reversed. O(1).
    #[inline]
    pub(crate) fn records(&self) -> bool {
        self.records
    }

    /// Keeps committed changes from now on, or no more. O(1).
    pub(crate) fn set_keeps(&mut self, keeps: bool) {
        self.keeps = keeps;
        self.records = keeps || !self.marks.is_empty();
        self.recorded |= self.records;
    }

    /// Whether changes were recorded since this was last asked, so that tables may keep rows for them. O(1).
    pub(crate) fn take_recorded(&mut self) -> bool {
        core::mem::take(&mut self.recorded)
    }

    /// Notes a change, if it may have to be reversed. O(1) amortized.
    #[inline]
    pub(crate) fn note(&mut self, change: Change) {
        if self.records {
            self.changes.push_back(change);
        }
    }

    /// Opens a transaction. O(1).
    pub(crate) fn begin(&mut self) {
        self.marks.push(self.end_position());
        self.records = true;
        self.recorded = true;
    }

    /// Closes the innermost transaction and answers where it began. O(1).
    pub(crate) fn end(&mut self) -> Option<u64> {
        let mark = self.marks.pop();
        self.records = self.keeps || !self.marks.is_empty();
        mark
    }

    /// The position after the latest change. O(1).
    pub(crate) fn end_position(&self) -> u64 {
        self.first + self.changes.len() as u64
    }

    /// Takes the latest change that came after `mark`. O(1).
    pub(crate) fn pop_after(&mut self, mark: u64) -> Option<Change> {
        if self.end_position() > mark { self.changes.pop_back() } else { None }
    }

    /// Takes the oldest change, if it came before `position`. O(1).
    pub(crate) fn pop_before(&mut self, position: u64) -> Option<Change> {
        if self.first >= position {
            return None;
        }
        self.first += 1;
        self.changes.pop_front()
    }

    /// All changes, latest first. O(1) to start.
    pub(crate) fn latest_first(&self) -> impl Iterator<Item = Change> {
        self.changes.iter().rev().copied()
    }

    /// The changes that came after `mark`, latest first. O(1) to start.
    pub(crate) fn since(&self, mark: u64) -> impl Iterator<Item = Change> {
        self.latest_first().take(self.end_position().saturating_sub(mark) as usize)
    }

    /// Forgets all changes: nobody goes back over them any more. O(1).
    pub(crate) fn clear(&mut self) {
        self.first = self.end_position();
        self.changes.clear();
    }

    /// Bytes that the changes take. O(1).
    pub(crate) fn bytes(&self) -> usize {
        self.changes.len() * size_of::<Change>()
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
