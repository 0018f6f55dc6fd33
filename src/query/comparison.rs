//! Comparisons of the value at the end of a path: asked of one row, of a block of rows, and of indexes.
//!
//! A comparison is a few words behind one pointer. A block of rows goes through it in one call, whose loop knows the
//! field, the type and the comparison.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::ops::{Bound, RangeBounds};

use super::lookup::Lookup;
use super::path::Leaf;
use crate::arena::block::{LANES, Lanes, any_places_where, places_where, retain_each};
use crate::arena::in_order::InOrder;
use crate::id::RawId;
use crate::model::{FieldReads, IndexHasher, Model};
use crate::table::{Has, IndexPlace, Schema};
use crate::value::Value;
use crate::view::{Row, View};

/// Looks at what a path leads to: a slot of its last model, or nothing.
pub(crate) trait Test<S> {
    /// Whether one row satisfies it, or none at all.
    fn holds(&self, view: &View<S>, slot: Option<u32>) -> bool;

    /// The value that it looks at, if it can be told.
    fn value(&self, _: &View<S>, _slot: Option<u32>) -> Option<Value> {
        None
    }

    /// Leaves in the sets of some blocks the rows that satisfy it. O(blocks).
    fn retain(&self, view: &View<S>, lanes: Lanes<'_>, sets: &mut [u64]) {
        retain_held(self, view, lanes, sets);
    }

    /// Which rows of a block satisfy it. O(block).
    #[inline]
    fn select(&self, view: &View<S>, lanes: Lanes<'_>, mut set: u64) -> u64 {
        self.retain(view, lanes, core::slice::from_mut(&mut set));
        set
    }

    /// Whether slots without a row may be asked about as part of a block, and do not satisfy it.
    fn skips_missing(&self) -> bool {
        false
    }

    /// What an index could be asked for.
    fn access(&self) -> Access<'_> {
        Access::None
    }

    /// The row that it names at a place.
    fn row(&self, _place: usize) -> RawId {
        RawId::NULL
    }

    /// Hashes the value at a place, as the index of its field does.
    fn hash(&self, _place: usize, _state: &mut IndexHasher) {}

    /// The rows of a model that satisfy it by an index that has its only value's hash, if no more than so many have the
    /// hash. O(1) expected and O(rows), and O(rows × log rows) where rows have gone.
    fn find<'v>(&self, view: &'v View<S>, model: usize, index: IndexPlace, most: usize) -> Option<InOrder<'v>>
    where
        S: Schema,
    {
        let table = view.tables.table(model);
        table.few_in_order(index, |state| self.hash(0, state), most, |slot| self.holds(view, Some(slot)))
    }

    /// The order key of the value at a place.
    fn order(&self, _place: usize) -> Option<u64> {
        None
    }
}

/// Leaves in the sets of some blocks the rows that satisfy a test, which is asked of one after the other. O(blocks).
fn retain_held<S, T: Test<S> + ?Sized>(test: &T, view: &View<S>, lanes: Lanes<'_>, sets: &mut [u64]) {
    retain_each(lanes, sets, |lanes, set| places_where(set, |lane| test.holds(view, Some(lanes.slot(lane)))));
}

/// A test behind a pointer.
pub(crate) type BoxedTest<'q, S> = Box<dyn Test<S> + 'q>;

/// What an index could be asked for.
#[derive(Clone, Copy)]
pub(crate) enum Access<'t> {
    /// Nothing.
    None,
    /// Rows that are named, so many; where a key stands for them, its relation, along which the path does not go.
    Rows { count: usize, key: Option<usize> },
    /// The values of a field that are one of so many; whether they have a hash.
    Equal { field: usize, count: usize, is_hashed: bool },
    /// Values within bounds, by their order keys.
    Range { field: usize, lower: Bound<u64>, upper: Bound<u64> },
    /// Values of a field, as the by-name face has them.
    Named { field: usize, lookup: Lookup, values: &'t [Value] },
}

/// What a comparison accepts.
pub(super) trait Accept<V> {
    /// Whether it accepts a value.
    fn accepts(&self, value: &V) -> bool;
    /// Whether it accepts that there is none.
    fn accepts_null(&self) -> bool {
        false
    }
    /// The values that are all that it accepts.
    fn values(&self) -> &[V] {
        &[]
    }
    /// The bounds within which lies what it accepts, and nothing else.
    fn bounds(&self) -> Option<(Bound<&V>, Bound<&V>)> {
        None
    }
    /// The same of one value too.
    #[inline]
    fn exact_bounds(&self) -> Option<(Bound<&V>, Bound<&V>)> {
        match self.values() {
            [value] => Some((Bound::Included(value), Bound::Included(value))),
            _ => self.bounds(),
        }
    }
}

/// Equal to a value.
pub(super) struct Equal<V>(pub(super) V);
impl<V: PartialEq> Accept<V> for Equal<V> {
    #[inline]
    fn accepts(&self, value: &V) -> bool {
        *value == self.0
    }
    fn values(&self) -> &[V] {
        core::slice::from_ref(&self.0)
    }
}

/// Equal to one of several values.
pub(super) struct OneOf<V>(pub(super) Vec<V>);
impl<V: PartialEq> Accept<V> for OneOf<V> {
    #[inline]
    fn accepts(&self, value: &V) -> bool {
        self.0.contains(value)
    }
    fn values(&self) -> &[V] {
        &self.0
    }
}

/// Beyond a value, above or below: types of their own, so that no loop asks which.
pub(super) struct Beyond<V, const ABOVE: bool, const OR_EQUAL: bool>(pub(super) V);
impl<V: PartialOrd, const ABOVE: bool, const OR_EQUAL: bool> Accept<V> for Beyond<V, ABOVE, OR_EQUAL> {
    #[inline]
    fn accepts(&self, value: &V) -> bool {
        match (ABOVE, OR_EQUAL) {
            (true, false) => *value > self.0,
            (true, true) => *value >= self.0,
            (false, false) => *value < self.0,
            (false, true) => *value <= self.0,
        }
    }
    fn bounds(&self) -> Option<(Bound<&V>, Bound<&V>)> {
        let bound = if OR_EQUAL { Bound::Included(&self.0) } else { Bound::Excluded(&self.0) };
        Some(if ABOVE { (bound, Bound::Unbounded) } else { (Bound::Unbounded, bound) })
    }
}

/// Within a range.
pub(super) struct Within<R>(pub(super) R);
impl<V: PartialOrd, R: RangeBounds<V>> Accept<V> for Within<R> {
    #[inline]
    fn accepts(&self, value: &V) -> bool {
        self.0.contains(value)
    }
    fn bounds(&self) -> Option<(Bound<&V>, Bound<&V>)> {
        match (self.0.start_bound(), self.0.end_bound()) {
            // Everything, also what does not compare with itself.
            (Bound::Unbounded, Bound::Unbounded) => None,
            bounds => Some(bounds),
        }
    }
}

/// Null.
pub(super) struct Null;
impl<V> Accept<V> for Null {
    #[inline]
    fn accepts(&self, _: &V) -> bool {
        false
    }
    fn accepts_null(&self) -> bool {
        true
    }
}

/// What no index knows.
pub(super) struct Otherwise<F>(pub(super) F);
impl<V, F: Fn(&V) -> bool> Accept<V> for Otherwise<F> {
    #[inline]
    fn accepts(&self, value: &V) -> bool {
        (self.0)(value)
    }
}

/// A comparison of a field's values, or of rows.
pub(super) struct Compared<L: 'static, V: 'static, A> {
    pub(super) leaf: Leaf<L, V>,
    pub(super) accept: A,
}

impl<S: Has<L>, L: Model, V: 'static, A: Accept<V>> Test<S> for Compared<L, V, A> {
    #[inline]
    fn holds(&self, view: &View<S>, slot: Option<u32>) -> bool {
        self.leaf.with(view, slot, |value| match value {
            Some(value) => self.accept.accepts(value),
            None => self.accept.accepts_null(),
        })
    }

    fn retain(&self, view: &View<S>, lanes: Lanes<'_>, sets: &mut [u64]) {
        let Leaf::Field(field) = self.leaf else { return retain_held(self, view, lanes, sets) };
        let rows = view.tables.of().all_rows();
        if let Some((retain_within, bounds)) = field.retain_within.zip(self.accept.exact_bounds()) {
            return retain_within(rows, lanes, sets, bounds);
        }
        retain_each(lanes, sets, |lanes, set| {
            let mut values = [None; LANES];
            (field.gather)(rows, lanes, set, &mut values);
            any_places_where(set, |lane| match values[lane] {
                Some(value) => self.accept.accepts(value),
                None => self.accept.accepts_null(),
            })
        });
    }

    fn skips_missing(&self) -> bool {
        matches!(self.leaf, Leaf::Field(_)) && !self.accept.accepts_null()
    }

    fn access(&self) -> Access<'_> {
        let values = self.accept.values();
        match self.leaf {
            Leaf::Row(_) if !values.is_empty() => Access::Rows { count: values.len(), key: None },
            Leaf::Row(_) => Access::None,
            Leaf::Field(FieldReads { keys, .. }) if keys.hash.is_none() && keys.order.is_none() => Access::None,
            Leaf::Field(FieldReads { index, keys, .. }) => {
                let field = usize::from(*index);
                if let Some(((lower, upper), order)) = self.accept.bounds().zip(keys.order) {
                    // Keys may be shared by several values: those at the bounds are among them.
                    let key = |bound: Bound<&V>| match bound {
                        Bound::Included(value) | Bound::Excluded(value) => Bound::Included(order(value)),
                        Bound::Unbounded => Bound::Unbounded,
                    };
                    return Access::Range { field, lower: key(lower), upper: key(upper) };
                }
                if values.is_empty() {
                    return Access::None;
                }
                Access::Equal { field, count: values.len(), is_hashed: keys.hash.is_some() }
            }
        }
    }

    fn row(&self, place: usize) -> RawId {
        match self.leaf {
            Leaf::Row(row) => (row.id)(&self.accept.values()[place]).raw(),
            Leaf::Field(_) => RawId::NULL,
        }
    }

    fn hash(&self, place: usize, state: &mut IndexHasher) {
        if let Leaf::Field(field) = self.leaf
            && let Some(hash) = field.keys.hash
        {
            hash(&self.accept.values()[place], state);
        }
    }

    fn order(&self, place: usize) -> Option<u64> {
        match self.leaf {
            Leaf::Field(field) => field.keys.order.map(|order| order(&self.accept.values()[place])),
            Leaf::Row(_) => None,
        }
    }
}

/// A closure over the row.
pub(super) struct OfRow<M, F> {
    pub(super) holds: F,
    pub(super) model: PhantomData<fn(M)>,
}

impl<S: Has<M>, M: Model, F: Fn(Row<'_, S, M>) -> bool> Test<S> for OfRow<M, F> {
    fn holds(&self, view: &View<S>, slot: Option<u32>) -> bool {
        slot.is_some_and(|slot| (self.holds)(Row::at(view, slot)))
    }
}
