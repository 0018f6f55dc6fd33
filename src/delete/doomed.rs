//! The rows that a delete takes away, in stretches, so that what concerns a model or a relation is looked up once for all
//! rows of a stretch.

use alloc::vec::Vec;

use super::report::DeleteReport;
use crate::catalog::Catalog;

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

/// How many rows' room is kept for the next delete; what a large delete took is given back.
const MOST_KEPT: usize = 4096;

/// Doomed rows in the order found: a row never before the row whose delete takes it along.
///
/// A store keeps its last delete's room for the next, so that small deletes allocate nothing.
#[derive(Default)]
pub(crate) struct DoomedRows {
    pub(super) rows: Vec<Doomed>,
    /// All of `rows`, stretch by stretch.
    pub(super) runs: Vec<Run>,
    /// The slots of `rows`, once nobody asks any more what takes a row along.
    pub(super) slots: Vec<u32>,
}

impl DoomedRows {
    /// Forgets the rows of the delete before, and keeps their room.
    pub(super) fn empty(&mut self) {
        if self.rows.capacity().max(self.slots.capacity()) > MOST_KEPT {
            *self = Self::default();
        }
        self.rows.clear();
        self.runs.clear();
        self.slots.clear();
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

    /// Lists the slots apart, for those who do not ask what took a row along. O(rows).
    pub(super) fn forget_parents(&mut self) {
        self.slots.extend(self.rows.iter().map(|row| row.slot));
    }

    /// The slots run by run, the latest found first. O(1) for each run.
    pub(super) fn slots_by_run(&self) -> impl Iterator<Item = (Run, &[u32])> {
        self.runs.iter().rev().map(|&run| (run, &self.slots[run.start..run.end]))
    }

    /// Adds the rows to a report, in the order of the schema's models. May leave the runs out of order. O(runs × log runs).
    pub(super) fn count(&mut self, catalog: &Catalog, report: &mut DeleteReport) {
        if !self.runs.is_sorted_by_key(|run| run.model) {
            self.runs.sort_by_key(|run| run.model);
        }
        let mut rows = 0;
        for (place, run) in self.runs.iter().enumerate() {
            rows += run.end - run.start;
            if self.runs.get(place + 1).is_none_or(|next| next.model != run.model) {
                report.add_rows(catalog.models()[run.model].descriptor.name, core::mem::take(&mut rows));
            }
        }
    }
}
