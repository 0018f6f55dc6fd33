//! Aggregates under way: values of rows, one by one or block by block, added up.

use alloc::collections::BTreeSet;
use core::cmp::Ordering;

use super::aggregate::{AggregateKind, BoundComputation, Read, Sorted, order};
use super::path::Leaf;
use crate::arena::block::{LANES, Lanes, places, places_where};
use crate::model::Model;
use crate::table::{Has, Schema};
use crate::value::{FieldValue, Value};
use crate::view::View;

/// What an aggregate takes into account of a row.
pub(crate) trait Measure<S> {
    /// The value at a slot.
    fn value(&self, view: &View<S>, slot: Option<u32>) -> Value;

    /// Whether there is a value at a slot.
    fn is_there(&self, view: &View<S>, slot: Option<u32>) -> bool {
        self.value(view, slot) != Value::Null
    }

    /// Whether every row has a value.
    fn is_always_there(&self) -> bool {
        false
    }

    /// The field whose values are measured, if it is one.
    fn field(&self) -> Option<usize> {
        None
    }

    /// Adds the values of a block of rows, each to one of several accumulators. O(block).
    fn add(&self, view: &View<S>, kind: AggregateKind, block: Lined<'_>, accumulators: &mut [Accumulator]) {
        for lane in places(block.set) {
            let value = self.value(view, Some(block.lanes.slot(lane)));
            accumulators[block.owners[lane] as usize].take(value, kind);
        }
    }
}

/// A block of rows, with the accumulator that each goes to.
#[derive(Clone, Copy)]
pub(crate) struct Lined<'b> {
    pub(crate) lanes: Lanes<'b>,
    pub(crate) set: u64,
    pub(crate) owners: &'b [u32; LANES],
}

/// Values by name.
pub(crate) struct Named<'q, S> {
    pub(crate) read: Read<'q, S>,
    pub(crate) field: Option<usize>,
    /// Whether it is the rows themselves.
    pub(crate) is_row: bool,
}

impl<S> Measure<S> for Named<'_, S> {
    fn value(&self, view: &View<S>, slot: Option<u32>) -> Value {
        (self.read)(view, slot)
    }

    fn is_always_there(&self) -> bool {
        self.is_row
    }

    fn field(&self) -> Option<usize> {
        self.field
    }
}

/// How many rows there are with a value; which matters for `distinct` only.
pub(super) struct Counted<L: 'static, V: 'static>(pub(super) Leaf<L, V>);

impl<S: Has<L>, L: Model, V: 'static> Measure<S> for Counted<L, V> {
    fn value(&self, view: &View<S>, slot: Option<u32>) -> Value {
        self.0.with(view, slot, |found| match found {
            Some(_) => Value::Key(view.key_of(view.id_at::<L>(slot.unwrap_or_default()))),
            None => Value::Null,
        })
    }

    fn is_there(&self, view: &View<S>, slot: Option<u32>) -> bool {
        match self.0 {
            Leaf::Row(_) => slot.is_some(),
            Leaf::Field(_) => self.0.with(view, slot, |found| found.is_some()),
        }
    }

    fn is_always_there(&self) -> bool {
        match self.0 {
            Leaf::Row(_) => true,
            Leaf::Field(field) => !L::DESCRIPTOR.fields[usize::from(field.index)].nullable,
        }
    }

    fn add(&self, view: &View<S>, _: AggregateKind, block: Lined<'_>, accumulators: &mut [Accumulator]) {
        let set = match self.0 {
            Leaf::Field(field) if !<Self as Measure<S>>::is_always_there(self) => {
                let mut values = [None; LANES];
                (field.gather)(view.tables.of().all_rows(), block.lanes, block.set, &mut values);
                places_where(block.set, |lane| values[lane].is_some())
            }
            _ => block.set,
        };
        places(set).for_each(|lane| accumulators[block.owners[lane] as usize].count += 1);
    }
}

/// Values of a field.
pub(super) struct Valued<L: 'static, V: 'static>(pub(super) Leaf<L, V>);

impl<S: Has<L>, L: Model, V: FieldValue + 'static> Measure<S> for Valued<L, V> {
    fn value(&self, view: &View<S>, slot: Option<u32>) -> Value {
        self.0.with(view, slot, |found| found.map_or(Value::Null, V::to_value))
    }

    fn field(&self) -> Option<usize> {
        if let Leaf::Field(field) = self.0 { Some(field.index.into()) } else { None }
    }

    fn add(&self, view: &View<S>, kind: AggregateKind, block: Lined<'_>, accumulators: &mut [Accumulator]) {
        let Leaf::Field(field) = self.0 else {
            for lane in places(block.set) {
                let value = self.value(view, Some(block.lanes.slot(lane)));
                accumulators[block.owners[lane] as usize].take(value, kind);
            }
            return;
        };
        let mut values = [None; LANES];
        (field.gather)(view.tables.of().all_rows(), block.lanes, block.set, &mut values);
        let is_total = matches!(kind, AggregateKind::Sum | AggregateKind::Average);
        for lane in places(block.set) {
            if let Some(value) = values[lane] {
                let accumulator = &mut accumulators[block.owners[lane] as usize];
                match value.to_value() {
                    Value::Int(number) if is_total => accumulator.add_whole(number),
                    value => accumulator.take(value, kind),
                }
            }
        }
    }
}

/// An aggregate under way.
#[derive(Clone, Default)]
pub(crate) struct Accumulator {
    count: u64,
    whole: i128,
    float: f64,
    has_floats: bool,
    extreme: Option<Value>,
    seen: BTreeSet<Sorted>,
}

impl<S: Schema> BoundComputation<'_, S> {
    /// Whether it is the number of rows that the only join leads to, which its lists know.
    pub(crate) fn is_length(&self) -> bool {
        let is_of_join = self.at.from() == 1 && self.at.is_here() && self.filter.is_none();
        let is_count = self.kind == AggregateKind::Count && !self.is_distinct && self.annotation.is_none();
        is_of_join && is_count && self.measure.is_always_there()
    }

    /// Whether a binding counts.
    pub(crate) fn counts(&self, view: &View<S>, binding: &[u32], annotations: &[Value]) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.holds(view, binding, annotations))
    }

    /// The value that a binding adds.
    pub(crate) fn value(&self, view: &View<S>, binding: &[u32], annotations: &[Value]) -> Value {
        match self.annotation {
            Some(place) => annotations[place].clone(),
            None => self.measure.value(view, self.at.slot(&view.engine, binding)),
        }
    }

    /// Adds a block of rows of a plain query, each to one of several accumulators. O(block).
    pub(crate) fn add(&self, view: &View<S>, block: Lined<'_>, accumulators: &mut [Accumulator]) {
        let Lined { lanes, set, owners } = block;
        if self.is_distinct {
            for lane in places(set) {
                accumulators[owners[lane] as usize].add(self, view, &[lanes.slot(lane)], &[]);
            }
            return;
        }
        let nothing = core::cell::Cell::new(0);
        let set = self.filter.as_ref().map_or(set, |filter| filter.select(view, lanes, set, &nothing));
        if self.at.is_here() {
            self.measure.add(view, self.kind, Lined { lanes, set, owners }, accumulators);
        } else {
            let mut slots = [0; LANES];
            let set = self.at.slots(&view.engine, lanes, set, &mut slots);
            self.measure.add(view, self.kind, Lined { lanes: Lanes::Listed(&slots), set, owners }, accumulators);
        }
    }
}

impl Accumulator {
    /// Takes a binding's value into account. O(1), `distinct` O(log values).
    pub(crate) fn add<S: Schema>(
        &mut self,
        computation: &BoundComputation<'_, S>,
        view: &View<S>,
        binding: &[u32],
        annotations: &[Value],
    ) {
        if !computation.counts(view, binding, annotations) {
            return;
        }
        if computation.kind == AggregateKind::Count && !computation.is_distinct && computation.annotation.is_none() {
            self.count += u64::from(computation.measure.is_there(view, computation.at.slot(&view.engine, binding)));
            return;
        }
        let value = computation.value(view, binding, annotations);
        if computation.is_distinct && value != Value::Null && !self.seen.insert(Sorted(value.clone())) {
            return;
        }
        self.take(value, computation.kind);
    }

    #[inline]
    fn add_whole(&mut self, number: i128) {
        self.count += 1;
        self.whole = self.whole.saturating_add(number);
    }

    /// Takes a value into account, unless it is null. O(1).
    fn take(&mut self, value: Value, kind: AggregateKind) {
        if value == Value::Null {
            return;
        }
        self.count += 1;
        match (&value, kind) {
            (Value::Int(number), AggregateKind::Sum | AggregateKind::Average) => {
                self.whole = self.whole.saturating_add(*number);
            }
            (Value::Float(number), AggregateKind::Sum | AggregateKind::Average) => {
                self.float += number;
                self.has_floats = true;
            }
            (_, AggregateKind::Min) => self.keep(value, Ordering::Less),
            (_, AggregateKind::Max) => self.keep(value, Ordering::Greater),
            _ => {}
        }
    }

    fn keep(&mut self, value: Value, better: Ordering) {
        if self.extreme.as_ref().is_none_or(|extreme| order(&value, extreme) == better) {
            self.extreme = Some(value);
        }
    }

    /// The result. O(1).
    #[expect(clippy::cast_precision_loss, reason = "an average of whole numbers is a float")]
    pub(crate) fn finish(self, kind: AggregateKind) -> Value {
        let total = self.float + self.whole as f64;
        match kind {
            AggregateKind::Count => Value::Int(self.count.into()),
            _ if self.count == 0 => Value::Null,
            AggregateKind::Sum if self.has_floats => Value::Float(total),
            AggregateKind::Sum => Value::Int(self.whole),
            AggregateKind::Average => Value::Float(total / self.count as f64),
            AggregateKind::Min | AggregateKind::Max => self.extreme.unwrap_or(Value::Null),
        }
    }
}
