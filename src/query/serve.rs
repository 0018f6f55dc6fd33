//! Which index serves comparisons, and what is looked up in it.
//!
//! An index answers rows that may satisfy the comparisons, perhaps too many: hashes and order keys of different values may
//! be equal. The query's filters decide.

use alloc::vec::Vec;
use core::ops::Bound;

use super::comparison::{Access, Test};
use super::lookup::Lookup;
use crate::model::{IndexDescriptor, IndexKind, ModelDescriptor};
use crate::table::{ErasedTable, IndexLookup, IndexPlace, Schema};
use crate::value::Value;
use crate::view::View;

/// An index that serves comparisons, and what is looked up in it.
pub(super) struct Served {
    pub(super) index: IndexPlace,
    pub(super) lookups: Lookups,
    /// The field, the first of several.
    pub(super) field: usize,
}

/// One lookup, mostly.
pub(super) struct Lookups {
    first: Option<IndexLookup>,
    rest: Vec<IndexLookup>,
}

impl Lookups {
    pub(super) fn iter(&self) -> impl Iterator<Item = &IndexLookup> {
        self.first.iter().chain(&self.rest)
    }
}

impl FromIterator<IndexLookup> for Lookups {
    fn from_iter<I: IntoIterator<Item = IndexLookup>>(lookups: I) -> Self {
        let mut lookups = lookups.into_iter();
        Self { first: lookups.next(), rest: lookups.collect() }
    }
}

impl From<Option<IndexLookup>> for Lookups {
    fn from(first: Option<IndexLookup>) -> Self {
        Self { first, rest: Vec::new() }
    }
}

fn is_only(fields: &[u16], field: usize) -> bool {
    matches!(fields, [only] if usize::from(*only) == field)
}

/// The unique rule or hash index of one field.
pub(super) fn hashed(descriptor: &ModelDescriptor, field: usize) -> Option<IndexPlace> {
    let unique = descriptor.uniques.iter().position(|rule| !rule.conditional && is_only(rule.fields, field));
    let index = || {
        let mut indexes = descriptor.indexes.iter();
        indexes.position(|index| index.kind == IndexKind::Hash && is_only(index.fields, field))
    };
    unique.map(IndexPlace::Unique).or_else(|| index().map(IndexPlace::Index))
}

/// The rows whose first key lies within bounds; none if they are the wrong way round.
fn between(lower: Bound<u64>, upper: Bound<u64>) -> Option<IndexLookup> {
    if let (Bound::Included(lower), Bound::Included(upper)) = (lower, upper)
        && lower > upper
    {
        return None;
    }
    Some(IndexLookup::Range { lower: lower.map(|key| [key, u64::MIN]), upper: upper.map(|key| [key, u64::MAX]) })
}

fn at(key: u64) -> Option<IndexLookup> {
    between(Bound::Included(key), Bound::Included(key))
}

/// Finds the index that serves a comparison on a field of a model, if there is one: a unique rule, a hash index, or an
/// ordered one that the field leads. O(indexes of the model + values).
pub(super) fn serve<S: Schema>(view: &View<S>, model: usize, test: &dyn Test<S>) -> Option<Served> {
    let (descriptor, table) = (view.catalog().models()[model].descriptor, view.tables.table(model));
    let ordered = |field: usize| ordered_index(descriptor, field).map(IndexPlace::Index);
    match test.access() {
        Access::None | Access::Rows { .. } => None,
        Access::Equal { field, count, is_hashed } => {
            if let Some(index) = hashed(descriptor, field).filter(|_| is_hashed) {
                let lookup = |place| IndexLookup::Hash(table.hash_with(&mut |state| test.hash(place, state)));
                return Some(Served { index, lookups: (0..count).map(lookup).collect(), field });
            }
            let index = ordered(field)?;
            let keys = (0..count).map(|place| test.order(place).and_then(at));
            Some(Served { index, lookups: keys.collect::<Option<_>>()?, field })
        }
        Access::Range { field, lower, upper } => {
            Some(Served { index: ordered(field)?, lookups: between(lower, upper).into(), field })
        }
        Access::Named { field, lookup: lookup @ (Lookup::Exact | Lookup::In), values } => {
            let place = u16::try_from(field).expect("a model has fewer than 65,536 fields");
            let (index, lookups) = match (hashed(descriptor, field), ordered(field)) {
                (Some(index), _) => {
                    let hash = |value| table.hash_named(&[place], core::slice::from_ref(value)).ok().flatten();
                    (index, values.iter().map(|value| hash(value).map(IndexLookup::Hash)).collect::<Option<_>>()?)
                }
                (None, Some(index)) => {
                    let key = |value| named_key(table, field, value).and_then(at);
                    (index, values.iter().map(key).collect::<Option<_>>()?)
                }
                (None, None) => return None,
            };
            debug_assert!(matches!(lookup, Lookup::Exact | Lookup::In), "other lookups are ranges");
            Some(Served { index, lookups, field })
        }
        Access::Named { field, .. } => {
            let (field, lower, upper) = named_bounds(table, field, test)?;
            Some(Served { index: ordered(field)?, lookups: between(lower, upper).into(), field })
        }
    }
}

fn named_key(table: &dyn ErasedTable, field: usize, value: &Value) -> Option<u64> {
    table.order_named(field, value.clone()).ok().flatten()
}

fn named_bounds<S>(
    table: &dyn ErasedTable,
    field: usize,
    test: &dyn Test<S>,
) -> Option<(usize, Bound<u64>, Bound<u64>)> {
    let Access::Named { field: own, lookup, values } = test.access() else { return None };
    let bound = |place: usize| values.get(place).and_then(|value| named_key(table, field, value)).map(Bound::Included);
    let (lower, upper) = match lookup {
        Lookup::Exact => (bound(0)?, bound(0)?),
        Lookup::Lt | Lookup::Lte => (Bound::Unbounded, bound(0)?),
        Lookup::Gt | Lookup::Gte => (bound(0)?, Bound::Unbounded),
        Lookup::Range => (bound(0)?, bound(1)?),
        _ => return None,
    };
    (own == field).then_some((field, lower, upper))
}

/// The bounds that a comparison sets to the order keys of a field; none if it sets none.
pub(super) fn bounds<S>(table: &dyn ErasedTable, field: usize, test: &dyn Test<S>) -> Option<(Bound<u64>, Bound<u64>)> {
    match test.access() {
        Access::Range { field: own, lower, upper } if own == field => Some((lower, upper)),
        Access::Equal { field: own, count: 1, .. } if own == field => {
            let key = Bound::Included(test.order(0)?);
            Some((key, key))
        }
        Access::Named { .. } => named_bounds(table, field, test).map(|(_, lower, upper)| (lower, upper)),
        _ => None,
    }
}

/// Finds the index of several fields that serves comparisons of all of them with a value: by the hash of all, or, in an
/// ordered one, by the first and bounds of the second. O(indexes of the model × comparisons).
pub(super) fn serve_several<S: Schema>(view: &View<S>, model: usize, tests: &[&dyn Test<S>]) -> Option<Served> {
    let (descriptor, table) = (view.catalog().models()[model].descriptor, view.tables.table(model));
    let uniques = descriptor.uniques.iter().enumerate().filter(|(_, rule)| !rule.conditional);
    let uniques = uniques.map(|(place, rule)| (IndexPlace::Unique(place), rule.fields));
    let hashes = descriptor.indexes.iter().enumerate().filter(|(_, index)| index.kind == IndexKind::Hash);
    let hashes = hashes.map(|(place, index)| (IndexPlace::Index(place), index.fields));
    for (index, fields) in uniques.chain(hashes).filter(|(_, fields)| fields.len() > 1) {
        let hash = equals(fields, tests).and_then(|tests| hash_of_all(table, fields, &tests));
        if let Some(hash) = hash {
            let lookups = Some(IndexLookup::Hash(hash)).into();
            return Some(Served { index, lookups, field: fields[0].into() });
        }
    }
    for (place, index) in descriptor.indexes.iter().enumerate() {
        let (IndexKind::Ordered, [first, second]) = (index.kind, index.fields) else { continue };
        let limits = |field: &u16| tests.iter().find_map(|test| bounds(table, usize::from(*field), *test));
        let key = limits(first).and_then(|limits| match limits {
            (Bound::Included(lower), Bound::Included(upper)) if lower == upper => Some(lower),
            _ => None,
        });
        if let Some((key, (lower, upper))) = key.zip(limits(second)) {
            let least = if let Bound::Included(lower) = lower { lower } else { u64::MIN };
            let most = if let Bound::Included(upper) = upper { upper } else { u64::MAX };
            let (lower, upper) = (Bound::Included([key, least]), Bound::Included([key, most]));
            let lookups = (least <= most).then_some(IndexLookup::Range { lower, upper }).into();
            return Some(Served { index: IndexPlace::Index(place), lookups, field: (*first).into() });
        }
    }
    None
}

/// For each field the comparison that wants one value of it.
fn equals<'t, S>(fields: &[u16], tests: &[&'t dyn Test<S>]) -> Option<Vec<&'t dyn Test<S>>> {
    let wants = |test: &dyn Test<S>, field: u16| match test.access() {
        Access::Equal { field: own, count: 1, is_hashed: true }
        | Access::Named { field: own, lookup: Lookup::Exact, values: [_] } => own == usize::from(field),
        _ => false,
    };
    fields.iter().map(|&field| tests.iter().copied().find(|test| wants(*test, field))).collect()
}

fn hash_of_all<S>(table: &dyn ErasedTable, fields: &[u16], tests: &[&dyn Test<S>]) -> Option<u32> {
    let named = tests.iter().map(|test| match test.access() {
        Access::Named { values: [value], .. } => Some(value.clone()),
        _ => None,
    });
    match named.collect::<Option<Vec<Value>>>() {
        Some(values) => table.hash_named(fields, &values).ok().flatten(),
        None => Some(table.hash_with(&mut |state| tests.iter().for_each(|test| test.hash(0, state)))),
    }
}

/// The place of an ordered index that a field leads.
pub(super) fn ordered_index(descriptor: &ModelDescriptor, field: usize) -> Option<usize> {
    let is_led = |index: &IndexDescriptor| {
        index.kind == IndexKind::Ordered && index.fields.first().is_some_and(|first| usize::from(*first) == field)
    };
    // One of several fields leaves out the rows of which another of them is null.
    let nullable = |index: &IndexDescriptor| {
        index.fields.iter().skip(1).any(|&field| descriptor.fields[usize::from(field)].nullable)
    };
    descriptor.indexes.iter().position(|index| is_led(index) && !nullable(index))
}
