//! The short way of small questions: one value of a field with a hash, at the row itself or one relation away, one ordered
//! index walked from an end, and a count along keys. What they answer is what the planner's way would, without what planning costs.

use alloc::vec::Vec;

use super::Query;
use super::comparison::{Access, Test};
use super::explain::{Explanation, Way};
use super::found::{SortBy, SortKey};
use super::joins::{Step, resolve};
use super::matches::Matches;
use super::path::Hop;
use super::run::Part;
use super::serve::{hashed, serve};
use super::tree::Tree;
use super::walk::{along_index, find_order};
use crate::arena::block::{LANES, Lanes, places};
use crate::arena::in_order::InOrder;
use crate::catalog::RelationInfo;
use crate::model::Model;
use crate::relation::Relations;
use crate::table::Has;

/// Rows at most that are looked at before the first is asked for.
const MOST: usize = 64;

impl<'q, S: Has<M>, M: Model> Query<'q, S, M> {
    /// The results, if there is a short way to them.
    #[inline]
    pub(super) fn shortcut(&self) -> Option<Matches<'q, S, M>> {
        if let Some(slots) = self.few() {
            return Some(Matches::few(self.view, slots).sliced(self.offset, self.limit.unwrap_or(usize::MAX)));
        }
        match (self.order.as_slice(), self.parts.as_slice()) {
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
            let mut targets = self.lookup(relation.target, test)?;
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

    /// How many results there are, and how they were counted, if they are those of one comparison that no index serves, at
    /// the end of keys that lead to fewer rows: these are asked, and from those that satisfy it lists lead back to rows that
    /// know how many point at them. O(rows there and on the way).
    pub(super) fn count_back(&self) -> Option<Explanation> {
        let [Part::Filter(Tree::One { hops, test })] = self.parts.as_slice() else { return None };
        if !matches!(hops[..], [Hop::Forward(_), ..]) || test.holds(self.view, None) {
            return None;
        }
        let (relations, catalog) = (&self.view.engine.relations, self.view.catalog());
        let (steps, leaf) = resolve(catalog, S::MODEL, hops).ok()?;
        let keys = steps.iter().map(|step| match step {
            Step::Key(relation) => Some(&catalog.relations()[*relation]),
            Step::Holder(_) | Step::Sources(_) | Step::Neighbours(..) => None,
        });
        let keys = keys.collect::<Option<Vec<&RelationInfo>>>()?;
        let live = |model: usize| relations.slots[model].live() as usize;
        let (rows, most) = (keys.iter().map(|key| live(key.target)).sum::<usize>(), live(S::MODEL));
        let is_served = || matches!(test.access(), Access::Rows { .. }) || serve(self.view, leaf, &**test).is_some();
        if 3 * rows > 2 * most * (1 + keys.len()) || is_served() {
            return None;
        }
        let (mut count, mut on_the_way) = (0, 0);
        for block in (0..relations.slots[leaf].used()).step_by(LANES) {
            let live = relations.slots[leaf].live_places(block);
            for lane in places(test.select(self.view, Lanes::Page(block), live)) {
                count += count_sources(relations, &keys, block + lane as u32, &mut on_the_way);
            }
        }
        Some(Explanation {
            model: M::DESCRIPTOR.name,
            way: Way::Lists { model: catalog.models()[leaf].descriptor.name },
            relations: keys.len() - 1,
            estimated_rows: rows,
            touched_rows: live(leaf) + on_the_way,
            results: count.saturating_sub(self.offset).min(self.limit.unwrap_or(usize::MAX)),
        })
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
        let ordered = find_order(self.view, S::MODEL, (self.order.as_slice(), self.parts.as_slice()), (wanted, None))?;
        let ask = test.map(|test| move |lanes: Lanes<'_>, set| test.select(self.view, lanes, set));
        let select = ask.as_ref().map(|ask| ask as _);
        let choice = along_index(self.view, S::MODEL, (self.order.as_slice(), &ordered), select, wanted);
        Some(Matches::found(self.view, choice.slots?).sliced(self.offset, limit))
    }
}

/// How many rows lead to one along keys. Recursion over the path, whose length is the program's and not the data's. O(rows on
/// the way).
fn count_sources(relations: &Relations, keys: &[&RelationInfo], slot: u32, on_the_way: &mut usize) -> usize {
    match keys {
        [] => 1,
        [key] => relations.source_count(key, slot),
        [before @ .., last] if last.is_one_to_one() => {
            let source = relations.sources(last, slot).next();
            *on_the_way += usize::from(source.is_some());
            source.map_or(0, |source| count_sources(relations, before, source, on_the_way))
        }
        [before @ .., last] => relations.source_runs(last, slot).fold(0, |count, run| {
            *on_the_way += run.len();
            count
                + match before {
                    [key] => relations.source_count_of_all(key, run),
                    _ => run.iter().map(|&source| count_sources(relations, before, source, on_the_way)).sum(),
                }
        }),
    }
}
