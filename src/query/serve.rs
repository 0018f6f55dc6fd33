//! Which index serves a comparison, and what is looked up in it.
//!
//! An index answers rows that may satisfy the comparison, perhaps too many: hashes and order keys of different values may
//! be equal. The query's filters decide.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Bound;

use super::lookup::Lookup;
use super::path::{Leaf, Path};
use crate::id::RawId;
use crate::model::{IndexDescriptor, IndexHasher, IndexKind, ModelDescriptor};
use crate::table::{IndexLookup, IndexPlace, Schema};
use crate::value::Value;
use crate::view::View;

/// How rows at the end of a path that may satisfy a comparison are found.
pub(crate) enum Access<'q> {
    /// They are named.
    Rows(Vec<RawId>),
    /// By values of a field, of which they have one.
    Equal(Equal<'q>),
    /// By the bounds of a field's order keys.
    Range { field: usize, lower: Bound<u64>, upper: Bound<u64> },
    /// By values of a field, as the by-name face has them.
    Named { field: usize, lookup: Lookup, values: Vec<Value> },
}

/// Hashes the value of a place.
type HashPlace<'q> = Box<dyn Fn(usize, &mut IndexHasher) + 'q>;

/// Values that a comparison accepts, keyed as indexes key them.
pub(crate) struct Equal<'q> {
    field: usize,
    count: usize,
    hash: Option<HashPlace<'q>>,
    orders: Vec<u64>,
}

impl<'q> Access<'q> {
    /// The way to rows with one of these values.
    pub(crate) fn equal<R, L, V: 'static>(path: &Path<R, L, V>, literals: Vec<V>) -> Option<Self> {
        match path.leaf {
            Leaf::Row(_, id) => Some(Self::Rows(literals.iter().map(|literal| id(literal).raw()).collect())),
            Leaf::Field(field, _, keys) => {
                let orders = keys.order.map(|order| literals.iter().map(order).collect()).unwrap_or_default();
                let count = literals.len();
                let hash = keys
                    .hash
                    .map(|hash| -> HashPlace<'q> { Box::new(move |place, state| hash(&literals[place], state)) });
                let is_keyed = keys.hash.is_some() || keys.order.is_some();
                is_keyed.then_some(Self::Equal(Equal { field: field.into(), count, hash, orders }))
            }
        }
    }

    /// The way to rows with a value in a range. Keys of an ordered index may be shared by several values: the bounds are
    /// among them.
    pub(crate) fn range<R, L, V>(path: &Path<R, L, V>, lower: Bound<&V>, upper: Bound<&V>) -> Option<Self> {
        let Leaf::Field(field, _, keys) = path.leaf else { return None };
        let order = keys.order?;
        let key = |bound: Bound<&V>| match bound {
            Bound::Included(value) | Bound::Excluded(value) => Bound::Included(order(value)),
            Bound::Unbounded => Bound::Unbounded,
        };
        Some(Self::Range { field: field.into(), lower: key(lower), upper: key(upper) })
    }
}

/// An index that serves a comparison, and what is looked up in it.
pub(super) struct Served {
    pub(super) index: IndexPlace,
    pub(super) lookups: Vec<IndexLookup>,
    pub(super) field: usize,
}

/// Finds the index that serves a comparison on a field of a model, if there is one: a unique rule, a hash index, or an
/// ordered one that the field leads. O(indexes of the model + values).
pub(super) fn serve<S: Schema>(view: &View<S>, model: usize, access: &Access<'_>) -> Option<Served> {
    let (descriptor, table) = (view.catalog().models()[model].descriptor, view.tables.table(model));
    let is_only = |fields: &[u16], field: usize| matches!(fields, [only] if usize::from(*only) == field);
    let hashed = |field: usize| {
        let unique = descriptor.uniques.iter().position(|rule| !rule.conditional && is_only(rule.fields, field));
        let index = || {
            let mut indexes = descriptor.indexes.iter();
            indexes.position(|index| index.kind == IndexKind::Hash && is_only(index.fields, field))
        };
        unique.map(IndexPlace::Unique).or_else(|| index().map(IndexPlace::Index))
    };
    let ordered = |field: usize| ordered_index(descriptor, field).map(IndexPlace::Index);
    let between = |lower: Bound<u64>, upper: Bound<u64>| IndexLookup::Range {
        lower: lower.map(|key| [key, u64::MIN]),
        upper: upper.map(|key| [key, u64::MAX]),
    };
    // Bounds the wrong way round leave nothing between them.
    let range = |lower: Bound<u64>, upper: Bound<u64>| match (lower, upper) {
        (Bound::Included(lower), Bound::Included(upper)) if lower > upper => Vec::new(),
        (lower, upper) => alloc::vec![between(lower, upper)],
    };
    let at = |key: u64| between(Bound::Included(key), Bound::Included(key));
    match access {
        Access::Rows(_) => None,
        Access::Equal(Equal { field, count, hash, orders }) => match (hashed(*field), hash, ordered(*field)) {
            (Some(index), Some(hash), _) => {
                let lookup = |place| IndexLookup::Hash(table.hash_with(&mut |state| hash(place, state)));
                Some(Served { index, lookups: (0..*count).map(lookup).collect(), field: *field })
            }
            (_, _, Some(index)) if orders.len() == *count => {
                Some(Served { index, lookups: orders.iter().map(|key| at(*key)).collect(), field: *field })
            }
            _ => None,
        },
        Access::Range { field, lower, upper } => {
            Some(Served { index: ordered(*field)?, lookups: range(*lower, *upper), field: *field })
        }
        Access::Named { field, lookup, values } => {
            let place = u16::try_from(*field).expect("a model has fewer than 65,536 fields");
            let key = |value: &Value| table.order_named(*field, value.clone()).ok().flatten();
            let (index, lookups) = match (lookup, hashed(*field), ordered(*field)) {
                (Lookup::Exact | Lookup::In, Some(index), _) => {
                    let hash = |value| table.hash_named(&[place], core::slice::from_ref(value)).ok().flatten();
                    (index, values.iter().map(|value| hash(value).map(IndexLookup::Hash)).collect::<Option<Vec<_>>>()?)
                }
                (Lookup::Exact | Lookup::In, None, Some(index)) => {
                    (index, values.iter().map(|value| key(value).map(at)).collect::<Option<Vec<_>>>()?)
                }
                (_, _, Some(index)) => {
                    let bound = |place: usize| values.get(place).and_then(key).map(Bound::Included);
                    let (lower, upper) = match lookup {
                        Lookup::Lt | Lookup::Lte => (Bound::Unbounded, bound(0)?),
                        Lookup::Gt | Lookup::Gte => (bound(0)?, Bound::Unbounded),
                        Lookup::Range => (bound(0)?, bound(1)?),
                        _ => return None,
                    };
                    (index, range(lower, upper))
                }
                _ => return None,
            };
            Some(Served { index, lookups, field: *field })
        }
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
