//! Hops resolved in a schema, and the joins that a query makes of those that lead to several rows.
//!
//! A join is a place in a binding: the row that a multi-valued prefix of some path stands for, or none (a left join). Which
//! paths share a join is Django's rule: all of one `filter` do, another `filter` joins anew, and all else reuses what is there.

use alloc::vec::Vec;

use super::path::Hop;
use crate::arena::block::{LANES, Lanes};
use crate::catalog::{Adjacency, Catalog, LinkStorage, Side};
use crate::engine::Engine;
use crate::error::Error;
use crate::relation::Target;

/// Where a binding has no row.
pub(crate) const NONE: u32 = u32::MAX;

/// A hop in its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Along a key.
    Key(usize),
    /// Back along a one-to-one key.
    Holder(usize),
    /// To the rows that point here.
    Sources(usize),
    /// To linked rows.
    Neighbours(usize, Adjacency),
}

impl Step {
    pub(crate) fn is_single(self) -> bool {
        matches!(self, Self::Key(_) | Self::Holder(_))
    }
}

/// Resolves hops from a model; answers also the model that they lead to. A relation with a through model is two steps, over
/// its rows, so that a path to these rows shares their join (as in Django). O(hops).
pub(crate) fn resolve(catalog: &Catalog, mut model: usize, hops: &[Hop]) -> Result<(Vec<Step>, usize), Error> {
    let mut steps = Vec::with_capacity(hops.len());
    for hop in hops {
        let (step, next) = match *hop {
            Hop::Forward(ordinal) => {
                let relation = catalog.models()[model].first_relation + usize::from(ordinal);
                (Step::Key(relation), catalog.relations()[relation].target)
            }
            Hop::Referrers(source, ordinal) => {
                let source = catalog.model(source)?;
                let relation = catalog.models()[source].first_relation + usize::from(ordinal);
                (to_sources(catalog, relation), source)
            }
            Hop::Links(ordinal) => {
                let link = catalog.models()[model].first_link + usize::from(ordinal);
                (linked(catalog, link, Side::Source, &mut steps), catalog.links()[link].target)
            }
            Hop::LinksBack(source, ordinal) => {
                let source = catalog.model(source)?;
                let link = catalog.models()[source].first_link + usize::from(ordinal);
                (linked(catalog, link, Side::Target, &mut steps), source)
            }
        };
        steps.push(step);
        model = next;
    }
    Ok((steps, model))
}

/// The last step along links; one before it, to rows of a through model, is put down.
fn linked(catalog: &Catalog, link: usize, side: Side, steps: &mut Vec<Step>) -> Step {
    let info = &catalog.links()[link];
    match info.storage {
        LinkStorage::Direct | LinkStorage::Symmetrical => {
            Step::Neighbours(info.model(side), catalog.adjacency(link, side))
        }
        LinkStorage::Through { source_key, target_key } => {
            let (here, there) = if side == Side::Source { (source_key, target_key) } else { (target_key, source_key) };
            steps.push(to_sources(catalog, here));
            Step::Key(there)
        }
    }
}

/// Back along a key.
pub(crate) fn to_sources(catalog: &Catalog, relation: usize) -> Step {
    if catalog.relations()[relation].is_one_to_one() { Step::Holder(relation) } else { Step::Sources(relation) }
}

/// Where a single-valued step leads. O(1).
#[inline]
pub(crate) fn single(engine: &Engine, step: Step, slot: u32) -> Option<u32> {
    let relations = engine.catalog.relations();
    match step {
        Step::Key(relation) => match engine.relations.target(&relations[relation], slot) {
            Target::Slot(target) => Some(target),
            Target::Null | Target::Dangling => None,
        },
        Step::Holder(relation) => engine.relations.sources(&relations[relation], slot).next(),
        Step::Sources(_) | Step::Neighbours(..) => unreachable!("steps to several rows are joins"),
    }
}

/// Visits the rows that a step leads to, until `visit` answers false; answers whether it never did. O(rows).
#[inline]
pub(crate) fn each<F: FnMut(u32) -> bool + ?Sized>(engine: &Engine, step: Step, slot: u32, visit: &mut F) -> bool {
    let relations = engine.catalog.relations();
    match step {
        Step::Key(_) | Step::Holder(_) => single(engine, step, slot).is_none_or(visit),
        Step::Sources(relation) => engine.relations.sources(&relations[relation], slot).all(visit),
        Step::Neighbours(model, adjacency) => engine.relations.neighbours(model, adjacency, slot).all(visit),
    }
}

/// How many rows a step to several leads to. O(1).
#[inline]
pub(crate) fn count_along(engine: &Engine, step: Step, slot: u32) -> usize {
    match step {
        Step::Key(_) | Step::Holder(_) => single(engine, step, slot).into_iter().count(),
        Step::Sources(relation) => engine.relations.source_count(&engine.catalog.relations()[relation], slot),
        Step::Neighbours(model, adjacency) => engine.relations.neighbour_count(model, adjacency, slot) as usize,
    }
}

/// Visits the rows at the end of steps, until `visit` answers false; answers whether it never did. Recursion over the
/// path, whose length is the program's and not the data's.
pub(crate) fn each_along(engine: &Engine, steps: &[Step], slot: u32, visit: &mut dyn FnMut(u32) -> bool) -> bool {
    match steps.split_first() {
        None => visit(slot),
        Some((&step, rest)) => each(engine, step, slot, &mut |next| each_along(engine, rest, next, visit)),
    }
}

/// A place in bindings: from the root (0) or an earlier join, along single-valued steps, to several rows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Join {
    from: usize,
    tail: Vec<Step>,
    last: Step,
}

/// Where a path's value is found in a binding: at the root (0) or a join, and along single-valued steps from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Located {
    from: usize,
    tail: Vec<Step>,
}

impl Located {
    /// Whether the path leads nowhere else than to the row itself.
    pub(crate) fn is_here(&self) -> bool {
        self.tail.is_empty()
    }

    /// The place in a binding where it begins: zero for the row itself, else a join's.
    pub(crate) fn from(&self) -> usize {
        self.from
    }

    /// How many rows are looked at on the way from one.
    pub(crate) fn steps(&self) -> usize {
        self.tail.len()
    }

    /// The slots that the path leads to from a block of rows, and at which places there are any. O(block × steps).
    pub(crate) fn slots(&self, engine: &Engine, lanes: Lanes<'_>, set: u64, slots: &mut [u32; LANES]) -> u64 {
        let relations = engine.catalog.relations();
        let (mut from, mut set, mut is_first) = (*slots, set, true);
        for step in &self.tail {
            let at = match *step {
                Step::Key(relation) => (relations[relation].source, relations[relation].place.offset()),
                Step::Holder(relation) => (relations[relation].target, relations[relation].place.head()),
                Step::Sources(_) | Step::Neighbours(..) => unreachable!("steps to several rows are joins"),
            };
            let lanes = if is_first { lanes } else { Lanes::Listed(&from) };
            set = engine.relations.targets_at(at, lanes, set, slots);
            (from, is_first) = (*slots, false);
        }
        set
    }

    /// The slot that the path leads to in a binding. O(steps).
    #[inline]
    pub(crate) fn slot(&self, engine: &Engine, binding: &[u32]) -> Option<u32> {
        let mut slot = binding[self.from];
        if slot == NONE {
            return None;
        }
        for &step in &self.tail {
            slot = single(engine, step, slot)?;
        }
        Some(slot)
    }
}

/// The joins of a query so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Joins {
    joins: Vec<Join>,
}

impl Joins {
    pub(crate) fn len(&self) -> usize {
        self.joins.len()
    }

    /// The step of the only join, if it leads from the row itself.
    pub(crate) fn only_step(&self) -> Option<Step> {
        match &self.joins[..] {
            [Join { from: 0, tail, last }] if tail.is_empty() => Some(*last),
            _ => None,
        }
    }

    /// Finds a path's place, and makes the joins that are missing; joins before `reusable` are not shared. The latest
    /// that fits is.
    pub(crate) fn locate(&mut self, steps: &[Step], reusable: usize) -> Located {
        let (mut from, mut tail) = (0, Vec::new());
        for &step in steps {
            if step.is_single() {
                tail.push(step);
                continue;
            }
            let wanted = Join { from, tail: core::mem::take(&mut tail), last: step };
            let found = self.joins.iter().rposition(|join| *join == wanted).filter(|place| *place >= reusable);
            from = 1 + found.unwrap_or_else(|| {
                self.joins.push(wanted);
                self.joins.len() - 1
            });
        }
        Located { from, tail }
    }

    /// Widens bindings by one join: each occurs once for every row, or once with none. O(bindings + rows).
    pub(crate) fn widen(&self, engine: &Engine, join: usize, bindings: &mut Vec<u32>) {
        let (info, width) = (&self.joins[join], join + 1);
        let mut wide = Vec::with_capacity(bindings.len() / width * (width + 1));
        for binding in bindings.chunks_exact(width) {
            let start = wide.len();
            let from = Located { from: info.from, tail: info.tail.clone() };
            if let Some(slot) = from.slot(engine, binding) {
                each(engine, info.last, slot, &mut |target| {
                    wide.extend_from_slice(binding);
                    wide.push(target);
                    true
                });
            }
            if wide.len() == start {
                wide.extend_from_slice(binding);
                wide.push(NONE);
            }
        }
        *bindings = wide;
    }
}
