//! Rows in the order of an ordered index, where that is the order that is asked for: nothing is sorted but rows that share
//! a key, and no more rows are looked at than are wanted.

use alloc::vec::Vec;
use core::cmp::Ordering;
use core::ops::Bound;

use super::access::Choice;
use super::explain::Way;
use super::found::{SortBy, SortKey, ordering};
use super::joins::{Step, resolve};
use super::path::Hop;
use super::run::Part;
use super::serve::bounds;
use super::tree::Tree;
use crate::arena::block::{LANES, Lanes, first_places, places};
use crate::arena::in_order::{Gathered, InOrder};
use crate::model::{IndexDescriptor, IndexKind, ModelDescriptor, OrderKey};
use crate::table::{IndexLookup, IndexPlace, OrderedEntries, Schema};
use crate::view::View;

/// An index whose order is the one that is asked for.
pub(super) struct Ordered {
    index: usize,
    field: usize,
    lower: Bound<[u64; 2]>,
    upper: Bound<[u64; 2]>,
    /// How many of a key's numbers tell rows apart that are in order already.
    decided: usize,
    /// Rows within the bounds.
    entries: usize,
    /// Whether the keys' first number is in the order of the values of its field, and rows that share it have the same.
    pub(super) is_exact: bool,
}

/// Finds an index along which a plain query's rows can be walked in the order that is asked for, and whether to: not where
/// another way leads to few rows. O(size of the query × indexes).
pub(super) fn find_order<S: Schema>(
    view: &View<S>,
    model: usize,
    (order, parts): (&[SortKey<'_, S>], &[Part<'_, S>]),
    (wanted, others): (usize, Option<usize>),
) -> Option<Ordered> {
    if order.is_empty() || !is_plain(view, model, parts) {
        return None;
    }
    let descriptor = view.catalog().models()[model].descriptor;
    let ordered = find(view, (model, descriptor), order, &bounds_of(view, model, parts))?;
    // Few rows are sorted sooner than an index is walked through for them.
    let few = others.is_some_and(|rows| rows < ordered.entries && rows / 8 <= wanted);
    let live = view.engine.relations.slots[model].live() as usize;
    let is_long = 2 * ordered.entries > live && wanted >= ordered.entries;
    (!few && !is_long).then_some(ordered)
}

/// Whether the row alone decides, without joins.
fn is_plain<S: Schema>(view: &View<S>, model: usize, parts: &[Part<'_, S>]) -> bool {
    let is_single = |hops: &[Hop]| {
        let is_single = |steps: &[Step]| steps.iter().all(|step| step.is_single());
        hops.is_empty() || resolve(view.catalog(), model, hops).is_ok_and(|(steps, _)| is_single(&steps))
    };
    parts.iter().all(|part| matches!(part, Part::Filter(tree) if are_all(tree, &is_single)))
}

/// Whether all paths of a condition that make joins are such.
fn are_all<S>(tree: &Tree<'_, S>, is_single: &dyn Fn(&[Hop]) -> bool) -> bool {
    match tree {
        Tree::All(parts) | Tree::Any(parts) => parts.iter().all(|part| are_all(part, is_single)),
        Tree::One { hops, .. } => is_single(hops),
        Tree::Two(pair) => is_single(&pair.left) && is_single(&pair.right.0),
        Tree::Not(_) | Tree::Related(_) => true,
        Tree::Annotation { .. } | Tree::Beside(_) => false,
    }
}

/// What tells which rows of a block are results; without one all are.
pub(super) type Select<'a> = Option<&'a dyn Fn(Lanes<'_>, u64) -> u64>;

/// The rows in the order of an index, if the first and the last are accepted: so are those between, where it is the values'
/// order and what is accepted is a range of them. O(results).
pub(super) fn unasked<'v, S: Schema>(
    view: &'v View<S>,
    model: usize,
    (order, ordered): (&[SortKey<'_, S>], &Ordered),
    accepts: Option<&dyn Fn(u32) -> bool>,
    (offset, wanted): (usize, usize),
) -> Option<InOrder<'v>> {
    let entries = view.tables.table(model).index_entries(ordered.index, &ordered.lower, &ordered.upper);
    let is_descending = order[0].is_descending;
    let is_accepted = |slot: Option<u32>| accepts.is_none_or(|accepts| slot.is_none_or(accepts));
    // A bound that is not accepted itself may stand at the beginning, and then all would be for nothing.
    if accepts.is_some() && !is_accepted(entries.first(is_descending)) {
        return None;
    }
    if let Some(run) = entries.distinct_run(is_descending, wanted) {
        return is_accepted(run.end()).then(|| InOrder::indexed(run.sliced(offset, wanted)));
    }
    let along = along_index(view, model, (order, ordered), None, wanted).slots;
    is_accepted(along.end()).then(|| InOrder::from(along).sliced(offset, wanted))
}

/// Rows that were found along an index.
pub(super) struct Along {
    pub(super) slots: Gathered,
    /// How many were looked at, if nothing selects.
    touched: usize,
}

impl Along {
    /// What the planner answers.
    pub(super) fn into_choice<S: Schema>(
        self,
        view: &View<S>,
        model: usize,
        ordered: &Ordered,
        wanted: usize,
    ) -> Choice {
        let descriptor = view.catalog().models()[model].descriptor;
        let way = Way::Order { field: descriptor.fields[ordered.field].name };
        let (estimated, slots) = (wanted.min(ordered.entries), Some(self.slots.into_vec()));
        Choice { way, relations: 0, slots, estimated, touched: self.touched, settled: None }
    }
}

/// The rows that satisfy a plain query, in the order of an index, as many as are wanted. O(rows looked at).
pub(super) fn along_index<S: Schema>(
    view: &View<S>,
    model: usize,
    (order, ordered): (&[SortKey<'_, S>], &Ordered),
    select: Select<'_>,
    wanted: usize,
) -> Along {
    let entries = view.tables.table(model).index_entries(ordered.index, &ordered.lower, &ordered.upper);
    let slots = Gathered::with_room(wanted.min(ordered.entries).saturating_add(1));
    let mut walked = Walked { slots, count: 0, last: None, shared: Vec::new() };
    let ends = (order[0].is_descending, ordered.decided > 1);
    let touched = match select {
        None => walked.walk(entries, ends, wanted),
        Some(select) => walked.walk_selected(entries, ends, wanted, select),
    };
    let Walked { mut slots, shared, .. } = walked;
    for (first, end) in shared {
        sort(view, order, &mut slots.as_mut_slice()[first..end]);
    }
    slots.truncate(wanted);
    Along { slots, touched }
}

/// Rows in the order of an index.
struct Walked {
    slots: Gathered,
    /// How many there are, and the key of the last.
    count: usize,
    last: Option<OrderKey>,
    /// Where those begin and end that share a key, and are to be sorted.
    shared: Vec<(usize, usize)>,
}

impl Walked {
    /// Takes as many rows as are wanted, and those that share the last one's key; answers how many. O(rows).
    fn walk(
        &mut self,
        mut entries: OrderedEntries<'_>,
        (is_descending, is_pair): (bool, bool),
        wanted: usize,
    ) -> usize {
        // Rows that share the last one's key may stand before it: the one after it tells.
        let mut is_last_shared = false;
        while wanted > 0 && (self.count <= wanted || is_last_shared) {
            let first = self.count;
            let room = self.slots.room((wanted - first.min(wanted)).saturating_add(1).min(LANES));
            let mut last_shared = None;
            self.count += entries.take_slots((is_descending, is_pair), room, &mut self.last, &mut |place| {
                last_shared = Some(first + place);
                note(&mut self.shared, first + place);
            });
            self.slots.truncate(self.count);
            if self.count == first {
                return first;
            }
            is_last_shared = last_shared.is_some_and(|place| place + 1 == self.count);
        }
        self.count.saturating_sub(1)
    }

    /// Takes the rows that are selected; whoever selects counts them. O(rows looked at).
    fn walk_selected(
        &mut self,
        mut entries: OrderedEntries<'_>,
        (is_descending, is_pair): (bool, bool),
        wanted: usize,
        select: &dyn Fn(Lanes<'_>, u64) -> u64,
    ) -> usize {
        let shares = |last: Option<OrderKey>, key: OrderKey| {
            last.is_some_and(|last| last[0] == key[0] && (!is_pair || last[1] == key[1]))
        };
        let (mut list, mut keys) = ([0; LANES], [[0; 2]; LANES]);
        let (mut block, mut is_over) = (1, wanted == 0);
        while !is_over {
            // Ever larger blocks, since rows that nobody wants should not be looked at.
            let most = block.max(wanted.saturating_sub(self.count)).min(LANES);
            block = (block * 2).min(LANES);
            let mut count = entries.take_run(is_descending, most, |place, key, slot| {
                (keys[place], list[place]) = (key, slot);
            });
            if self.count >= wanted {
                count = keys[..count].iter().take_while(|key| shares(self.last, **key)).count();
            }
            is_over = count == 0;
            for place in places(select(Lanes::Listed(&list), first_places(count))) {
                let is_shared = shares(self.last, keys[place]);
                if self.count >= wanted && !is_shared {
                    return 0;
                }
                if is_shared {
                    note(&mut self.shared, self.count);
                }
                (self.last, self.count) = (Some(keys[place]), self.count + 1);
                self.slots.push(list[place]);
            }
        }
        0
    }
}

/// Takes down that the row at a place shares the key of the one before it.
#[cold]
#[inline(never)]
fn note(shared: &mut Vec<(usize, usize)>, place: usize) {
    match shared.last_mut() {
        Some((_, end)) if *end == place => *end += 1,
        _ => shared.push((place - 1, place + 1)),
    }
}

/// Puts rows that share a key into order.
#[inline(never)]
fn sort<S: Schema>(view: &View<S>, order: &[SortKey<'_, S>], run: &mut [u32]) {
    let compare = |key: &SortKey<'_, S>, one: u32, other: u32| match &key.by {
        SortBy::Path { sorter, .. } => {
            ordering(sorter.compare(view, Some(one), Some(other)), key.is_descending, key.nulls)
        }
        SortBy::Annotation(_) | SortBy::Group(_) => Ordering::Equal,
    };
    run.sort_unstable_by(|&one, &other| {
        let keys = order.iter().map(|key| compare(key, one, other));
        keys.fold(Ordering::Equal, Ordering::then).then(one.cmp(&other))
    });
}

/// What a query's filters say of a field of the row itself: the bounds of its order keys.
struct Bounds {
    field: usize,
    lower: Bound<u64>,
    upper: Bound<u64>,
}

impl Bounds {
    fn single(&self) -> Option<u64> {
        match (self.lower, self.upper) {
            (Bound::Included(lower), Bound::Included(upper)) if lower == upper => Some(lower),
            _ => None,
        }
    }
}

/// What the filters say of the fields that ordered indexes have. O(size of the query × fields).
fn bounds_of<S: Schema>(view: &View<S>, model: usize, parts: &[Part<'_, S>]) -> Vec<Bounds> {
    let descriptor = view.catalog().models()[model].descriptor;
    let mut all = Vec::new();
    for part in parts {
        let Part::Filter(tree) = part else { break };
        add_bounds(view, (model, descriptor), tree, &mut all);
    }
    all
}

fn add_bounds<S: Schema>(
    view: &View<S>,
    (model, descriptor): (usize, &ModelDescriptor),
    tree: &Tree<'_, S>,
    all: &mut Vec<Bounds>,
) {
    match tree {
        Tree::All(parts) => parts.iter().for_each(|part| add_bounds(view, (model, descriptor), part, all)),
        Tree::One { hops, test } if hops.is_empty() => {
            let ordered = descriptor.indexes.iter().filter(|index| index.kind == IndexKind::Ordered);
            for field in ordered.flat_map(|index| index.fields).map(|&field| usize::from(field)) {
                if let Some((lower, upper)) = bounds(view.tables.table(model), field, &**test) {
                    all.push(Bounds { field, lower, upper });
                    return;
                }
            }
        }
        _ => {}
    }
}

/// Finds the index whose order is the one that is asked for.
fn find<S: Schema>(
    view: &View<S>,
    (model, descriptor): (usize, &ModelDescriptor),
    order: &[SortKey<'_, S>],
    said: &[Bounds],
) -> Option<Ordered> {
    let field = |key: &SortKey<'_, S>| match key.by {
        SortBy::Path { field: Some(field), .. } if key.is_descending == order[0].is_descending => Some(field.into()),
        _ => None,
    };
    // An index has two fields at most.
    let fields = match order {
        [one] => (field(one)?, None),
        [one, two] => (field(one)?, Some(field(two)?)),
        _ => return None,
    };
    let mut ordered = descriptor.indexes.iter().enumerate().filter(|(_, index)| index.kind == IndexKind::Ordered);
    ordered.find_map(|(place, index)| fit(view, (model, descriptor), (place, index), fields, said))
}

/// How an index gives an order, if it does.
fn fit<S: Schema>(
    view: &View<S>,
    (model, descriptor): (usize, &ModelDescriptor),
    (place, index): (usize, &IndexDescriptor),
    order: (usize, Option<usize>),
    said: &[Bounds],
) -> Option<Ordered> {
    let own = |place: usize| index.fields.get(place).map(|&field| usize::from(field));
    let (own_first, own_second) = (own(0)?, own(1));
    let of = |field: usize| said.iter().find(|bounds| bounds.field == field);
    let nullable = |field: usize| descriptor.fields[field].nullable;
    let first = of(own_first);
    // A first field with one value decides nothing: the order is that of the second.
    let single = first.and_then(Bounds::single);
    let (decided, is_whole) = match order {
        (one, None) if one == own_first => (1, own_second.is_none_or(|field| !nullable(field))),
        (one, Some(two)) if one == own_first && own_second == Some(two) => (2, !nullable(two)),
        (one, None) if single.is_some() && own_second == Some(one) => (2, !nullable(one)),
        _ => return None,
    };
    // Rows whose keys are the same in an inexact field are in no order of their values yet.
    let decided = if decided == 2 && index.exact == 0 { 1 } else { decided };
    let second = own_second.and_then(of).filter(|_| single.is_some());
    let edge = |bound: Bound<u64>, second: Option<Bound<u64>>, rest: u64| match (bound, second) {
        (Bound::Unbounded, _) => Bound::Unbounded,
        (Bound::Included(key) | Bound::Excluded(key), Some(Bound::Included(second) | Bound::Excluded(second))) => {
            Bound::Included([key, second])
        }
        (Bound::Included(key) | Bound::Excluded(key), _) => Bound::Included([key, rest]),
    };
    let lower = first.map_or(Bound::Unbounded, |first| edge(first.lower, second.map(|second| second.lower), u64::MIN));
    let upper = first.map_or(Bound::Unbounded, |first| edge(first.upper, second.map(|second| second.upper), u64::MAX));
    // Rows that are not in the index must not be results: bounds leave nulls out, else there must be none.
    let live = view.engine.relations.slots[model].live() as usize;
    let all = IndexLookup::Range { lower: Bound::Unbounded, upper: Bound::Unbounded };
    let has_all = || view.tables.table(model).index_count(IndexPlace::Index(place), &all) == live;
    let is_right = is_whole && (first.is_some() || !nullable(own_first)) || has_all();
    let entries = view.tables.table(model).index_count(IndexPlace::Index(place), &IndexLookup::Range { lower, upper });
    let is_exact = index.exact > 0;
    is_right.then_some(Ordered { index: place, field: own_first, lower, upper, decided, entries, is_exact })
}
