//! The planner: the cheapest way to the rows that may satisfy a query's filters.
//!
//! Comparisons that an index serves lead to rows at the end of their path, and from there back along the path to rows that
//! are asked. What a way costs is known or estimated before a single row is looked at: indexes count their entries, and
//! relations have an average. The cheapest is gone to its end, if it is cheaper than a scan; the filters decide.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::comparison::{Access, Test};
use super::explain::Way;
use super::joins::{Step, count_along, each, resolve, to_sources};
use super::path::Hop;
use super::run::Part;
use super::serve::{Served, serve, serve_several};
use super::tree::{Quantifier, Tree};
use crate::catalog::{Catalog, Side};
use crate::error::Error;
use crate::table::Schema;
use crate::view::View;

/// What the planner chose.
pub(crate) struct Choice {
    pub(crate) way: Way,
    pub(crate) relations: usize,
    /// The slots to try, in order; none for a scan.
    pub(crate) slots: Option<Vec<u32>>,
    /// Rows that are to be tried, as they were estimated.
    pub(crate) estimated: usize,
    /// Rows and entries of indexes that were looked at to find them, beside the slots themselves.
    pub(crate) touched: usize,
    /// The address of the comparison that the slots' rows are known to satisfy, since it led to them.
    pub(crate) settled: Option<*const ()>,
}

/// Starts of so many rows are asked how many rows their lists lead to.
const MOST_COUNTED: usize = 64;

/// Where a way begins: at rows that are named, or at an index.
enum Start<'t, S> {
    Rows(&'t dyn Test<S>),
    Index(Served),
}

/// A way to rows: from its start at the end of a path back along the path.
struct Route<'t, S> {
    start: Start<'t, S>,
    /// The comparison, if the start is of a single one.
    test: Option<&'t dyn Test<S>>,
    steps: Vec<Step>,
    leaf: usize,
}

/// Ways that together lead to all results, and what they cost.
struct Routes<'t, S> {
    first: Route<'t, S>,
    others: Vec<Route<'t, S>>,
    /// Rows that are to be tried at their ends, estimated.
    rows: usize,
    /// Rows and entries to look at, these included, estimated.
    cost: usize,
}

/// A comparison that every result must satisfy, with its path, by parts; of one related row those of one scope.
struct Lead<'t, S> {
    hops: Cow<'t, [Hop]>,
    test: &'t dyn Test<S>,
}

/// Chooses the cheapest way to the rows of a model, and goes it. `along` is told how many rows another way leads to, if
/// one is better than a scan, and answers whether to walk along an index instead; that is then not done here. O(size of the
/// query), then O(rows and entries on the way).
pub(crate) fn choose<S: Schema>(
    view: &View<S>,
    model: usize,
    parts: &[Part<'_, S>],
    along: impl FnOnce(Option<usize>) -> bool,
) -> Result<Choice, Error> {
    let live = view.engine.relations.slots[model].live() as usize;
    // A filter holds of every row that is in a result, whatever was computed before it.
    let filters = parts.iter().filter_map(|part| match part {
        Part::Filter(tree) => Some(tree),
        Part::Annotate(_) | Part::Group(_) => None,
    });
    let planner = Planner { view, model };
    let mut best = None;
    let mut leads = Vec::with_capacity(1);
    for tree in filters {
        // Fields of the row itself are the same row's in all filters; related rows are another filter's own.
        leads.retain(|lead: &Lead<'_, S>| lead.hops.is_empty());
        planner.collect(tree, &[], &mut leads, &mut best)?;
        planner.consider(&leads, &mut best)?;
    }
    // A scan goes along all paths for every row; and rows in order are read faster than as many here and there.
    let best = best.filter(|routes| routes.cost <= live && 2 * routes.rows <= live.max(2));
    match best {
        best if along(best.as_ref().map(|routes| routes.rows)) => drop(best),
        Some(routes) => return Ok(planner.go(&routes)),
        None => {}
    }
    Ok(Choice { way: Way::Scan, relations: 0, slots: None, estimated: live, touched: 0, settled: None })
}

struct Planner<'v, S> {
    view: &'v View<S>,
    model: usize,
}

type Best<'t, S> = Option<Routes<'t, S>>;

impl<S: Schema> Planner<'_, S> {
    /// Adds the comparisons that every result satisfies, and considers alternatives and related rows by themselves.
    fn collect<'t>(
        &self,
        tree: &'t Tree<'_, S>,
        prefix: &[Hop],
        leads: &mut Vec<Lead<'t, S>>,
        best: &mut Best<'t, S>,
    ) -> Result<(), Error> {
        match tree {
            Tree::All(parts) => {
                for part in parts {
                    self.collect(part, prefix, leads, best)?;
                }
            }
            Tree::One { hops, test } => {
                let hops =
                    if prefix.is_empty() { Cow::Borrowed(&hops[..]) } else { Cow::Owned([prefix, hops].concat()) };
                leads.push(Lead { hops, test: &**test });
            }
            Tree::Any(parts) => keep(best, self.alternatives(parts, prefix)?),
            Tree::Related(related) if matches!(related.quantifier, Quantifier::Any) => {
                keep(best, self.alone(&related.condition, &[prefix, &related.hops].concat())?);
            }
            Tree::Two(_) | Tree::Not(_) | Tree::Related(_) | Tree::Annotation { .. } | Tree::Beside(_) => {}
        }
        Ok(())
    }

    /// The cheapest way for a condition by itself.
    fn alone<'t>(&self, tree: &'t Tree<'_, S>, prefix: &[Hop]) -> Result<Best<'t, S>, Error> {
        let (mut leads, mut best) = (Vec::new(), None);
        self.collect(tree, prefix, &mut leads, &mut best)?;
        self.consider(&leads, &mut best)?;
        Ok(best)
    }

    /// The cheapest ways for all of several conditions, of which any may hold.
    fn alternatives<'t>(&self, parts: &'t [Tree<'_, S>], prefix: &[Hop]) -> Result<Best<'t, S>, Error> {
        let mut all: Best<'t, S> = None;
        for part in parts {
            let Some(routes) = self.alone(part, prefix)? else { return Ok(None) };
            match &mut all {
                None => all = Some(routes),
                Some(all) => {
                    all.others.push(routes.first);
                    all.others.extend(routes.others);
                    (all.rows, all.cost) = (all.rows + routes.rows, all.cost + routes.cost);
                }
            }
        }
        Ok(all)
    }

    /// Compares the ways that comparisons offer, each by itself and several of the same row together.
    fn consider<'t>(&self, leads: &[Lead<'t, S>], best: &mut Best<'t, S>) -> Result<(), Error> {
        for lead in leads {
            if let Access::None = lead.test.access() {
                continue;
            }
            let (mut steps, mut leaf) = resolve(self.view.catalog(), self.model, &lead.hops)?;
            let start = match lead.test.access() {
                Access::Rows { key, .. } => {
                    if let Some(relation) = key {
                        steps.push(Step::Key(relation));
                        leaf = self.view.catalog().relations()[relation].target;
                    }
                    Some(Start::Rows(lead.test))
                }
                _ => serve(self.view, leaf, lead.test).map(Start::Index),
            };
            if let Some(start) = start {
                keep(best, self.weigh(Route { start, test: Some(lead.test), steps, leaf }));
            }
        }
        for (place, lead) in leads.iter().enumerate().skip(1) {
            // Of the comparisons of one row the last stands for all.
            let together = || leads.iter().filter(|other| other.hops == lead.hops);
            if together().nth(1).is_none() || leads[place + 1..].iter().any(|other| other.hops == lead.hops) {
                continue;
            }
            let (steps, leaf) = resolve(self.view.catalog(), self.model, &lead.hops)?;
            let tests: Vec<&dyn Test<S>> = together().map(|lead| lead.test).collect();
            if let Some(served) = serve_several(self.view, leaf, &tests) {
                keep(best, self.weigh(Route { start: Start::Index(served), test: None, steps, leaf }));
            }
        }
        Ok(())
    }

    /// What a way costs; none if it might cost more than a scan.
    fn weigh<'t>(&self, route: Route<'t, S>) -> Best<'t, S> {
        let (relations, catalog) = (&self.view.engine.relations, self.view.catalog());
        let live = |model: usize| relations.slots[model].live() as usize;
        let start = match &route.start {
            Start::Rows(test) => match test.access() {
                // Rows that are gone may be pointed at still.
                Access::Rows { count, .. } => count + self.left_behind(&route, *test).count(),
                _ => 0,
            },
            Start::Index(served) => {
                let table = self.view.tables.table(route.leaf);
                served.lookups.iter().map(|lookup| table.index_count(served.index, lookup)).sum()
            }
        };
        // What is known to be looked at most, and what is expected.
        let (mut most, mut cost, mut rows, mut bound) = (0, 0, start, start);
        for (place, &step) in route.steps.iter().enumerate().rev() {
            (most, cost) = (most + bound, cost + rows);
            let target = if place == 0 { self.model } else { self.model_before(&route.steps[..place]) };
            let back = turned(catalog, step);
            let leads_to_one = matches!(back, Step::Key(_) | Step::Holder(_));
            if place + 1 == route.steps.len()
                && !leads_to_one
                && let Some(count) = self.count_first(&route, back, start)
            {
                (rows, bound) = (count, count);
                continue;
            }
            match back {
                Step::Key(_) | Step::Holder(_) => {}
                Step::Sources(relation) => {
                    let (sources, targets) = (live(target), live(catalog.relations()[relation].target));
                    rows = (rows * sources).div_ceil(targets.max(1)).min(sources);
                    bound = sources;
                }
                Step::Neighbours(..) => {
                    // The number of links is not kept: as many to each row as would make a scan as dear.
                    rows = (rows * 8).min(live(target));
                    bound = live(target);
                }
            }
        }
        let scan = live(self.model) * (1 + route.steps.len());
        (most + bound <= scan).then(|| Routes { first: route, others: Vec::new(), rows, cost: cost + rows })
    }

    /// How many rows the first step back leads to, if the start is of few rows: their lists say how long they are, and no
    /// row is looked at. O(rows of the start).
    fn count_first(&self, route: &Route<'_, S>, back: Step, start: usize) -> Option<usize> {
        if start > MOST_COUNTED {
            return None;
        }
        let mut count = match &route.start {
            Start::Rows(test) => self.left_behind(route, *test).count(),
            Start::Index(_) => 0,
        };
        self.each_start(route, |slot| count += count_along(&self.view.engine, back, slot));
        Some(count)
    }

    /// Calls `visit` with the slots of the rows at which a way begins. O(rows of the start).
    fn each_start(&self, route: &Route<'_, S>, mut visit: impl FnMut(u32)) {
        match &route.start {
            Start::Rows(test) => {
                let Access::Rows { count, .. } = test.access() else { return };
                let slots = &self.view.engine.relations.slots[route.leaf];
                let rows = (0..count).map(|place| test.row(place)).filter(|row| slots.is_live(*row));
                rows.for_each(|row| visit(row.slot()));
            }
            Start::Index(served) => {
                let table = self.view.tables.table(route.leaf);
                let slots = served.lookups.iter().flat_map(|lookup| table.index_slots(served.index, lookup));
                slots.for_each(visit);
            }
        }
    }

    /// The model that steps lead to.
    fn model_before(&self, steps: &[Step]) -> usize {
        let catalog = self.view.catalog();
        steps.last().map_or(self.model, |step| match *step {
            Step::Key(relation) => catalog.relations()[relation].target,
            Step::Holder(relation) | Step::Sources(relation) => catalog.relations()[relation].source,
            Step::Neighbours(_, adjacency) => {
                let info = &catalog.links()[adjacency.link];
                info.model(if adjacency.side == Side::Source { Side::Target } else { Side::Source })
            }
        })
    }

    fn go(&self, routes: &Routes<'_, S>) -> Choice {
        let (mut slots, mut touched) = (Vec::new(), 0);
        for route in core::iter::once(&routes.first).chain(&routes.others) {
            self.follow(route, &mut slots, &mut touched);
        }
        if slots.len() > 1 {
            slots.sort_unstable();
            slots.dedup();
        }
        let relations = core::iter::once(&routes.first).chain(&routes.others).map(|route| route.steps.len()).max();
        let way = match &routes.first.start {
            Start::Rows(_) => Way::Rows,
            Start::Index(served) => {
                let descriptor = self.view.catalog().models()[routes.first.leaf].descriptor;
                Way::Index { model: descriptor.name, field: descriptor.fields[served.field].name }
            }
        };
        let relations = relations.unwrap_or(0);
        Choice { way, relations, slots: Some(slots), estimated: routes.rows, touched, settled: settled(routes) }
    }

    /// The rows whose keys point at named rows that are gone. O(named rows × log dangling + rows).
    fn left_behind(&self, route: &Route<'_, S>, test: &dyn Test<S>) -> impl Iterator<Item = u32> {
        let relations = &self.view.engine.relations;
        let (count, relation) = match test.access() {
            Access::Rows { count, key: Some(relation) } if !relations.dangling.is_empty() => (count, relation),
            _ => (0, 0),
        };
        let slots = &relations.slots[route.leaf];
        let gone = (0..count).map(|place| test.row(place)).filter(|row| !slots.is_live(*row));
        gone.flat_map(move |row| relations.dangling.range((relation, row, 0)..=(relation, row, u32::MAX)))
            .map(|&(_, _, source)| source)
    }

    /// Follows a way to its end.
    fn follow(&self, route: &Route<'_, S>, slots: &mut Vec<u32>, touched: &mut usize) {
        let (engine, catalog) = (&self.view.engine, self.view.catalog());
        let (mut found, mut dangling) = (Vec::new(), Vec::new());
        self.each_start(route, |slot| found.push(slot));
        if let Start::Rows(test) = &route.start {
            dangling.extend(self.left_behind(route, *test));
        }
        if !route.steps.is_empty() {
            *touched += found.len();
            if let (Start::Index(_), Some(test)) = (&route.start, route.test) {
                found.retain(|&slot| test.holds(self.view, Some(slot)));
            }
        }
        for (place, &step) in route.steps.iter().enumerate().rev() {
            let (mut before, back, mut visited) = (Vec::new(), turned(catalog, step), 0);
            for slot in found {
                each(engine, back, slot, &mut |slot| {
                    before.push(slot);
                    visited += 1;
                    true
                });
            }
            visited += dangling.len();
            before.append(&mut dangling);
            // Sets of sources have nothing in common.
            if !matches!(back, Step::Sources(_)) {
                before.sort_unstable();
                before.dedup();
            }
            // The rows that are asked are counted when they are tried.
            *touched += if place == 0 { visited - before.len() } else { visited };
            found = before;
        }
        if slots.is_empty() {
            *slots = found;
        } else {
            slots.append(&mut found);
        }
    }
}

/// The comparison that all rows at the end of a way satisfy: rows with its values were looked for, and each row of the model
/// has one row at the end of the path.
fn settled<S>(routes: &Routes<'_, S>) -> Option<*const ()> {
    let Route { start: Start::Index(_), test: Some(test), steps, .. } = &routes.first else { return None };
    let is_settled = routes.others.is_empty() && !steps.is_empty() && steps.iter().all(|step| step.is_single());
    // Comparisons of no size may share an address.
    (is_settled && size_of_val(*test) > 0).then(|| core::ptr::from_ref(*test).cast())
}

/// Keeps the cheaper one.
fn keep<'t, S>(best: &mut Best<'t, S>, other: Best<'t, S>) {
    if other.as_ref().is_some_and(|other| best.as_ref().is_none_or(|best| other.cost < best.cost)) {
        *best = other;
    }
}

/// A step the other way round.
fn turned(catalog: &Catalog, step: Step) -> Step {
    match step {
        Step::Key(relation) => to_sources(catalog, relation),
        Step::Holder(relation) | Step::Sources(relation) => Step::Key(relation),
        Step::Neighbours(_, adjacency) => {
            let info = &catalog.links()[adjacency.link];
            let other = match adjacency.side {
                Side::Source => Side::Target,
                Side::Target => Side::Source,
            };
            let adjacency = catalog.adjacency(adjacency.link, other);
            Step::Neighbours(info.model(other), adjacency)
        }
    }
}
