//! Running a query: candidates come one row at a time through its filters and annotations, and what is left is grouped,
//! ordered, made distinct and sliced.
//!
//! What needs no list makes none: a query without order, grouping and distinct is a walk that stops where its caller does.

use alloc::vec::Vec;
use core::cell::Cell;

use super::accumulate::Accumulator;
use super::aggregate::{BoundComputation, Computation, Read, Sorted};
use super::bound::{Bound, Reading, bind};
use super::found::Found;
use super::joins::{Joins, Located, Step, count_along, resolve};
use super::matches::Candidates;
use super::path::Hop;
use super::tree::Tree;
use crate::arena::block::Lanes;
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

/// What is computed over the bindings that the filters leave: over those of each row, or of each group of them.
struct Fold<'q, S> {
    /// The paths by which bindings are grouped; none for those of each row.
    group: Option<Vec<(Located, Read<'q, S>)>>,
    computations: Vec<BoundComputation<'q, S>>,
    /// Filters on what was computed.
    having: Vec<Bound<'q, S>>,
}

/// How many results are asked for, before they have an order.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(super) results: usize,
    /// Whether those of one row are one.
    pub(super) is_distinct: bool,
}

impl Wanted {
    pub(super) const ALL: Self = Self { results: usize::MAX, is_distinct: false };

    pub(super) const fn is_all(self) -> bool {
        self.results == usize::MAX
    }

    const fn is_none(self) -> bool {
        self.results == 0
    }

    /// Whether more are asked for than there are.
    const fn is_more_than(self, found: &Found) -> bool {
        self.results > if self.is_distinct { found.roots } else { found.count }
    }
}

/// A query resolved in a schema.
pub(crate) struct Plan<'q, S> {
    /// Conditions on bindings, each with how many joins there are for it.
    pub(super) filters: Vec<(Bound<'q, S>, usize)>,
    /// The joins of filters and of what is computed.
    pub(super) joins: Joins,
    fold: Option<Fold<'q, S>>,
    /// The joins of what is asked of rows for which something was computed: a row is one result again.
    after: Joins,
    /// Rows that were tried, and rows and related rows that were looked at for it.
    pub(super) touched: Cell<usize>,
    /// Whether the filters were asked already.
    is_done: bool,
    /// Whether slots without a row may be asked about.
    skips_missing: bool,
}

impl<'q, S: Schema> Plan<'q, S> {
    /// Resolves the steps of a query on a model. As in SQL, whose `WHERE` knows no aggregates, filters and joins of all steps
    /// come first, then what all of them compute, then the filters on that. O(size of the query).
    pub(crate) fn new(view: &View<S>, model: usize, parts: Vec<Part<'q, S>>) -> Result<Self, Error> {
        let catalog = view.catalog();
        let live = |model: usize| view.engine.relations.slots[model].live() as usize;
        let mut plan = Self {
            filters: Vec::with_capacity(parts.len()),
            joins: Joins::default(),
            fold: None,
            after: Joins::default(),
            touched: Cell::new(0),
            is_done: false,
            skips_missing: false,
        };
        let new_fold = || Fold { group: None, computations: Vec::new(), having: Vec::new() };
        for part in parts {
            match part {
                Part::Filter(tree) => {
                    let reading = Reading::Joined(plan.joins.len());
                    let mut having = Vec::new();
                    if let Some(tree) = without_annotations(tree, &mut having) {
                        let condition = bind((catalog, &live), model, tree, &mut plan.joins, reading)?;
                        plan.filters.push((condition, plan.joins.len()));
                    }
                    for tree in having {
                        let condition = bind((catalog, &live), model, tree, &mut Joins::default(), Reading::Alone)?;
                        plan.fold.get_or_insert_with(new_fold).having.push(condition);
                    }
                }
                Part::Group(paths) => {
                    let located = paths.into_iter().map(|(hops, read)| {
                        let (steps, _) = resolve(catalog, model, &hops)?;
                        Ok((plan.joins.locate(&steps, 0), read))
                    });
                    let located = located.collect::<Result<_, Error>>()?;
                    plan.fold.get_or_insert_with(new_fold).group = Some(located);
                }
                Part::Annotate(computations) => {
                    let bound = bind_computations(view, model, computations, &mut plan.joins)?;
                    plan.fold.get_or_insert_with(new_fold).computations.extend(bound);
                }
            }
        }
        let of_groups = plan.fold.iter().filter(|fold| fold.group.is_some());
        if of_groups.flat_map(|fold| &fold.having).any(|condition| !condition.is_of_annotations()) {
            let what = "groups have no rows, so that a condition joins no path to an annotation by `or` or `not`";
            return Err(Error::WrongQuery { what: what.into() });
        }
        plan.skips_missing =
            plan.is_plain() && plan.filters.first().is_some_and(|(condition, _)| condition.skips_missing());
        Ok(plan)
    }

    /// Takes out the comparison at an address, which all rows that will be tried satisfy. O(size of the filters).
    pub(crate) fn settle(&mut self, test: *const ()) {
        self.filters.iter_mut().for_each(|(condition, _)| condition.settle(test));
        self.skips_missing = false;
    }

    /// Finds a path in the results, with new joins where it needs them.
    pub(crate) fn locate(&mut self, view: &View<S>, model: usize, hops: &[Hop]) -> Result<Located, Error> {
        let (steps, _) = resolve(view.catalog(), model, hops)?;
        Ok(self.result_joins().locate(&steps, 0))
    }

    /// The joins of results.
    fn result_joins(&mut self) -> &mut Joins {
        if self.fold.is_some() { &mut self.after } else { &mut self.joins }
    }

    pub(crate) fn bind_computations(
        &mut self,
        view: &View<S>,
        model: usize,
        computations: Vec<Computation<'q, S>>,
    ) -> Result<Vec<BoundComputation<'q, S>>, Error> {
        bind_computations(view, model, computations, self.result_joins())
    }

    /// The paths by which results are grouped.
    pub(crate) fn group_keys(&self) -> usize {
        self.fold.as_ref().and_then(|fold| fold.group.as_ref()).map_or(0, Vec::len)
    }

    /// Whether something is computed for each result.
    pub(crate) fn is_annotated(&self) -> bool {
        self.fold.is_some()
    }

    /// Forgets what is computed for each row, of which no filter asks, and keeps its joins.
    pub(crate) fn forget_annotations(&mut self) {
        if self.fold.as_ref().is_some_and(|fold| fold.having.is_empty() && fold.group.is_none()) {
            self.fold = None;
        }
    }

    /// The condition that decides by the row alone, if that is all there is: then no binding is ever built.
    pub(crate) fn is_plain(&self) -> bool {
        self.joins.len() == 0 && self.fold.is_none()
    }

    /// Whether a plain query asks nothing of its rows.
    pub(crate) fn is_unfiltered(&self) -> bool {
        self.filters.is_empty()
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

    /// Leaves in the sets of some blocks the rows that satisfy the filters, as far as the row itself decides: of a plain query
    /// all of them. O(blocks × size of the conditions).
    #[inline]
    pub(crate) fn retain(&self, view: &View<S>, lanes: Lanes<'_>, sets: &mut [u64]) {
        // Where neighbours without a row are asked about too, nobody wants to know how many.
        let asks_missing = self.skips_missing && matches!(lanes, Lanes::Page(_));
        if !self.is_done && !asks_missing {
            let tried = sets.iter().map(|set| set.count_ones() as usize).sum::<usize>();
            self.touched.set(self.touched.get() + tried);
        }
        for (filter, _) in &self.filters {
            for part in filter.parts().filter(|part| part.is_of_root()) {
                part.retain(view, lanes, sets, &self.touched);
            }
        }
    }

    /// The plan of a query whose filters were asked already.
    pub(crate) fn done(mut self) -> Self {
        self.filters.clear();
        (self.is_done, self.skips_missing) = (true, false);
        self
    }

    /// Rows that were tried, and rows and related rows that were looked at for it.
    pub(crate) fn touched(&self) -> usize {
        self.touched.get()
    }

    /// The results, in the order of the candidates; of a grouped query in the order in which groups first occur. At least as
    /// many as are wanted, if there are. O(candidates and joined rows), or as far as wanted.
    pub(crate) fn run(&self, view: &View<S>, model: usize, candidates: Candidates, wanted: Wanted) -> Found {
        let mut found = Found { width: self.joins.len() + 1, ..Found::default() };
        match &self.fold {
            _ if wanted.is_none() => {}
            Some(fold) if fold.group.is_some() => return self.run_grouped(view, model, candidates, fold),
            Some(fold) => return self.run_annotated(view, (model, candidates), fold, wanted),
            None if self.is_plain() && wanted.is_all() => {
                found.slots = self.selected(view, model, candidates);
                found.count = found.slots.len();
            }
            None => self.each_bound(view, model, candidates, wanted, |_, bindings| {
                found.slots.extend_from_slice(bindings);
                found.count += bindings.len() / found.width;
                found.roots += 1;
                wanted.is_more_than(&found)
            }),
        }
        found
    }

    fn run_annotated(
        &self,
        view: &View<S>,
        (model, candidates): (usize, Candidates),
        fold: &Fold<'q, S>,
        wanted: Wanted,
    ) -> Found {
        let value_width = fold.computations.len();
        let mut found = Found { width: self.after.len() + 1, value_width, ..Found::default() };
        let mut bindings = Vec::new();
        let mut add = |slot: u32, annotations: &[Value]| {
            if !fold.having.iter().all(|condition| condition.holds(view, &[slot], annotations)) {
                return true;
            }
            let mut width = 1;
            bindings.clear();
            bindings.push(slot);
            self.widen(view, &self.after, &mut width, self.after.len(), &mut bindings);
            for binding in bindings.chunks_exact(width) {
                found.push(binding, annotations);
            }
            found.roots += 1;
            wanted.is_more_than(&found)
        };
        let mut annotations = Vec::new();
        if let Some(step) = self.counted_step(fold) {
            self.each_selected(view, model, candidates, wanted, |slot| {
                annotations.clear();
                annotations.resize(value_width, Value::from(count_along(&view.engine, step, slot)));
                add(slot, &annotations)
            });
            return found;
        }
        self.each_bound(view, model, candidates, wanted, |slot, bindings| {
            let mut accumulators = alloc::vec![Accumulator::default(); fold.computations.len()];
            for binding in bindings.chunks_exact(self.joins.len() + 1) {
                for (accumulator, computation) in accumulators.iter_mut().zip(&fold.computations) {
                    accumulator.add(computation, view, binding, &[]);
                }
            }
            annotations.clear();
            annotations.extend(accumulators.into_iter().zip(&fold.computations).map(|(one, by)| one.finish(by.kind)));
            add(slot, &annotations)
        });
        found
    }

    /// The step of the only join, if nothing is asked of its rows but how many there are: each row knows that.
    fn counted_step(&self, fold: &Fold<'q, S>) -> Option<Step> {
        let is_free = self.filters.iter().all(|(filter, _)| filter.is_of_root());
        let are_lengths = fold.computations.iter().all(BoundComputation::is_length);
        self.joins.only_step().filter(|_| is_free && are_lengths)
    }

    fn run_grouped(&self, view: &View<S>, model: usize, candidates: Candidates, fold: &Fold<'q, S>) -> Found {
        let mut places = alloc::collections::BTreeMap::<Vec<Sorted>, usize>::new();
        let (mut keys, mut groups) = (Vec::<Vec<Value>>::new(), Vec::<Vec<Accumulator>>::new());
        self.each_bound(view, model, candidates, Wanted::ALL, |_, bindings| {
            for binding in bindings.chunks_exact(self.joins.len() + 1) {
                let value = |(at, read): &(Located, Read<'q, S>)| read(view, at.slot(&view.engine, binding));
                let key: Vec<Sorted> = fold.group.iter().flatten().map(value).map(Sorted).collect();
                let place = *places.entry(key).or_insert_with_key(|key| {
                    keys.push(key.iter().map(|value| value.0.clone()).collect());
                    groups.push(alloc::vec![Accumulator::default(); fold.computations.len()]);
                    groups.len() - 1
                });
                for (accumulator, computation) in groups[place].iter_mut().zip(&fold.computations) {
                    accumulator.add(computation, view, binding, &[]);
                }
            }
            true
        });
        let group_keys = self.group_keys();
        let mut found = Found { value_width: group_keys + fold.computations.len(), ..Found::default() };
        for (mut values, accumulators) in keys.into_iter().zip(groups) {
            let results = accumulators.into_iter().zip(&fold.computations);
            values.extend(results.map(|(accumulator, computation)| accumulator.finish(computation.kind)));
            if fold.having.iter().all(|condition| condition.holds(view, &[], &values[group_keys..])) {
                found.push(&[], &values);
            }
        }
        found
    }
}

/// Takes the parts of a condition that look at annotations out of it, and answers what is left.
fn without_annotations<'q, S>(tree: Tree<'q, S>, having: &mut Vec<Tree<'q, S>>) -> Option<Tree<'q, S>> {
    if !tree.has_annotation() {
        return Some(tree);
    }
    match tree {
        Tree::All(parts) => {
            let left: Vec<_> = parts.into_iter().filter_map(|part| without_annotations(part, having)).collect();
            (!left.is_empty()).then_some(Tree::All(left))
        }
        other => {
            having.push(other);
            None
        }
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
    let bound = computations.into_iter().map(|Computation { kind, hops, measure, annotation, is_distinct, filter }| {
        let (steps, _) = resolve(catalog, model, &hops)?;
        let at = joins.locate(&steps, 0);
        let filter = filter.map(|tree| bind((catalog, &live), model, tree, joins, Reading::Joined(0))).transpose()?;
        Ok(BoundComputation { kind, at, measure, annotation, is_distinct, filter })
    });
    bound.collect()
}
