//! The short way of small questions: one value of a field with a hash, at the row itself or one relation away, one ordered
//! index walked from an end. What they answer is what the planner's way would, without what planning costs.

use super::Query;
use super::comparison::{Access, Test};
use super::found::{SortBy, SortKey};
use super::path::Hop;
use super::run::Part;
use super::serve::hashed;
use super::tree::Tree;
use super::walk::{along_index, find_order, unasked};
use crate::arena::block::Lanes;
use crate::arena::in_order::InOrder;
use crate::model::Model;
use crate::table::Has;

/// Rows at most that are looked at before the first is asked for.
const MOST: usize = 64;

impl<'q, S: Has<M>, M: Model> Query<'q, S, M> {
    /// The results, if there is a short way to them.
    #[inline]
    pub(super) fn shortcut(&self) -> Option<InOrder<'q>> {
        match (self.order.as_slice(), self.parts.as_slice()) {
            ([], _) if (self.offset, self.limit) == (0, usize::MAX) => self.few(),
            ([], _) => self.few().map(|slots| slots.sliced(self.offset, self.limit)),
            ([key], []) => self.walk(key, None),
            ([key], [Part::Filter(Tree::One { hops, test })]) if hops.is_empty() => self.walk(key, Some(&**test)),
            _ => None,
        }
    }

    /// All results before they are sliced, if they are those of one value that an index has.
    #[inline]
    pub(super) fn few(&self) -> Option<InOrder<'q>> {
        let [Part::Filter(Tree::One { hops, test })] = self.parts.as_slice() else { return None };
        match (self.order.as_slice(), &hops[..]) {
            ([], []) => self.lookup(S::MODEL, &**test),
            ([], &[Hop::Forward(ordinal)]) => self.referrers(ordinal, &**test),
            _ => None,
        }
    }

    /// More rows than this are left to the planner: as many as half of all are found by a scan.
    fn most(&self) -> usize {
        MOST.min(self.view.engine.relations.slots[S::MODEL].live() as usize / 2).max(1)
    }

    /// The rows of a model by the index of one value's hash. O(1) expected and O(rows).
    fn lookup(&self, model: usize, test: &dyn Test<S>) -> Option<InOrder<'q>> {
        let Access::Equal { field, count: 1, is_hashed: true } = test.access() else { return None };
        let index = hashed(self.view.catalog().models()[model].descriptor, field)?;
        test.find(self.view, model, index, self.most())
    }

    /// The rows whose key points at a row that is named, or that is the only one found by an index. O(1) expected and O(rows).
    fn referrers(&self, ordinal: u16, test: &dyn Test<S>) -> Option<InOrder<'q>> {
        let (engine, catalog) = (&self.view.engine, self.view.catalog());
        let relation = &catalog.relations()[catalog.models()[S::MODEL].first_relation + usize::from(ordinal)];
        if relation.is_one_to_one() {
            return None;
        }
        let target = if let Access::Rows { count: 1, .. } = test.access() {
            let row = test.row(0);
            engine.relations.slots[relation.target].is_live(row).then(|| row.slot())
        } else {
            let mut targets = self.lookup(relation.target, test);
            let targets = targets.as_mut()?;
            let target = targets.next();
            if targets.next().is_some() {
                return None;
            }
            target
        };
        let Some(target) = target else { return Some(InOrder::one(None)) };
        let runs = engine.relations.source_runs(relation, target);
        // All of them satisfy the comparison, since their target does.
        (runs.words() <= self.most()).then(|| InOrder::of_list(runs, |_| true))
    }

    /// Along the ordered index of a field that is asked for in order and, if anything, compared. O(results).
    fn walk(&self, key: &SortKey<'q, S>, test: Option<&dyn Test<S>>) -> Option<InOrder<'q>> {
        let SortBy::Path { field: Some(field), .. } = key.by else { return None };
        let is_same =
            |test: &dyn Test<S>| matches!(test.access(), Access::Range { field: own, .. } if own == usize::from(field));
        if !test.is_none_or(is_same) {
            return None;
        }
        let (order, wanted) = (self.order.as_slice(), self.limit.saturating_add(self.offset));
        // The comparison's own way leads to as many rows as the index has for it.
        let ordered = find_order(self.view, S::MODEL, (order, self.parts.as_slice()), (wanted, None));
        let ordered = (order, ordered.as_ref()?);
        let Some(test) = test else { return unasked(self.view, S::MODEL, ordered, None, (self.offset, wanted)) };
        if ordered.1.is_exact {
            let accepts = |slot| test.holds(self.view, Some(slot));
            let slots = unasked(self.view, S::MODEL, ordered, Some(&accepts), (self.offset, wanted));
            if slots.is_some() {
                return slots;
            }
        }
        let select = |lanes: Lanes<'_>, set| test.select(self.view, lanes, set);
        let along = along_index(self.view, S::MODEL, ordered, Some(&select), wanted);
        Some(InOrder::from(along.slots).sliced(self.offset, wanted))
    }
}
