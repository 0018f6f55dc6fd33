//! The rows that a delete takes away, in stretches, so that what concerns a model or a relation is looked up once for all
//! rows of a stretch.

use alloc::vec::Vec;

/// A doomed row, and the place of the doomed row that takes it along.
#[derive(Clone, Copy)]
pub(super) struct Doomed {
    pub(super) slot: u32,
    pub(super) parent: u32,
}

/// A stretch of doomed rows of one model that were reached by the same relation.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) model: usize,
    /// The cascading relation, or `usize::MAX` for rows that the call named.
    pub(super) relation: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Doomed rows in the order found: a row never before the row whose delete takes it along.
pub(super) struct DoomedRows {
    pub(super) rows: Vec<Doomed>,
    /// All of `rows`, stretch by stretch.
    pub(super) runs: Vec<Run>,
}

impl DoomedRows {
    /// None yet. With room for the usual delete, in allocations of a size that allocators keep at hand.
    pub(super) fn new() -> Self {
        Self { rows: Vec::with_capacity(64), runs: Vec::with_capacity(8) }
    }

    /// Adds a row that the call named. O(1) amortized.
    pub(super) fn push_root(&mut self, model: usize, slot: u32) {
        let start = self.rows.len();
        match self.runs.last_mut() {
            Some(run) if run.model == model => run.end += 1,
            _ => self.runs.push(Run { model, relation: usize::MAX, start, end: start + 1 }),
        }
        self.rows.push(Doomed { slot, parent: 0 });
    }

    /// The rows run by run, in the order found. O(1) for each run.
    pub(super) fn runs(&self) -> impl DoubleEndedIterator<Item = (Run, &[Doomed])> {
        self.runs.iter().map(|&run| (run, &self.rows[run.start..run.end]))
    }

    /// All rows with their models, in the order found. O(1) each.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, u32)> {
        self.runs().flat_map(|(run, rows)| rows.iter().map(move |row| (run.model, row.slot)))
    }
}
