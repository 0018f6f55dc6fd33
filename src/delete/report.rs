//! What a delete took away.

use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::fmt;

use crate::error::RelationName;
use crate::model::Model;

/// Models whose counts need no allocation.
const INLINE: usize = 3;

/// Counts of a delete, as Django's `delete()` answers them: rows by model, and links the store keeps by relation.
///
/// Rows whose keys were rewritten do not count. A symmetrical pair counts twice, a link of a row with itself once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DeleteReport {
    /// All rows and links that went.
    pub total: usize,
    /// The first models' counts stay inline, so that small deletes allocate nothing.
    first: [Option<(&'static str, usize)>; INLINE],
    /// In one allocation, whatever else went.
    others: Vec<Count>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Count {
    Rows(&'static str, usize),
    Links(RelationName, usize),
}

/// The counts by name, wherever they are kept.
#[expect(clippy::missing_fields_in_debug, reason = "they are all in what is counted by name")]
impl fmt::Debug for DeleteReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<_> = self.rows().collect();
        let links: Vec<_> = self.links().map(|(relation, count)| (relation.to_string(), count)).collect();
        out.debug_struct("DeleteReport")
            .field("total", &self.total)
            .field("rows", &rows)
            .field("links", &links)
            .finish()
    }
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
        let others = self.others.iter().filter_map(|other| match *other {
            Count::Rows(model, count) => Some((model, count)),
            Count::Links(..) => None,
        });
        self.first.into_iter().flatten().chain(others)
    }

    /// Many-to-many relations of which the store cut links, with their counts; never zero. O(1) each.
    pub fn links(&self) -> impl Iterator<Item = (RelationName, usize)> {
        self.others.iter().filter_map(|other| match *other {
            Count::Links(relation, count) => Some((relation, count)),
            Count::Rows(..) => None,
        })
    }

    /// The report of one row.
    pub(crate) const fn of_one(model: &'static str) -> Self {
        Self { total: 1, first: [Some((model, 1)), None, None], others: Vec::new() }
    }

    /// Adds the rows of a model, once for each model. O(1).
    pub(crate) fn add_rows(&mut self, model: &'static str, count: usize) {
        if count == 0 {
            return;
        }
        self.total += count;
        for first in &mut self.first {
            if first.is_none() {
                *first = Some((model, count));
                return;
            }
        }
        self.others.push(Count::Rows(model, count));
    }

    /// Adds links of a relation. O(models and relations in the report).
    pub(crate) fn add_links(&mut self, relation: RelationName, count: usize) {
        if count == 0 {
            return;
        }
        self.total += count;
        let earlier = self.others.iter_mut().find_map(|other| match other {
            Count::Links(name, total) if *name == relation => Some(total),
            _ => None,
        });
        match earlier {
            Some(total) => *total += count,
            None => self.others.push(Count::Links(relation, count)),
        }
    }
}
