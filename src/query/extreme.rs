//! The least and the greatest value of a field, from an end of its ordered index.

use alloc::vec::Vec;
use core::ops::Bound;

use super::aggregate::{AggregateKind, Computation, order};
use super::comparison::Test;
use super::path::Hop;
use super::run::Part;
use super::serve::{bounds, ordered_index};
use super::tree::Tree;
use crate::model::OrderKey;
use crate::table::Schema;
use crate::value::Value;
use crate::view::View;

/// What is computed of all rows, or of those of one comparison of the same field, if all of it stands at the ends of ordered
/// indexes. O(computations × (log rows + rows that share the key at the end, or that the comparison leaves out there)).
pub(super) fn extremes<S: Schema>(
    view: &View<S>,
    model: usize,
    parts: &[Part<'_, S>],
    computations: &[Computation<'_, S>],
) -> Option<Vec<Value>> {
    let test = match parts {
        [] => None,
        [Part::Filter(Tree::One { hops, test })] if hops.is_empty() => Some(&**test),
        _ => return None,
    };
    computations.iter().map(|computation| extreme(view, model, test, computation)).collect()
}

fn extreme<S: Schema>(
    view: &View<S>,
    model: usize,
    test: Option<&dyn Test<S>>,
    computation: &Computation<'_, S>,
) -> Option<Value> {
    let Computation { kind: kind @ (AggregateKind::Min | AggregateKind::Max), hops, measure, .. } = computation else {
        return None;
    };
    let is_plain = hops == &[] as &[Hop] && computation.annotation.is_none() && computation.filter.is_none();
    let field = measure.field().filter(|_| is_plain)?;
    let (descriptor, table) = (view.catalog().models()[model].descriptor, view.tables.table(model));
    let index = ordered_index(descriptor, field)?;
    let (lower, upper) = match test {
        None => (Bound::Unbounded, Bound::Unbounded),
        Some(test) => bounds(table, field, test)?,
    };
    let (lower, upper) = (lower.map(|key| [key, u64::MIN]), upper.map(|key| [key, u64::MAX]));
    if let (Bound::Included(lower), Bound::Included(upper)) = (lower, upper)
        && lower > upper
    {
        return Some(Value::Null);
    }
    let mut entries = table.index_entries(index, &lower, &upper);
    let is_max = *kind == AggregateKind::Max;
    let mut next = || if is_max { entries.next_back() } else { entries.next() };
    let (mut best, mut at): (Value, Option<OrderKey>) = (Value::Null, None);
    while let Some((key, slot)) = next() {
        if at.is_some_and(|at| at[0] != key[0]) {
            break;
        }
        if test.is_some_and(|test| !test.holds(view, Some(slot))) {
            continue;
        }
        let value = measure.value(view, Some(slot));
        let is_better = at.is_none() || (order(&value, &best).is_gt() == is_max && order(&value, &best).is_ne());
        if is_better {
            (best, at) = (value, Some(key));
        }
        // Rows that share an exact key have the same value.
        if descriptor.indexes[index].exact > 0 {
            break;
        }
    }
    Some(best)
}
