//! The only join of a query, back over a key, where most rows of the model take part: the joined rows are asked as they lie,
//! and a row has its bindings without a list of what might be one.

use alloc::vec::Vec;
use core::cell::Cell;

use super::bound::Bound;
use super::joins::{Joins, NONE, Step};
use super::related::{ask_sources, is_in, name_most};
use crate::table::Schema;
use crate::view::View;

/// A join whose rows were asked.
pub(crate) struct Joined {
    relation: usize,
    /// The joined rows that the filters leave, and the rows that these lead back to, a bit for each slot; nothing if no
    /// filter asks them.
    asked: Option<(Vec<u64>, Vec<u64>)>,
}

impl Joined {
    /// Asks the joined rows what the conditions ask of them; none if one asks of several rows at once, or holds where there
    /// is no joined row. O(size of the conditions), and O(joined rows).
    pub(crate) fn ask<S: Schema>(
        view: &View<S>,
        joins: &Joins,
        conditions: &[&Bound<'_, S>],
        touched: &Cell<usize>,
    ) -> Option<Self> {
        let Some(Step::Sources(relation)) = joins.only_step() else { return None };
        let is_of_joined = |condition: &&Bound<'_, S>| match condition {
            Bound::One { at, test, .. } => at.from() == 1 && !test.holds(view, None),
            _ => false,
        };
        if !conditions.iter().all(is_of_joined) {
            return None;
        }
        let Some(first) = conditions.first() else { return Some(Self { relation, asked: None }) };
        let info = &view.catalog().relations()[relation];
        if !name_most(view, info) {
            return None;
        }
        first.ask_all(view, touched);
        let asked = ask_sources(view, info, first.skips_missing(), touched, |lanes, sets| {
            for condition in conditions {
                condition.retain(view, lanes, sets, touched);
            }
        });
        Some(Self { relation, asked: Some(asked) })
    }

    /// Whether a row has any bindings, as far as its joined rows were asked. O(1).
    #[inline]
    pub(crate) fn has_any(&self, slot: u32) -> bool {
        self.asked.as_ref().is_none_or(|(_, owners)| is_in(owners, slot))
    }

    /// Adds the bindings of a row that the conditions leave; those of one that has any. O(joined rows of this row).
    pub(crate) fn bind<S: Schema>(&self, view: &View<S>, slot: u32, bindings: &mut Vec<u32>) {
        let runs = view.engine.relations.source_runs(&view.catalog().relations()[self.relation], slot);
        match &self.asked {
            Some((found, _)) => {
                for &source in runs.flatten().filter(|source| is_in(found, **source)) {
                    bindings.extend([slot, source]);
                }
            }
            None => {
                runs.flatten().for_each(|&source| bindings.extend([slot, source]));
                if bindings.is_empty() {
                    // A left join.
                    bindings.extend([slot, NONE]);
                }
            }
        }
    }
}
