//! A query about to be run: planned, and then asked for all of its results, for some, or for what they come to.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use foldhash::fast::FixedState;
use indexmap::IndexSet;

use super::access::{Choice, choose};
use super::accumulate::{Accumulator, Lined};
use super::aggregate::{BoundComputation, Computation, Sorted};
use super::explain::Explanation;
use super::found::{BoundKey, Found, SortKey};
use super::joins::Located;
use super::matches::{Candidates, Matches};
use super::results::IN_SCHEMA;
use super::run::{Part, Plan, Wanted};
use super::walk::{Select, along_index, find_order};
use crate::arena::block::{LANES, Lanes};
use crate::arena::in_order::Gathered;
use crate::error::Error;
use crate::model::Model;
use crate::table::{Has, Schema};
use crate::value::Value;
use crate::view::View;

/// A query about to be run: its plan, its order, and which results are asked for.
pub(super) struct Asked<'q, S> {
    pub(super) view: &'q View<S>,
    pub(super) plan: Plan<'q, S>,
    pub(super) order: Vec<BoundKey<'q, S>>,
    pub(super) choice: Choice,
    is_distinct: bool,
    pub(super) offset: usize,
    pub(super) limit: usize,
}

/// Results wanted at most for which only the best so far are kept.
const MOST_BEST: usize = 4096;
impl<'q, S: Schema> Asked<'q, S> {
    /// Resolves a query and chooses its way; the slice is whether results are distinct, and offset and limit. O(size of
    /// the query), and what the planner and a walk along an index look at.
    pub(super) fn new(
        view: &'q View<S>,
        model: usize,
        parts: Vec<Part<'q, S>>,
        mut order: Vec<SortKey<'q, S>>,
        (is_distinct, offset, limit): (bool, usize, usize),
    ) -> Result<Self, Error> {
        let wanted = limit.saturating_add(offset);
        let mut ordered = None;
        let mut choice = choose(view, model, &parts, |others| {
            ordered = find_order(view, model, (&order, &parts), (wanted, others));
            ordered.is_some()
        })?;
        let mut plan = Plan::new(view, model, parts)?;
        if let Some(test) = choice.settled {
            plan.settle(test);
        }
        if let Some(ordered) = &ordered {
            let select = |lanes: Lanes<'_>, mut set| {
                plan.retain(view, lanes, core::slice::from_mut(&mut set));
                set
            };
            let select: Select<'_> = if plan.is_unfiltered() { None } else { Some(&select) };
            let along = along_index(view, model, (&order, ordered), select, wanted);
            choice = along.into_choice(view, model, ordered, wanted);
            (plan, order) = (plan.done(), Vec::new());
        }
        let order = plan.bind_order(view, model, order)?;
        Ok(Self { view, plan, order, choice, is_distinct, offset, limit })
    }

    pub(super) fn locate(&mut self, model: usize, columns: &[Vec<super::path::Hop>]) -> Vec<Located> {
        columns.iter().map(|hops| self.plan.locate(self.view, model, hops).expect(IN_SCHEMA)).collect()
    }

    pub(super) fn bind(&mut self, model: usize, computations: Vec<Computation<'q, S>>) -> Vec<BoundComputation<'q, S>> {
        self.plan.bind_computations(self.view, model, computations).expect(IN_SCHEMA)
    }

    /// How the query was answered, once it was.
    pub(super) fn explained(self, model: usize, results: usize) -> Explanation {
        let model = self.view.catalog().models()[model].descriptor.name;
        let Choice { way, relations, estimated, touched, .. } = self.choice;
        let touched_rows = touched + self.plan.touched();
        Explanation { model, way, relations, estimated_rows: estimated, touched_rows, results }
    }

    /// The results; of those in no order only the first, as far as they are asked for. O(rows tried).
    pub(super) fn found(&mut self, model: usize) -> Found {
        let results = if self.order.is_empty() { self.offset.saturating_add(self.limit) } else { usize::MAX };
        let wanted = Wanted { results, is_distinct: self.is_distinct };
        self.plan.run(self.view, model, Candidates::new(self.choice.slots.take()), wanted)
    }

    /// The places of all results in their order. O(results × log).
    pub(super) fn sorted(&self, found: &Found) -> Vec<usize> {
        let mut places: Vec<usize> = (0..found.count).collect();
        if !self.order.is_empty() {
            places.sort_by(|&one, &other| found.compare(self.view, &self.order, one, other));
        }
        places
    }

    /// Whether every row that the filters leave is a result, as it comes.
    pub(super) fn is_walk(&self) -> bool {
        self.plan.is_plain() && self.is_whole()
    }

    /// Whether all results are asked for, in no order.
    fn is_whole(&self) -> bool {
        self.order.is_empty() && (self.offset, self.limit) == (0, usize::MAX)
    }

    /// The rows, lazily where each that is tried is a result as it comes.
    pub(super) fn into_rows<M: Model>(mut self) -> Matches<'q, S, M>
    where
        S: Has<M>,
    {
        if self.plan.is_plain() && self.order.is_empty() {
            let (candidates, slice) = (Candidates::new(self.choice.slots), (self.offset, self.limit));
            return Matches::tried(self.view, self.plan, candidates, slice);
        }
        let (found, results) = self.run(S::MODEL);
        let slots: Vec<u32> = results.into_iter().map(|result| found.binding(result)[0]).collect();
        Matches::found(self.view, Gathered::Many(slots).into())
    }

    /// Passes the results of a walk to `take`, block by block. O(rows tried).
    pub(super) fn each_block(&mut self, model: usize, take: impl FnMut(Lanes<'_>, u64)) {
        let candidates = Candidates::new(self.choice.slots.take());
        self.plan.each_block(self.view, model, candidates, take);
    }

    /// The last row of a walk, from its end. O(rows tried).
    pub(super) fn last(&mut self, model: usize) -> Option<u32> {
        self.plan.last(self.view, model, &Candidates::new(self.choice.slots.take()))
    }

    /// How many results there are, if every binding that the filters leave is one; without a list of them. O(rows tried and
    /// joined rows).
    pub(super) fn count(&mut self, model: usize) -> Option<usize> {
        if !self.is_whole() || self.plan.is_annotated() || self.is_distinct && !self.plan.is_plain() {
            return None;
        }
        Some(self.plan.count(self.view, model, Candidates::new(self.choice.slots.take())))
    }

    /// Aggregates over the results of a walk, of which there is no list. O(rows tried).
    fn aggregated_in_blocks(&mut self, model: usize, computations: &[BoundComputation<'q, S>]) -> Vec<Value> {
        let (view, owners) = (self.view, [0; LANES]);
        let mut totals = alloc::vec![Accumulator::default(); computations.len()];
        self.each_block(model, |lanes, set| {
            for (computation, total) in computations.iter().zip(&mut totals) {
                computation.add(view, Lined { lanes, set, owners: &owners }, core::slice::from_mut(total));
            }
        });
        totals.into_iter().zip(computations).map(|(total, computation)| total.finish(computation.kind)).collect()
    }

    /// Aggregates over the results, of which the slice is taken. Distinct are rows together with the values that are
    /// aggregated, as in SQL's `DISTINCT`: a row's related rows count all, but those with the same values once. So are rows for which
    /// something was computed, as in its `GROUP BY`. O(results).
    pub(super) fn aggregated(
        &mut self,
        model: usize,
        computations: Vec<Computation<'q, S>>,
        (offset, limit): (usize, usize),
    ) -> Result<Vec<Value>, Error> {
        let is_distinct = self.is_distinct || self.plan.is_annotated() && self.plan.group_keys() == 0;
        if (offset, limit) == (0, usize::MAX) {
            // What is aggregated of all has no order; its joins stay.
            self.order.clear();
        }
        let is_of_rows = computations.iter().all(|computation| computation.annotation.is_none());
        if is_of_rows && !self.order.iter().any(BoundKey::is_by_value) {
            self.plan.forget_annotations();
        }
        let computations = self.plan.bind_computations(self.view, model, computations)?;
        if !is_distinct && is_of_rows && self.is_walk() {
            return Ok(self.aggregated_in_blocks(model, &computations));
        }
        if !is_distinct {
            let (found, results) = self.run(model);
            return Ok(found.fold(self.view, &results, &computations));
        }
        (self.is_distinct, self.offset, self.limit) = (false, 0, usize::MAX);
        let (found, mut results) = self.run(model);
        let mut seen = BTreeSet::new();
        results.retain(|&result| {
            let (binding, annotations) = (found.binding(result), found.values(result));
            let mut columns = Vec::new();
            for computation in &computations {
                columns.push(Sorted(computation.value(self.view, binding, annotations)));
                if let Some(filter) = &computation.filter {
                    filter.columns(self.view, binding, &mut columns);
                }
            }
            seen.insert((binding.first().copied(), columns))
        });
        let results = results.into_iter().skip(offset).take(limit).collect::<Vec<_>>();
        Ok(found.fold(self.view, &results, &computations))
    }

    /// All results, and which of them are asked for, in their order.
    pub(super) fn run(&mut self, model: usize) -> (Found, Vec<usize>) {
        let wanted = self.offset.saturating_add(self.limit);
        if self.plan.is_plain() && !self.order.is_empty() && (1..=MOST_BEST).contains(&wanted) {
            // The root of a plain query is in its result once.
            let candidates = Candidates::new(self.choice.slots.take());
            let found = self.plan.best(self.view, model, candidates, (&self.order, wanted));
            let results = (self.offset.min(found.count)..found.count).collect();
            return (found, results);
        }
        let found = self.found(model);
        let mut results: Vec<usize> = (0..found.count).collect();
        if self.is_distinct {
            let mut seen = IndexSet::<u32, FixedState>::default();
            results.retain(|&result| found.binding(result).first().is_none_or(|&slot| seen.insert(slot)));
        }
        let end = self.offset.saturating_add(self.limit).min(results.len());
        if !self.order.is_empty() {
            let compare =
                |one: &usize, other: &usize| found.compare(self.view, &self.order, *one, *other).then(one.cmp(other));
            if end < results.len() && end > 0 {
                results.select_nth_unstable_by(end - 1, compare);
            }
            results.truncate(end);
            results.sort_unstable_by(compare);
        }
        results.truncate(end);
        results.drain(..self.offset.min(end));
        (found, results)
    }
}
