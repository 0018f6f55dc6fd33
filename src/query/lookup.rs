//! Conditions, aggregates and orders by name, as data; and how their lookups compare values.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::aggregate::{AggregateKind, order};
use super::found::Nulls;
use crate::error::Error;
use crate::value::Value;

/// How a condition by name compares (Django's lookups).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lookup {
    /// Equal; with null: whether there is no value.
    Exact,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// One of a list.
    In,
    /// Between the two values of a list, both included.
    Range,
    /// Whether there is no value: of a bool.
    IsNull,
    /// A text that contains another.
    Contains,
    /// A text that starts with another.
    StartsWith,
    /// A text that ends with another.
    EndsWith,
}

/// What a condition by name compares with.
#[derive(Clone, Debug, PartialEq)]
pub enum NamedOperand {
    /// A value.
    Value(Value),
    /// Values, for `In` and `Range`.
    List(Vec<Value>),
    /// The value of another path of the same row (Django's `F`).
    Path(String),
}

/// How deep conditions nest at most: they are walked by recursion.
pub(super) const MOST_DEPTH: usize = 128;

/// A condition by name, nested 128 deep at most where a query takes it.
///
/// A path is names joined by dots: fields, reverse names, many-to-many names, and at its end perhaps `id` for the row.
#[derive(Clone, Debug, PartialEq)]
pub enum NamedCondition {
    /// All of them.
    And(Vec<Self>),
    /// At least one of them.
    Or(Vec<Self>),
    /// Plain negation.
    Not(Box<Self>),
    /// A comparison.
    Compare {
        /// What is compared: a path, or the name of an annotation.
        path: String,
        /// How.
        lookup: Lookup,
        /// With what.
        operand: NamedOperand,
    },
}

/// One after the other: whoever builds a condition of what others send may nest it deeper than a stack goes.
impl Drop for NamedCondition {
    fn drop(&mut self) {
        let mut left = Vec::new();
        take_parts(self, &mut left);
        while let Some(mut condition) = left.pop() {
            take_parts(&mut condition, &mut left);
        }
    }
}

/// Leaves a condition without its parts, as far as they have parts themselves.
fn take_parts(condition: &mut NamedCondition, left: &mut Vec<NamedCondition>) {
    match condition {
        NamedCondition::And(parts) | NamedCondition::Or(parts) => left.append(parts),
        NamedCondition::Not(inner) => left.push(core::mem::replace(&mut **inner, NamedCondition::And(Vec::new()))),
        NamedCondition::Compare { .. } => {}
    }
}

/// An aggregate by name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedAggregate {
    /// What is computed.
    pub kind: AggregateKind,
    /// Over which values.
    pub path: String,
    /// Whether each different value counts once.
    pub is_distinct: bool,
    /// Which bindings count.
    pub filter: Option<NamedCondition>,
}

/// A key of an order by name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedOrder {
    /// A path, a path of the group, or the name of an annotation.
    pub path: String,
    /// The greatest first.
    pub is_descending: bool,
    /// Where nulls stand; by default before all in ascending order, and after all in descending.
    pub nulls: Option<Nulls>,
}

pub(super) fn wrong(what: &str) -> Error {
    Error::WrongQuery { what: what.into() }
}

/// The orders that a lookup accepts, as data.
pub(super) fn orders(lookup: Lookup) -> Result<fn(Ordering) -> bool, Error> {
    Ok(match lookup {
        Lookup::Exact => Ordering::is_eq,
        Lookup::Lt => Ordering::is_lt,
        Lookup::Lte => Ordering::is_le,
        Lookup::Gt => Ordering::is_gt,
        Lookup::Gte => Ordering::is_ge,
        _ => return Err(wrong("two paths are compared by their order: exact, lt, lte, gt, gte")),
    })
}

/// Whether a lookup of an annotation answers yes or no for null too, so that its negation does: SQL's other comparisons
/// with null are neither true nor false.
pub(super) fn knows_null(lookup: Lookup, operand: &NamedOperand) -> bool {
    match (lookup, operand) {
        (Lookup::IsNull, _) | (Lookup::Exact, NamedOperand::Value(Value::Null)) => true,
        (Lookup::In, NamedOperand::List(list)) => list.iter().all(|value| *value == Value::Null),
        _ => false,
    }
}

/// Whether a value satisfies a comparison.
pub(super) type Holds = Box<dyn Fn(&Value) -> bool>;

/// Whether a value satisfies a lookup. Null satisfies none but `IsNull` and `Exact` with null; values of different kinds
/// are not equal, and in no order.
pub(super) fn comparison(lookup: Lookup, operand: &NamedOperand) -> Result<Holds, Error> {
    let kind = |value: &Value| match value {
        Value::Float(_) => Value::Int(0).kind(),
        other => other.kind(),
    };
    let compared =
        move |one: &Value, other: &Value| (*one != Value::Null && kind(one) == kind(other)).then(|| order(one, other));
    Ok(match (lookup, operand) {
        (Lookup::Exact, NamedOperand::Value(Value::Null)) => Box::new(|found| *found == Value::Null),
        (Lookup::IsNull, NamedOperand::Value(Value::Bool(is_null))) => {
            let is_null = *is_null;
            Box::new(move |found| (*found == Value::Null) == is_null)
        }
        (Lookup::Contains | Lookup::StartsWith | Lookup::EndsWith, NamedOperand::Value(Value::Text(part))) => {
            let part = part.clone();
            Box::new(move |found| {
                let Value::Text(text) = found else { return false };
                match lookup {
                    Lookup::Contains => text.contains(&part),
                    Lookup::StartsWith => text.starts_with(&part),
                    _ => text.ends_with(&part),
                }
            })
        }
        (Lookup::In, NamedOperand::List(list)) => {
            let list = list.clone();
            Box::new(move |found| list.iter().any(|one| compared(found, one) == Some(Ordering::Equal)))
        }
        (Lookup::Range, NamedOperand::List(list)) => {
            let [least, most] = list.as_slice() else {
                return Err(wrong("a range has two values"));
            };
            let (least, most) = (least.clone(), most.clone());
            Box::new(move |found| {
                compared(found, &least).is_some_and(Ordering::is_ge)
                    && compared(found, &most).is_some_and(Ordering::is_le)
            })
        }
        (_, NamedOperand::Value(value)) => {
            let (accepts, value) =
                (orders(lookup).map_err(|_| wrong("the lookup takes another operand"))?, value.clone());
            Box::new(move |found| compared(found, &value).is_some_and(accepts))
        }
        _ => {
            return Err(wrong("the lookup takes another operand: a list for `In` and `Range`, a value for the others"));
        }
    })
}
