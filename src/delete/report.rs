//! What a delete took away.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::error::RelationName;
use crate::model::Model;

/// Counts of a delete, as Django's `delete()` answers them: rows by model, and links the store keeps by relation.
///
/// Rows whose keys were rewritten do not count. A symmetrical pair counts twice, a link of a row with itself once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteReport {
    /// All rows and links that went.
    pub total: usize,
    /// The first model's count stays inline, so that deleting a single row allocates nothing.
    first: Option<(&'static str, usize)>,
    others: Option<Box<Others>>,
}

/// What deletes of single rows leave empty, apart so that their report is small.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Others {
    rows: Vec<(&'static str, usize)>,
    links: Vec<(RelationName, usize)>,
}

impl DeleteReport {
    /// Deleted rows of a model. O(models in the report).
    pub fn of<M: Model>(&self) -> usize {
        self.of_model(M::DESCRIPTOR.name)
    }

    /// Deleted rows of a model by its name. O(models in the report).
    pub fn of_model(&self, model: &str) -> usize {
        self.rows().find(|(name, _)| *name == model).map_or(0, |(_, count)| count)
    }

    /// Models of which a row went, with their counts; never zero. O(1) each.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.first.iter().chain(self.others.iter().flat_map(|others| &others.rows)).copied()
    }

    /// Many-to-many relations of which the store cut links, with their counts; never zero. O(1) each.
    pub fn links(&self) -> impl Iterator<Item = (RelationName, usize)> {
        self.others.iter().flat_map(|others| &others.links).copied()
    }

    /// The report of one row.
    pub(crate) const fn of_one(model: &'static str) -> Self {
        Self { total: 1, first: Some((model, 1)), others: None }
    }

    pub(crate) fn add_rows(&mut self, model: &'static str, count: usize) {
        if count == 0 {
            return;
        }
        self.total += count;
        match &mut self.first {
            None => self.first = Some((model, count)),
            Some((name, total)) if *name == model => *total += count,
            Some(_) => add(&mut self.others.get_or_insert_default().rows, model, count),
        }
    }

    pub(crate) fn add_links(&mut self, relation: RelationName, count: usize) {
        if count == 0 {
            return;
        }
        self.total += count;
        add(&mut self.others.get_or_insert_default().links, relation, count);
    }
}

fn add<N: PartialEq>(counts: &mut Vec<(N, usize)>, name: N, count: usize) {
    match counts.iter_mut().find(|(other, _)| *other == name) {
        Some((_, total)) => *total += count,
        None => counts.push((name, count)),
    }
}
