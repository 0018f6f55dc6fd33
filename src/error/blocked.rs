//! Why a delete was refused: the rows in its way, and how the collection came to them.

use alloc::vec::Vec;
use core::fmt;

use super::{Reference, RelationName};
use crate::id::RowKey;

/// A row that stands in the way of a delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// The protecting or restricting foreign key, its row, and the doomed row it points at.
    pub reference: Reference,
    pub(crate) step: u32,
}

/// How the collection of a delete came to a doomed row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The doomed row.
    pub row: RowKey,
    /// The cascading foreign key that leads from it to a row doomed before; `None` for a row that the call named.
    pub relation: Option<RelationName>,
    pub(crate) parent: u32,
}

/// Why a delete was refused: every blocker, and the way from the deleted rows to each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// All blockers of the kind that refused, in the order they were found.
    pub blockers: Vec<Blocker>,
    pub(crate) steps: Vec<Step>,
}

impl Blocked {
    /// The rows from one that the call named to the one that `blocker` points at. O(length of the path).
    pub fn path(&self, blocker: &Blocker) -> Vec<Step> {
        path_to(&self.steps, blocker.step)
    }
}

/// Walks `parent` links up and turns the path round.
pub(crate) fn path_to(steps: &[Step], mut at: u32) -> Vec<Step> {
    let mut path = Vec::new();
    while let Some(step) = steps.get(at as usize) {
        path.push(*step);
        if step.relation.is_none() {
            break;
        }
        at = step.parent;
    }
    path.reverse();
    path
}

impl Blocked {
    pub(super) fn describe(&self, formatter: &mut fmt::Formatter<'_>, how: &str, fix: &str) -> fmt::Result {
        let Some(first) = self.blockers.first() else {
            return write!(formatter, "{how}");
        };
        let Reference { relation, source, target } = first.reference;
        write!(formatter, "{target} is {how} by {source} through {relation}")?;
        let path = self.path(first);
        if path.len() > 1 {
            // A cascade can be as deep as the data; the two ends of the path are what helps.
            write!(formatter, " ({} cascades", path[0].row)?;
            write!(formatter, " to {} row(s), the last of them {target})", path.len() - 1)?;
        }
        match self.blockers.len() - 1 {
            0 => {}
            more => write!(formatter, " and {more} more reference(s)")?,
        }
        write!(formatter, "; {fix}")
    }
}
