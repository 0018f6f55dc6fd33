//! What a query has found, and its order.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::ops::Deref;

use super::accumulate::Accumulator;
use super::aggregate::BoundComputation;
use super::joins::Located;
use super::path::Hop;
use super::run::Plan;
use crate::arena::block::{Lanes, places};
use crate::error::Error;
use crate::table::Schema;
use crate::value::Value;
use crate::view::View;

/// How two slots of a path's last model compare.
pub(crate) trait Sorter<S> {
    /// How two stand to each other; an error tells which of the two has no value.
    fn compare(&self, view: &View<S>, one: Option<u32>, other: Option<u32>) -> Result<Ordering, (bool, bool)>;

    /// Leaves the first of some rows in the order of their values alone, so many at most, and puts them in that order; answers
    /// whether it could. O(rows + wanted × log wanted).
    fn keep_first(&self, _: &View<S>, _slots: &mut Vec<u32>, _wanted: usize, _is_descending: bool, _: Nulls) -> bool {
        false
    }

    /// Which of a block are not certainly after a row. O(block).
    fn not_after(&self, _: &View<S>, _: Lanes<'_>, set: u64, _row: u32, _is_descending: bool) -> u64 {
        set
    }
}

/// A closure is one that compares only.
impl<S, F: Fn(&View<S>, Option<u32>, Option<u32>) -> Result<Ordering, (bool, bool)>> Sorter<S> for F {
    fn compare(&self, view: &View<S>, one: Option<u32>, other: Option<u32>) -> Result<Ordering, (bool, bool)> {
        self(view, one, other)
    }
}

/// Where nulls stand in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// Before all values.
    First,
    /// After all values.
    Last,
}

/// What an order compares.
pub(crate) enum SortBy<'q, S> {
    /// A path; of a path that is a field of the model itself also the field.
    Path {
        hops: Vec<Hop>,
        field: Option<u16>,
        sorter: Held<'q, S>,
    },
    Annotation(usize),
    Group(usize),
}

/// A sorter: that of a field is there already, others are made for the order.
pub(crate) enum Held<'q, S> {
    Borrowed(&'q (dyn Sorter<S> + 'q)),
    Boxed(Box<dyn Sorter<S> + 'q>),
}

impl<'q, S> Deref for Held<'q, S> {
    type Target = dyn Sorter<S> + 'q;

    #[inline]
    fn deref(&self) -> &Self::Target {
        match self {
            Self::Borrowed(sorter) => *sorter,
            Self::Boxed(sorter) => &**sorter,
        }
    }
}

/// A key of an order before its hops are resolved.
#[expect(unnameable_types, reason = "only the query engine looks inside")]
pub struct SortKey<'q, S> {
    pub(crate) by: SortBy<'q, S>,
    pub(crate) is_descending: bool,
    pub(crate) nulls: Nulls,
}

/// Results: bindings side by side, each with its annotations or, of a group, its keys and annotations.
#[derive(Default)]
pub(crate) struct Found {
    /// Slots of each binding: the root, then the joins.
    pub(crate) width: usize,
    pub(crate) slots: Vec<u32>,
    /// Values of each result: keys of its group, then annotations.
    pub(crate) value_width: usize,
    pub(crate) values: Vec<Value>,
    pub(crate) count: usize,
    /// How many rows the results are of, where they are found row by row.
    pub(crate) roots: usize,
}

impl Found {
    pub(crate) fn binding(&self, place: usize) -> &[u32] {
        self.slots.get(place * self.width..(place + 1) * self.width).unwrap_or_default()
    }

    pub(crate) fn values(&self, place: usize) -> &[Value] {
        &self.values[place * self.value_width..(place + 1) * self.value_width]
    }

    pub(crate) fn push(&mut self, binding: &[u32], values: &[Value]) {
        self.slots.extend_from_slice(binding);
        self.values.extend_from_slice(values);
        self.count += 1;
    }
}

/// An order with its paths found in the results.
pub(crate) struct BoundKey<'q, S> {
    by: BoundBy<'q, S>,
    is_descending: bool,
    nulls: Nulls,
}

enum BoundBy<'q, S> {
    Path(Located, Held<'q, S>),
    /// A value of the result: an annotation, or a key of its group.
    Value(usize),
}

impl<S> BoundKey<'_, S> {
    /// Whether it looks at what was computed, not at rows.
    pub(super) const fn is_by_value(&self) -> bool {
        matches!(self.by, BoundBy::Value(_))
    }
}

impl<'q, S: Schema> Plan<'q, S> {
    /// Finds an order's paths in the results, with new joins where it needs them.
    pub(crate) fn bind_order(
        &mut self,
        view: &View<S>,
        model: usize,
        keys: Vec<SortKey<'q, S>>,
    ) -> Result<Vec<BoundKey<'q, S>>, Error> {
        let group_keys = self.group_keys();
        let bound = keys.into_iter().map(|key| {
            let by = match key.by {
                SortBy::Path { hops, sorter, .. } => BoundBy::Path(self.locate(view, model, &hops)?, sorter),
                SortBy::Annotation(place) => BoundBy::Value(group_keys + place),
                SortBy::Group(place) => BoundBy::Value(place),
            };
            Ok(BoundKey { by, is_descending: key.is_descending, nulls: key.nulls })
        });
        bound.collect()
    }
}

impl Found {
    /// Folds all results into one. O(results).
    pub(crate) fn fold<S: Schema>(
        &self,
        view: &View<S>,
        places: &[usize],
        computations: &[BoundComputation<'_, S>],
    ) -> Vec<Value> {
        let mut accumulators = alloc::vec![Accumulator::default(); computations.len()];
        for &place in places {
            for (accumulator, computation) in accumulators.iter_mut().zip(computations) {
                accumulator.add(computation, view, self.binding(place), self.values(place));
            }
        }
        accumulators.into_iter().zip(computations).map(|(one, by)| one.finish(by.kind)).collect()
    }

    /// How two results compare. O(keys).
    pub(crate) fn compare<S: Schema>(
        &self,
        view: &View<S>,
        keys: &[BoundKey<'_, S>],
        one: usize,
        other: usize,
    ) -> Ordering {
        let result = |place: usize| (self.binding(place), self.values(place));
        compare_results(view, keys, result(one), result(other))
    }
}

/// How two results, of a binding and values each, compare. O(keys).
fn compare_results<S: Schema>(
    view: &View<S>,
    keys: &[BoundKey<'_, S>],
    (one, one_values): (&[u32], &[Value]),
    (other, other_values): (&[u32], &[Value]),
) -> Ordering {
    for key in keys {
        let compared = match &key.by {
            BoundBy::Path(at, sorter) => sorter.compare(view, at.slot(&view.engine, one), at.slot(&view.engine, other)),
            BoundBy::Value(place) => compare_values(&one_values[*place], &other_values[*place]),
        };
        let ordering = ordering(compared, key.is_descending, key.nulls);
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    Ordering::Equal
}

/// The first results of a plain query in an order, and no others kept: what is certainly after the last of the best so far
/// is not looked at further.
pub(crate) struct Best<'o, 'q, S> {
    view: &'o View<S>,
    keys: &'o [BoundKey<'q, S>],
    wanted: usize,
    slots: Vec<u32>,
    /// The last of the best, once there are as many as are wanted.
    last: Option<u32>,
}

/// Rows more than twice as many as are wanted that may wait: the sooner the last of the best is known, the more stay out.
const FEW: usize = 8;

impl<'o, 'q, S: Schema> Best<'o, 'q, S> {
    pub(crate) fn new(view: &'o View<S>, keys: &'o [BoundKey<'q, S>], wanted: usize) -> Self {
        Self { view, keys, wanted, slots: Vec::new(), last: None }
    }

    /// Takes rows of a block into account. O(block), now and then O(wanted).
    #[inline]
    pub(crate) fn add(&mut self, lanes: Lanes<'_>, mut set: u64) {
        if let (Some(last), BoundBy::Path(at, sorter)) = (self.last, &self.keys[0].by)
            && at.is_here()
        {
            set = sorter.not_after(self.view, lanes, set, last, self.keys[0].is_descending);
        }
        self.slots.extend(places(set).map(|lane| lanes.slot(lane)));
        if self.slots.len() >= 2 * self.wanted + FEW {
            self.cut();
        }
    }

    /// Leaves the best so far alone, with the last of them at the end; answers whether they are in order.
    #[inline(never)]
    fn cut(&mut self) -> bool {
        let (view, keys) = (self.view, self.keys);
        if let [BoundKey { by: BoundBy::Path(at, sorter), is_descending, nulls }] = keys
            && at.is_here()
            && sorter.keep_first(view, &mut self.slots, self.wanted, *is_descending, *nulls)
        {
            self.last = if self.slots.len() == self.wanted { self.slots.last().copied() } else { None };
            return true;
        }
        let compare =
            |one: &u32, other: &u32| compare_results(view, keys, (&[*one], &[]), (&[*other], &[])).then(one.cmp(other));
        if self.slots.len() > self.wanted {
            self.slots.select_nth_unstable_by(self.wanted - 1, compare);
            self.slots.truncate(self.wanted);
            self.last = self.slots.last().copied();
        }
        false
    }

    /// The results in order. O(wanted × log).
    pub(crate) fn finish(mut self) -> Found {
        let is_sorted = self.cut();
        let Self { view, keys, mut slots, .. } = self;
        if !is_sorted {
            slots.sort_unstable_by(|one, other| {
                compare_results(view, keys, (&[*one], &[]), (&[*other], &[])).then(one.cmp(other))
            });
        }
        Found { width: 1, count: slots.len(), slots, ..Found::default() }
    }
}

/// How two values stand in an order, of which an error tells which are null.
pub(crate) fn ordering(compared: Result<Ordering, (bool, bool)>, is_descending: bool, nulls: Nulls) -> Ordering {
    let first_if_null = if nulls == Nulls::First { Ordering::Less } else { Ordering::Greater };
    match compared {
        Ok(ordering) if is_descending => ordering.reverse(),
        Ok(ordering) => ordering,
        Err((true, true)) => Ordering::Equal,
        Err((true, false)) => first_if_null,
        Err((false, _)) => first_if_null.reverse(),
    }
}

pub(crate) fn compare_values(one: &Value, other: &Value) -> Result<Ordering, (bool, bool)> {
    match (*one == Value::Null, *other == Value::Null) {
        (false, false) => Ok(super::aggregate::order(one, other)),
        nulls => Err(nulls),
    }
}
