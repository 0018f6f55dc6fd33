//! Conditions resolved in a schema: what is asked of a block of rows, or of one binding.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::Cell;
use core::cmp::Ordering;

use super::aggregate::{Read, Sorted};
use super::comparison::BoxedTest;
use super::found::compare_values;
use super::joins::{Joins, Located, Step, each_along, resolve};
use super::memory::Memory;
use super::related::{Related, is_in};
use super::tree::{AnnotationTest, Beside, OfRelated, Pair, PairTest, Quantifier, ReadAlong, Sides, Tree};
use crate::arena::block::{BLOCKS, LANES, Lanes, any_places_where, places_where, retain_each};
use crate::catalog::Catalog;
use crate::error::Error;
use crate::table::Schema;
use crate::value::Value;
use crate::view::View;

/// A condition with its paths found in the query's bindings.
pub(crate) enum Bound<'q, S> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    One {
        at: Located,
        test: BoxedTest<'q, S>,
        /// Where a path leads to other rows.
        memory: Option<Memory>,
    },
    Two {
        left: Located,
        right: Located,
        test: PairTest<'q, S>,
        /// What the test must answer.
        wanted: bool,
        /// Whether the second path's field, or key, may be null. If not, and it alone has no value, the comparison is neither
        /// true nor false: SQL finds null there behind an outer join, of which Django takes no account.
        is_nullable: bool,
    },
    /// Whether a binding of joins of its own satisfies it: a condition on several rows that is negated.
    Exists {
        joins: Joins,
        condition: Box<Self>,
    },
    Related {
        from: Located,
        related: Box<Related<'q, S>>,
    },
    Annotation {
        place: usize,
        test: AnnotationTest<'q>,
        wanted: bool,
    },
    Beside {
        left: Beside<(Located, Read<'q, S>)>,
        right: Beside<(Located, Read<'q, S>)>,
        accepts: fn(Ordering) -> bool,
        wanted: bool,
    },
}

/// How paths over several rows are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As joins, shared from this one on.
    Joined(usize),
    /// Each condition by itself: whether some related row satisfies it.
    Alone,
    /// The same, and it must not hold.
    Negated,
}

/// Resolves a condition on rows of a model. Negations go down to the comparisons, so that one which is neither true nor
/// false holds neither way. O(size of the condition).
pub(crate) fn bind<'q, S>(
    (catalog, live): (&Catalog, &dyn Fn(usize) -> usize),
    model: usize,
    tree: Tree<'q, S>,
    joins: &mut Joins,
    reading: Reading,
) -> Result<Bound<'q, S>, Error> {
    let several = |steps: &[Step]| !steps.iter().all(|step| step.is_single());
    let is_negated = reading == Reading::Negated;
    let negated = |condition| if is_negated { Bound::Not(Box::new(condition)) } else { condition };
    Ok(match tree {
        Tree::All(parts) | Tree::Any(parts) if parts.len() == 1 => {
            let part = parts.into_iter().next().expect("there is one");
            bind((catalog, live), model, part, joins, reading)?
        }
        Tree::All(parts) if is_negated => Bound::Any(bind_all((catalog, live), model, parts, joins, reading)?),
        Tree::Any(parts) if is_negated => Bound::All(bind_all((catalog, live), model, parts, joins, reading)?),
        Tree::All(parts) => Bound::All(bind_all((catalog, live), model, parts, joins, reading)?),
        Tree::Any(parts) => Bound::Any(bind_all((catalog, live), model, parts, joins, reading)?),
        Tree::Not(inner) => {
            let reading = if is_negated { Reading::Alone } else { Reading::Negated };
            bind((catalog, live), model, *inner, joins, reading)?
        }
        Tree::One { hops, test } => {
            let (steps, leaf) = resolve(catalog, model, &hops)?;
            negated(match reading {
                Reading::Alone | Reading::Negated if several(&steps) => {
                    let mut own = Joins::default();
                    let at = own.locate(&steps, 0);
                    Bound::Exists { joins: own, condition: Box::new(Bound::One { at, test, memory: None }) }
                }
                Reading::Joined(_) | Reading::Alone | Reading::Negated => {
                    let reusable = if let Reading::Joined(reusable) = reading { reusable } else { 0 };
                    let memory = (!steps.is_empty()).then(|| Memory::new(leaf, steps.len(), live(model)));
                    Bound::One { at: joins.locate(&steps, reusable), test, memory }
                }
            })
        }
        Tree::Two(pair) => {
            let Pair { left, right: (right, field), test } = *pair;
            let ((left, _), (right, leaf)) = (resolve(catalog, model, &left)?, resolve(catalog, model, &right)?);
            let is_nullable = match (field, right.last()) {
                (Some(field), _) => catalog.models()[leaf].descriptor.fields[field].nullable,
                (None, Some(&Step::Key(relation))) => catalog.relations()[relation].nullable,
                (None, _) => false,
            };
            if let Reading::Joined(reusable) = reading {
                let (left, right) = (joins.locate(&left, reusable), joins.locate(&right, reusable));
                Bound::Two { left, right, test, wanted: true, is_nullable }
            } else if several(&left) || several(&right) {
                let mut own = Joins::default();
                let (left, right) = (own.locate(&left, 0), own.locate(&right, 0));
                let condition = Box::new(Bound::Two { left, right, test, wanted: true, is_nullable });
                negated(Bound::Exists { joins: own, condition })
            } else {
                let (left, right) = (joins.locate(&left, 0), joins.locate(&right, 0));
                Bound::Two { left, right, test, wanted: !is_negated, is_nullable }
            }
        }
        Tree::Related(related) => {
            let OfRelated { hops, quantifier, condition } = *related;
            let (steps, target) = resolve(catalog, model, &hops)?;
            let condition = bind((catalog, live), target, condition, &mut Joins::default(), Reading::Alone)?;
            let from = Joins::default().locate(&[], 0);
            negated(Bound::Related { from, related: Box::new(Related::new(steps, quantifier, condition)) })
        }
        Tree::Annotation { place, test } => Bound::Annotation { place, test, wanted: !is_negated },
        Tree::Beside(sides) => {
            let Sides { left, right, accepts } = *sides;
            let mut locate = |side: Beside<ReadAlong<'q, S>>| match side {
                Beside::Annotation(place) => Ok::<_, Error>(Beside::Annotation(place)),
                Beside::Path((hops, read)) => {
                    let (steps, _) = resolve(catalog, model, &hops)?;
                    if several(&steps) {
                        let what = "an annotation is compared with one value of a row, not with those of several";
                        return Err(Error::WrongQuery { what: what.into() });
                    }
                    Ok(Beside::Path((joins.locate(&steps, 0), read)))
                }
            };
            let (left, right) = (locate(left)?, locate(right)?);
            Bound::Beside { left, right, accepts, wanted: !is_negated }
        }
    })
}

fn bind_all<'q, S>(
    (catalog, live): (&Catalog, &dyn Fn(usize) -> usize),
    model: usize,
    parts: Vec<Tree<'q, S>>,
    joins: &mut Joins,
    reading: Reading,
) -> Result<Vec<Bound<'q, S>>, Error> {
    parts.into_iter().map(|part| bind((catalog, live), model, part, joins, reading)).collect()
}

impl<S: Schema> Bound<'_, S> {
    /// Rows beside those of a binding that are looked at for it at most.
    pub(crate) fn hops(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::hops).sum(),
            Self::Not(inner) => inner.hops(),
            Self::One { at, .. } => at.steps(),
            Self::Two { left, right, .. } => left.steps() + right.steps(),
            Self::Exists { .. } | Self::Related { .. } | Self::Annotation { .. } | Self::Beside { .. } => 0,
        }
    }

    /// The values of a binding that it looks at, as far as they can be told; else the rows.
    pub(crate) fn columns(&self, view: &View<S>, binding: &[u32], columns: &mut Vec<Sorted>) {
        let row = |at: &Located| at.slot(&view.engine, binding).map_or(Value::Null, Value::from);
        match self {
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.columns(view, binding, columns);
                }
            }
            Self::Not(inner) => inner.columns(view, binding, columns),
            Self::One { at, test, .. } => {
                let value = test.value(view, at.slot(&view.engine, binding));
                columns.push(Sorted(value.unwrap_or_else(|| row(at))));
            }
            Self::Two { left, right, .. } => columns.extend([left, right].map(|at| Sorted(row(at)))),
            // Of the row itself, which is told apart anyway.
            Self::Exists { .. } | Self::Related { .. } | Self::Annotation { .. } | Self::Beside { .. } => {}
        }
    }

    /// Whether it looks at annotations only, and at no row.
    pub(crate) fn is_of_annotations(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::is_of_annotations),
            Self::Not(inner) => inner.is_of_annotations(),
            Self::Annotation { .. } => true,
            Self::Beside { left, right, .. } => {
                matches!((left, right), (Beside::Annotation(_), Beside::Annotation(_)))
            }
            Self::One { .. } | Self::Two { .. } | Self::Exists { .. } | Self::Related { .. } => false,
        }
    }

    /// Whether slots without a row may be asked about as part of a block, and do not satisfy the condition: their keys
    /// are null, and their fields.
    pub(crate) fn skips_missing(&self) -> bool {
        match self {
            Self::All(parts) => parts.first().is_some_and(Self::skips_missing),
            Self::Any(parts) => parts.iter().all(Self::skips_missing),
            Self::One { test, .. } => test.skips_missing(),
            Self::Two { .. }
            | Self::Not(_)
            | Self::Exists { .. }
            | Self::Related { .. }
            | Self::Annotation { .. }
            | Self::Beside { .. } => false,
        }
    }

    /// Before every row of the model is asked: what can be answered for all of them at once is, as far as a block of rows is
    /// asked it first. O(size of the condition), which nests 128 deep at most, and the related rows.
    pub(crate) fn ask_all(&self, view: &View<S>, touched: &Cell<usize>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().take(1).for_each(|first| first.ask_all(view, touched)),
            Self::Not(inner) => inner.ask_all(view, touched),
            Self::One { memory: Some(memory), .. } => memory.expect_all(),
            Self::Related { related, .. } => related.ask_all(view, touched),
            Self::One { .. }
            | Self::Two { .. }
            | Self::Exists { .. }
            | Self::Annotation { .. }
            | Self::Beside { .. } => {}
        }
    }

    /// The conditions of which each must hold.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Self> {
        match self {
            Self::All(parts) => parts.as_slice(),
            one => core::slice::from_ref(one),
        }
        .iter()
    }

    /// Whether the row itself decides, without a join of the query. O(size of the condition), which nests 128 deep at most.
    pub(crate) fn is_of_root(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::is_of_root),
            Self::Not(inner) => inner.is_of_root(),
            Self::One { at, .. } => at.from() == 0,
            Self::Two { left, right, .. } => left.from() == 0 && right.from() == 0,
            Self::Exists { .. } | Self::Related { .. } => true,
            Self::Annotation { .. } | Self::Beside { .. } => false,
        }
    }

    /// Takes out the comparison at an address, if every row must satisfy it. O(size of the condition), which nests 128 deep
    /// at most.
    pub(crate) fn settle(&mut self, test: *const ()) {
        match self {
            Self::All(parts) => parts.iter_mut().for_each(|part| part.settle(test)),
            Self::One { test: own, .. } if core::ptr::addr_eq(&raw const **own, test) => *self = Self::All(Vec::new()),
            _ => {}
        }
    }

    /// Leaves in the sets of some blocks, `BLOCKS` at most, the rows that satisfy a condition without joins. O(blocks × size of
    /// the condition), and the related rows of negated and quantified parts. Counts the rows that it looks at beside those of
    /// the blocks.
    pub(crate) fn retain(&self, view: &View<S>, lanes: Lanes<'_>, sets: &mut [u64], touched: &Cell<usize>) {
        // As many sets of places that a part leaves.
        let left_by = |part: &Self, from: &[u64]| {
            let mut left = [0; BLOCKS];
            left[..from.len()].copy_from_slice(from);
            part.retain(view, lanes, &mut left[..from.len()], touched);
            left
        };
        match self {
            Self::All(parts) => parts.iter().for_each(|part| part.retain(view, lanes, sets, touched)),
            Self::Any(parts) => {
                let mut found = [0; BLOCKS];
                for part in parts {
                    let more = left_by(part, sets);
                    // What one part finds the others need not look at.
                    for (set, (found, more)) in sets.iter_mut().zip(found.iter_mut().zip(more)) {
                        (*set, *found) = (*set & !more, *found | more);
                    }
                }
                sets.copy_from_slice(&found[..sets.len()]);
            }
            Self::Not(inner) => {
                let not = left_by(inner, sets);
                sets.iter_mut().zip(not).for_each(|(set, not)| *set &= !not);
            }
            Self::One { at, test, .. } if at.is_here() => test.retain(view, lanes, sets),
            Self::One { at, test, memory } => retain_each(lanes, sets, |lanes, set| {
                let asking = set.count_ones() as usize;
                touched.set(touched.get() + at.steps() * asking);
                let mut slots = [0; LANES];
                let there = at.slots(&view.engine, lanes, set, &mut slots);
                let memory = memory.as_ref().and_then(|memory| memory.answers(view, &**test, asking, touched));
                let found = match memory {
                    Some(answers) => any_places_where(there, |lane| is_in(answers, slots[lane])),
                    None => test.select(view, Lanes::Listed(&slots), there),
                };
                if set != there && test.holds(view, None) { found | set & !there } else { found }
            }),
            Self::Related { related, .. } => {
                retain_each(lanes, sets, |lanes, set| related.select(view, lanes, set, touched));
            }
            Self::Two { .. } | Self::Exists { .. } | Self::Annotation { .. } | Self::Beside { .. } => {
                retain_each(lanes, sets, |lanes, set| {
                    touched.set(touched.get() + set.count_ones() as usize);
                    places_where(set, |lane| self.holds(view, &[lanes.slot(lane)], &[]))
                });
            }
        }
    }

    /// Which rows of a block satisfy a condition without joins. As `retain`.
    pub(crate) fn select(&self, view: &View<S>, lanes: Lanes<'_>, mut set: u64, touched: &Cell<usize>) -> u64 {
        self.retain(view, lanes, core::slice::from_mut(&mut set), touched);
        set
    }

    /// Whether the condition holds for a binding. O(size of the condition), and the related rows of negated and
    /// quantified parts.
    pub(crate) fn holds(&self, view: &View<S>, binding: &[u32], annotations: &[Value]) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(view, binding, annotations)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(view, binding, annotations)),
            Self::Not(inner) => !inner.holds(view, binding, annotations),
            Self::One { at, test, .. } => test.holds(view, at.slot(&view.engine, binding)),
            Self::Two { left, right, test, wanted, is_nullable } => {
                let (left, right) = (left.slot(&view.engine, binding), right.slot(&view.engine, binding));
                match test(view, left, right) {
                    Ok(holds) => holds == *wanted,
                    Err((left_is_null, _)) => !wanted && (left_is_null || *is_nullable),
                }
            }
            Self::Exists { joins, condition } => {
                let mut own = alloc::vec![binding[0]];
                for join in 0..joins.len() {
                    joins.widen(&view.engine, join, &mut own);
                }
                // A left join: without related rows there is one binding, in which only `is_null` holds.
                own.chunks_exact(joins.len() + 1).any(|binding| condition.holds(view, binding, annotations))
            }
            Self::Related { from, related } => {
                let Some(slot) = from.slot(&view.engine, binding) else { return false };
                let Related { steps, quantifier, condition, .. } = &**related;
                let holds = |slot: u32| condition.holds(view, &[slot], annotations);
                let visit = |visit: &mut dyn FnMut(u32) -> bool| each_along(&view.engine, steps, slot, visit);
                match quantifier {
                    Quantifier::Any => !visit(&mut |slot| !holds(slot)),
                    Quantifier::All => visit(&mut |slot| holds(slot)),
                    Quantifier::None => visit(&mut |slot| !holds(slot)),
                    Quantifier::Count(accepts) => {
                        let mut count = 0;
                        visit(&mut |_| {
                            count += 1;
                            true
                        });
                        accepts(count)
                    }
                }
            }
            Self::Beside { left, right, accepts, wanted } => {
                let value = |side: &Beside<(Located, Read<'_, S>)>| match side {
                    Beside::Annotation(place) => annotations[*place].clone(),
                    Beside::Path((at, read)) => read(view, at.slot(&view.engine, binding)),
                };
                match (compare_values(&value(left), &value(right)), left) {
                    (Ok(ordering), _) => accepts(ordering) == *wanted,
                    // A path without a value is not equal to anything; an annotation that is null is neither nor.
                    (Err((is_null, _)), Beside::Path(_)) => is_null && !wanted,
                    (Err(_), Beside::Annotation(_)) => false,
                }
            }
            Self::Annotation { place, test, wanted } => test(&annotations[*place]) == Some(*wanted),
        }
    }
}
