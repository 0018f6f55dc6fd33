//! Keys of an order: a path, ascending or descending, with nulls first or last.

use alloc::vec::Vec;
use core::cmp::Ordering;
use core::ops::Bound;

use super::few::Few;
use super::found::{Held, Nulls, SortBy, SortKey, Sorter, ordering};
use super::path::{Leaf, Operand, RowReads};
use crate::arena::block::{LANES, Lanes, any_places_where};
use crate::model::{FieldReads, Model};
use crate::table::{Has, Schema};
use crate::view::View;

/// A key of `order_by` for rows of model `M`: made by [`asc`](Ordered::asc) and [`desc`](Ordered::desc).
pub struct OrderKey<'q, S, M> {
    pub(crate) key: SortKey<'q, S>,
    model: core::marker::PhantomData<fn(M)>,
}

impl<'q, S, M> OrderKey<'q, S, M> {
    pub(crate) fn into_keys(self) -> Few<SortKey<'q, S>> {
        Few::one(self.key)
    }

    /// Nulls before all values, whichever way values go. O(1).
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.key.nulls = Nulls::First;
        self
    }

    /// Nulls after all values, whichever way values go. O(1).
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.key.nulls = Nulls::Last;
        self
    }
}

/// Orders of a path's values: rows by id, texts by code point.
pub trait Ordered: Operand<Value: PartialOrd> {
    /// The least first, and nulls before them (as in Django).
    fn asc<'q, S: Has<Self::Leaf>>(self) -> OrderKey<'q, S, Self::Root> {
        key(self, false, Nulls::First)
    }

    /// The greatest first, and nulls after them (as in Django).
    fn desc<'q, S: Has<Self::Leaf>>(self) -> OrderKey<'q, S, Self::Root> {
        key(self, true, Nulls::Last)
    }
}

impl<O: Operand<Value: PartialOrd>> Ordered for O {}

fn key<'q, S: Has<O::Leaf>, O: Operand<Value: PartialOrd>>(
    operand: O,
    is_descending: bool,
    nulls: Nulls,
) -> OrderKey<'q, S, O::Root> {
    let path = operand.path();
    let (field, sorter): (_, &'q dyn Sorter<S>) = match path.leaf {
        Leaf::Field(reads) => (Some(reads.index).filter(|_| path.hops.is_empty()), reads),
        Leaf::Row(reads) => (None, reads),
    };
    let by = SortBy::Path { hops: path.hops, field, sorter: Held::Borrowed(sorter) };
    OrderKey { key: SortKey { by, is_descending, nulls }, model: core::marker::PhantomData }
}

/// How two values stand to each other; those without an order among each other (NaN) come as they are found.
fn compare<V: PartialOrd>(one: Option<&V>, other: Option<&V>) -> Result<Ordering, (bool, bool)> {
    match (one, other) {
        (Some(one), Some(other)) => Ok(one.partial_cmp(other).unwrap_or(Ordering::Equal)),
        (one, other) => Err((one.is_none(), other.is_none())),
    }
}

/// The order of rows themselves.
impl<S: Has<L>, L: Model, V: PartialOrd> Sorter<S> for RowReads<L, V> {
    fn compare(&self, view: &View<S>, one: Option<u32>, other: Option<u32>) -> Result<Ordering, (bool, bool)> {
        let value = |slot: u32| (self.make)(view.id_at(slot));
        compare(one.map(value).as_ref(), other.map(value).as_ref())
    }
}

/// The order of a field's values.
impl<S: Has<L>, L: Model, V: PartialOrd> Sorter<S> for FieldReads<L, V> {
    fn compare(&self, view: &View<S>, one: Option<u32>, other: Option<u32>) -> Result<Ordering, (bool, bool)> {
        let value = |slot: u32| view.tables.of().row(slot).and_then(self.value);
        compare(one.and_then(value), other.and_then(value))
    }

    fn keep_first(
        &self,
        view: &View<S>,
        slots: &mut Vec<u32>,
        wanted: usize,
        is_descending: bool,
        nulls: Nulls,
    ) -> bool {
        let table = view.tables.of();
        let mut valued: Vec<_> = slots.iter().map(|&slot| (table.row(slot).and_then(self.value), slot)).collect();
        let compare = |one: &(Option<&V>, u32), other: &(Option<&V>, u32)| {
            ordering(compare(one.0, other.0), is_descending, nulls).then(one.1.cmp(&other.1))
        };
        if valued.len() > wanted {
            valued.select_nth_unstable_by(wanted - 1, compare);
            valued.truncate(wanted);
        }
        valued.sort_unstable_by(compare);
        slots.clear();
        slots.extend(valued.into_iter().map(|(_, slot)| slot));
        true
    }

    fn not_after(&self, view: &View<S>, lanes: Lanes<'_>, set: u64, row: u32, is_descending: bool) -> u64 {
        let table = view.tables.of();
        let Some(bound) = table.row(row).and_then(self.value) else { return set };
        if let Some(retain_within) = self.retain_within {
            // What is no number is after nothing, nor is null.
            let after = if is_descending {
                (Bound::Unbounded, Bound::Excluded(bound))
            } else {
                (Bound::Excluded(bound), Bound::Unbounded)
            };
            let mut beyond = set;
            retain_within(table.all_rows(), lanes, core::slice::from_mut(&mut beyond), after);
            return set & !beyond;
        }
        let mut values = [None; LANES];
        (self.gather)(table.all_rows(), lanes, set, &mut values);
        let after = if is_descending { Ordering::Less } else { Ordering::Greater };
        any_places_where(set, |lane| match values[lane] {
            Some(value) => value.partial_cmp(bound) != Some(after),
            None => true,
        })
    }
}

/// One key, or a tuple of keys of which the first decides.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no order of `{M}`",
    label = "give a key such as `Book::TITLE.asc()`, or a tuple of keys"
)]
pub trait Order<'q, S, M> {
    #[doc(hidden)]
    fn keys(self) -> Few<SortKey<'q, S>>;
}

#[diagnostic::do_not_recommend]
impl<'q, S: Schema, M: Model> Order<'q, S, M> for OrderKey<'q, S, M> {
    fn keys(self) -> Few<SortKey<'q, S>> {
        self.into_keys()
    }
}
macro_rules! orders {
    ($(($($key:ident $place:tt),+);)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'q, S: Schema, M: Model> Order<'q, S, M> for ($($key<'q, S, M>,)+) {
            fn keys(self) -> Few<SortKey<'q, S>> {
                let mut keys = Few::NONE;
                $(keys.push(self.$place.key);)+
                keys
            }
        }
    )*};
}
orders! {
    (OrderKey 0);
    (OrderKey 0, OrderKey 1);
    (OrderKey 0, OrderKey 1, OrderKey 2);
    (OrderKey 0, OrderKey 1, OrderKey 2, OrderKey 3);
}
