//! The short way of small questions: one comparison of a field of the row itself, by its index, and one ordered index
//! walked from an end. What they answer is what the planner's way would, without what planning costs.

use super::Query;
use super::comparison::{Access, Test};
use super::condition::Tree;
use super::found::{SortBy, SortKey};
use super::matches::Matches;
use super::run::Part;
use super::serve::hashed;
use super::walk::{along_index, find_order};
use crate::arena::block::Lanes;
use crate::model::Model;
use crate::table::Has;

/// Rows of a group at most that are looked at before the first is asked for.
const MOST: usize = 64;

impl<'q, S: Has<M>, M: Model> Query<'q, S, M> {
    /// The results, if there is a short way to them.
    #[inline]
    pub(super) fn shortcut(&self) -> Option<Matches<'q, S, M>> {
        let test = match &self.parts[..] {
            [] => None,
            [Part::Filter(Tree::One { hops, test })] if hops.is_empty() => Some(&**test),
            _ => return None,
        };
        match (&self.order[..], test) {
            ([], Some(test)) => self.lookup(test),
            ([key], test) => self.walk(key, test),
            _ => None,
        }
    }

    /// By the index of one value's hash. O(1) expected and O(rows).
    fn lookup(&self, test: &dyn Test<S>) -> Option<Matches<'q, S, M>> {
        let Access::Equal { field, count: 1, is_hashed: true } = test.access() else { return None };
        let index = hashed(M::DESCRIPTOR, field)?;
        // As for the planner: more than half of all are found by a scan.
        let most = MOST.min(self.view.engine.relations.slots[S::MODEL].live() as usize / 2).max(1);
        let slots = test.find(self.view, S::MODEL, index, most)?;
        Some(Matches::few(self.view, slots).sliced(self.offset, self.limit.unwrap_or(usize::MAX)))
    }

    /// Along the ordered index of a field that is asked for in order and, if anything, compared. O(results).
    fn walk(&self, key: &SortKey<'q, S>, test: Option<&dyn Test<S>>) -> Option<Matches<'q, S, M>> {
        let SortBy::Path { field: Some(field), .. } = key.by else { return None };
        let is_same = |test: &dyn Test<S>| matches!(test.access(), Access::Range { field: own, .. } if own == field);
        if !test.is_none_or(is_same) {
            return None;
        }
        let limit = self.limit.unwrap_or(usize::MAX);
        let wanted = limit.saturating_add(self.offset);
        // The comparison's own way leads to as many rows as the index has for it.
        let ordered = find_order(self.view, S::MODEL, (&self.order, &self.parts), (wanted, None))?;
        let ask = test.map(|test| move |lanes: Lanes<'_>, set| test.select(self.view, lanes, set));
        let select = ask.as_ref().map(|ask| ask as _);
        let choice = along_index(self.view, S::MODEL, (&self.order, &ordered), select, wanted);
        Some(Matches::found(self.view, choice.slots?).sliced(self.offset, limit))
    }
}
