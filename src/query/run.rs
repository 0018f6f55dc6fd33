//! Running a query: candidates come one row at a time through its filters and annotations, and what is left is grouped,
//! ordered, made distinct and sliced.
//!
//! What needs no list makes none: a query without order, grouping and distinct is a walk that stops where its caller does.

use alloc::vec::Vec;
use core::cell::Cell;

use super::accumulate::Accumulator;
use super::aggregate::{BoundComputation, Computation, Read, Sorted};
use super::bound::{Bound, Reading, bind};
use super::condition::Tree;
use super::found::{Best, BoundKey, Found};
use super::joins::{Joins, Located, resolve};
use super::matches::Candidates;
use super::path::Hop;
use crate::arena::block::{LANES, Lanes, places};
use crate::error::Error;
use crate::table::Schema;
use crate::value::Value;
use crate::view::View;

/// A step of a query, in the order in which it was asked for.
pub(crate) enum Part<'q, S> {
    Filter(Tree<'q, S>),
    Annotate(Vec<Computation<'q, S>>),
    /// The paths by which the next annotations are grouped.
    Group(Vec<(Vec<Hop>, Read<'q, S>)>),
}

/// A step with its paths resolved, and how many joins there are after it.
enum Stage<'q, S> {
    Filter(Bound<'q, S>, usize),
    Annotate(Vec<BoundComputation<'q, S>>, usize),
}

struct Grouping<'q, S> {
    paths: Vec<(Located, Read<'q, S>)>,
    computations: Vec<BoundComputation<'q, S>>,
    joins: usize,
    /// Filters on what was computed.
    having: Vec<Bound<'q, S>>,
}

/// A query resolved in a schema.
pub(crate) struct Plan<'q, S> {
    stages: Vec<Stage<'q, S>>,
    grouping: Option<Grouping<'q, S>>,
    /// The joins of the current stages; after an annotation anew.
    joins: Joins,
    /// Joins of earlier stages, each up to an annotation.
    folded: Vec<Joins>,
    /// Rows that were tried, and rows and related rows that were looked at for it.
    touched: Cell<usize>,
    /// Whether the filters were asked already.
    is_done: bool,
    /// Whether slots without a row may be asked about.
    skips_missing: bool,
}

impl<'q, S: Schema> Plan<'q, S> {
    /// Resolves the steps of a query on a model. O(size of the query).
    pub(crate) fn new(view: &View<S>, model: usize, parts: Vec<Part<'q, S>>) -> Result<Self, Error> {
        let catalog = view.catalog();
        let live = |model: usize| view.engine.relations.slots[model].live() as usize;
        let mut plan = Self {
            stages: Vec::with_capacity(parts.len()),
            grouping: None,
            joins: Joins::default(),
            folded: Vec::new(),
            touched: Cell::new(0),
            is_done: false,
            skips_missing: false,
        };
        let mut group: Option<Vec<(Located, Read<'q, S>)>> = None;
        for part in parts {
            match part {
                Part::Filter(tree) => {
                    let reading = Reading::Joined(plan.joins.len());
                    if let Some(grouping) = &mut plan.grouping {
                        grouping.having.push(bind((catalog, &live), model, tree, &mut Joins::default(), reading)?);
                        continue;
                    }
                    let condition = bind((catalog, &live), model, tree, &mut plan.joins, reading)?;
                    plan.stages.push(Stage::Filter(condition, plan.joins.len()));
                }
                Part::Group(paths) => {
                    let located = paths.into_iter().map(|(hops, read)| {
                        let (steps, _) = resolve(catalog, model, &hops)?;
                        Ok((plan.joins.locate(&steps, 0), read))
                    });
                    group = Some(located.collect::<Result<_, Error>>()?);
                }
                Part::Annotate(computations) => {
                    let bound = bind_computations(view, model, computations, &mut plan.joins)?;
                    match group.take() {
                        Some(paths) => {
                            let joins = plan.joins.len();
                            plan.grouping = Some(Grouping { paths, computations: bound, joins, having: Vec::new() });
                        }
                        None => {
                            plan.stages.push(Stage::Annotate(bound, plan.joins.len()));
                            // A row is one result again: what comes after joins anew.
                            plan.folded.push(core::mem::take(&mut plan.joins));
                        }
                    }
                }
            }
        }
        plan.skips_missing = plan.is_plain()
            && matches!(plan.stages.first(), Some(Stage::Filter(condition, _)) if condition.skips_missing());
        Ok(plan)
    }

    /// Finds a path in the results, with new joins where it needs them.
    pub(crate) fn locate(&mut self, view: &View<S>, model: usize, hops: &[Hop]) -> Result<Located, Error> {
        let (steps, _) = resolve(view.catalog(), model, hops)?;
        Ok(self.joins.locate(&steps, 0))
    }

    pub(crate) fn bind_computations(
        &mut self,
        view: &View<S>,
        model: usize,
        computations: Vec<Computation<'q, S>>,
    ) -> Result<Vec<BoundComputation<'q, S>>, Error> {
        bind_computations(view, model, computations, &mut self.joins)
    }

    /// The paths by which results are grouped.
    pub(crate) fn group_keys(&self) -> usize {
        self.grouping.as_ref().map_or(0, |grouping| grouping.paths.len())
    }

    /// The condition that decides by the row alone, if that is all there is: then no binding is ever built.
    pub(crate) fn is_plain(&self) -> bool {
        self.joins.len() == 0 && self.folded.is_empty() && self.grouping.is_none()
    }

    /// Whether a plain query asks nothing of its rows.
    pub(crate) fn is_unfiltered(&self) -> bool {
        self.stages.is_empty()
    }

    /// Whether slots without a row may be asked about.
    #[inline]
    pub(crate) fn skips_missing(&self) -> bool {
        self.skips_missing
    }

    /// Counts what is looked at exactly, which costs a look at which slots have rows.
    pub(crate) fn count_exactly(&mut self) {
        self.skips_missing = false;
    }

    /// Which rows of a block satisfy the filters of a plain query. O(block × size of the conditions).
    #[inline]
    pub(crate) fn select(&self, view: &View<S>, lanes: Lanes<'_>, set: u64) -> u64 {
        if !self.is_done {
            self.touched.set(self.touched.get() + set.count_ones() as usize);
        }
        self.stages.iter().fold(set, |set, stage| match stage {
            Stage::Filter(condition, _) => condition.select(view, lanes, set, &self.touched),
            Stage::Annotate(..) => set,
        })
    }

    /// The plan of a query whose filters were asked already.
    pub(crate) fn done(mut self) -> Self {
        self.stages.clear();
        (self.is_done, self.skips_missing) = (true, false);
        self
    }

    /// Rows that were tried, and rows and related rows that were looked at for it.
    pub(crate) fn touched(&self) -> usize {
        self.touched.get()
    }

    /// The first rows of a plain query in an order. O(candidates), and O(wanted × log).
    pub(crate) fn best(
        &self,
        view: &View<S>,
        model: usize,
        mut candidates: Candidates,
        (order, wanted): (&[BoundKey<'q, S>], usize),
    ) -> Found {
        let (mut best, mut list) = (Best::new(view, order, wanted), [0; LANES]);
        while let Some((lanes, set)) = candidates.next(&view.engine.relations.slots[model], self, &mut list) {
            best.add(lanes, self.select(view, lanes, set));
        }
        best.finish()
    }

    /// The rows that satisfy the filters of a plain query. O(candidates).
    fn selected(&self, view: &View<S>, model: usize, mut candidates: Candidates) -> Vec<u32> {
        let (mut found, mut list) = (Vec::new(), [0; LANES]);
        while let Some((lanes, set)) = candidates.next(&view.engine.relations.slots[model], self, &mut list) {
            found.extend(places(self.select(view, lanes, set)).map(|lane| lanes.slot(lane)));
        }
        found
    }

    /// What a row contributes, through filters and annotations: its bindings, with the annotations of the row.
    fn bindings(&self, view: &View<S>, slot: u32) -> (Vec<u32>, Vec<Value>) {
        let (mut bindings, mut annotations, mut width) = (alloc::vec![slot], Vec::new(), 1);
        self.touched.set(self.touched.get() + 1);
        let mut epochs = self.folded.iter().chain(core::iter::once(&self.joins));
        let mut joins = epochs.next().expect("the current joins are the last");
        for stage in &self.stages {
            let (Stage::Filter(_, upto) | Stage::Annotate(_, upto)) = stage;
            widen(view, joins, &mut width, *upto, &mut bindings);
            self.touched.set(self.touched.get() + bindings.len() - bindings.len() / width);
            match stage {
                Stage::Filter(condition, _) => {
                    self.touched.set(self.touched.get() + condition.hops() * bindings.len() / width);
                    let holds = |binding: &&[u32]| condition.holds(view, binding, &annotations);
                    bindings = bindings.chunks_exact(width).filter(holds).flatten().copied().collect();
                    if bindings.is_empty() {
                        return (bindings, annotations);
                    }
                }
                Stage::Annotate(computations, _) => {
                    let mut accumulators = alloc::vec![Accumulator::default(); computations.len()];
                    for binding in bindings.chunks_exact(width) {
                        for (accumulator, computation) in accumulators.iter_mut().zip(computations) {
                            accumulator.add(computation, view, binding, &annotations);
                        }
                    }
                    annotations.extend(accumulators.into_iter().zip(computations).map(|(one, by)| one.finish(by.kind)));
                    (bindings, width) = (alloc::vec![slot], 1);
                    joins = epochs.next().expect("each annotation has joins after it");
                }
            }
        }
        let upto = self.grouping.as_ref().map_or(self.joins.len(), |grouping| grouping.joins);
        widen(view, joins, &mut width, upto, &mut bindings);
        (bindings, annotations)
    }

    /// All results, in the order of the candidates; of a grouped query in the order in which groups first occur.
    pub(crate) fn run(&self, view: &View<S>, model: usize, candidates: Candidates) -> Found {
        if self.is_plain() {
            let slots = self.selected(view, model, candidates);
            return Found { width: 1, count: slots.len(), slots, ..Found::default() };
        }
        let mut list = [0; LANES];
        let blocks = core::iter::from_fn({
            let (mut candidates, slots) = (candidates, &view.engine.relations.slots[model]);
            move || {
                candidates
                    .next(slots, self, &mut list)
                    .map(|(lanes, set)| places(set).map(|lane| lanes.slot(lane)).collect::<Vec<u32>>())
            }
        });
        let candidates = blocks.flatten();
        match &self.grouping {
            Some(grouping) => self.run_grouped(view, candidates, grouping),
            None => {
                let mut found = Found { width: self.joins.len() + 1, ..Found::default() };
                for slot in candidates {
                    let (bindings, annotations) = self.bindings(view, slot);
                    found.value_width = annotations.len().max(found.value_width);
                    for binding in bindings.chunks_exact(found.width) {
                        found.push(binding, &annotations);
                    }
                }
                found
            }
        }
    }

    fn run_grouped(&self, view: &View<S>, candidates: impl Iterator<Item = u32>, grouping: &Grouping<'q, S>) -> Found {
        let mut places = alloc::collections::BTreeMap::<Vec<Sorted>, usize>::new();
        let (mut keys, mut groups) = (Vec::<Vec<Value>>::new(), Vec::<Vec<Accumulator>>::new());
        for slot in candidates {
            let (bindings, annotations) = self.bindings(view, slot);
            for binding in bindings.chunks_exact(grouping.joins + 1) {
                let value = |(at, read): &(Located, Read<'q, S>)| read(view, at.slot(&view.engine, binding));
                let key: Vec<Sorted> = grouping.paths.iter().map(value).map(Sorted).collect();
                let place = *places.entry(key).or_insert_with_key(|key| {
                    keys.push(key.iter().map(|value| value.0.clone()).collect());
                    groups.push(alloc::vec![Accumulator::default(); grouping.computations.len()]);
                    groups.len() - 1
                });
                for (accumulator, computation) in groups[place].iter_mut().zip(&grouping.computations) {
                    accumulator.add(computation, view, binding, &annotations);
                }
            }
        }
        let value_width = grouping.paths.len() + grouping.computations.len();
        let mut found = Found { value_width, ..Found::default() };
        for (mut values, accumulators) in keys.into_iter().zip(groups) {
            let results = accumulators.into_iter().zip(&grouping.computations);
            values.extend(results.map(|(accumulator, computation)| accumulator.finish(computation.kind)));
            let annotations = &values[grouping.paths.len()..];
            if grouping.having.iter().all(|condition| condition.holds(view, &[], annotations)) {
                found.push(&[], &values);
            }
        }
        found
    }
}

fn widen<S: Schema>(view: &View<S>, joins: &Joins, width: &mut usize, upto: usize, bindings: &mut Vec<u32>) {
    while *width <= upto {
        joins.widen(&view.engine, *width - 1, bindings);
        *width += 1;
    }
}

fn bind_computations<'q, S: Schema>(
    view: &View<S>,
    model: usize,
    computations: Vec<Computation<'q, S>>,
    joins: &mut Joins,
) -> Result<Vec<BoundComputation<'q, S>>, Error> {
    let catalog = view.catalog();
    let live = |model: usize| view.engine.relations.slots[model].live() as usize;
    let bound = computations.into_iter().map(|Computation { kind, hops, measure, is_distinct, filter }| {
        let (steps, _) = resolve(catalog, model, &hops)?;
        let at = joins.locate(&steps, 0);
        let filter = filter.map(|tree| bind((catalog, &live), model, tree, joins, Reading::Joined(0))).transpose()?;
        Ok(BoundComputation { kind, at, measure, is_distinct, filter })
    });
    bound.collect()
}
