//! Field values without their Rust type, for the by-name face.
//!
//! [`FieldValue`] says how a plain field's type goes to and from a [`Value`]. Types without it are opaque: rows may hold
//! them, but they cannot be read or set by name.

use alloc::string::String;
use core::fmt;

use crate::id::RowKey;

/// A field's value without its Rust type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing: `None` of an optional field.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number of any width, `u128` apart.
    Int(i128),
    /// A floating-point number.
    Float(f64),
    /// A text.
    Text(String),
    /// A reference to a row.
    Key(RowKey),
}

impl Value {
    /// What kind of value this is, as a word for messages.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Int(_) => "an int",
            Self::Float(_) => "a float",
            Self::Text(_) => "a text",
            Self::Key(_) => "a key",
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Int(value) => write!(formatter, "{value}"),
            Self::Float(value) => write!(formatter, "{value}"),
            Self::Text(value) => write!(formatter, "{value:?}"),
            Self::Key(row) => write!(formatter, "{row}"),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Value {
            fn from(value: $integer) -> Self {
                value.to_value()
            }
        }
    )*};
}
from_integers!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, usize);
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}
impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<RowKey> for Value {
    fn from(value: RowKey) -> Self {
        Self::Key(value)
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// What a plain field holds, as the schema data tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueType {
    /// `bool`
    Bool,
    /// An integer of any width.
    Int,
    /// `f32` or `f64`
    Float,
    /// `String` or `char`
    Text,
    /// A type without [`FieldValue`]: held, but neither read nor set by name.
    Opaque,
}

/// Why a [`Value`] does not fit a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Misfit {
    /// The field is required and the value is null.
    Null,
    /// The value is of another kind, or out of the type's range.
    Type {
        /// What the field takes.
        expected: &'static str,
        /// The value that was given.
        found: Value,
    },
}

/// A type of plain field that can be read and set by name.
///
/// Implement it for your own types to see them in inspectors and saves; without it a field is opaque.
pub trait FieldValue: Sized {
    /// The kind that the schema data shows.
    const TYPE: ValueType;
    /// Whether null is a value of this type.
    const NULLABLE: bool = false;
    /// The value that a field left out of an insert by name starts with; `None` if it must be given.
    fn absent() -> Option<Self> {
        None
    }
    /// Reads the field. O(size of the value).
    fn to_value(&self) -> Value;
    /// Makes the field from a value.
    ///
    /// # Errors
    ///
    /// [`Misfit`] if the value is null, of another kind or out of range.
    fn from_value(value: Value) -> Result<Self, Misfit>;
}

impl FieldValue for bool {
    const TYPE: ValueType = ValueType::Bool;
    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }
    fn from_value(value: Value) -> Result<Self, Misfit> {
        match value {
            Value::Bool(value) => Ok(value),
            other => Err(misfit("a bool", other)),
        }
    }
}

impl FieldValue for String {
    const TYPE: ValueType = ValueType::Text;
    fn absent() -> Option<Self> {
        // Django: a text field without a default starts as the empty text (SEMANTICS M9).
        Some(String::new())
    }
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
    fn from_value(value: Value) -> Result<Self, Misfit> {
        match value {
            Value::Text(value) => Ok(value),
            other => Err(misfit("a text", other)),
        }
    }
}

impl FieldValue for char {
    const TYPE: ValueType = ValueType::Text;
    fn to_value(&self) -> Value {
        Value::Text((*self).into())
    }
    fn from_value(value: Value) -> Result<Self, Misfit> {
        let single = match &value {
            Value::Text(text) => {
                let mut characters = text.chars();
                characters.next().filter(|_| characters.next().is_none())
            }
            _ => None,
        };
        single.ok_or_else(|| misfit("a text of one character", value))
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl FieldValue for $integer {
            const TYPE: ValueType = ValueType::Int;
            fn to_value(&self) -> Value {
                Value::Int(i128::try_from(*self).expect("every width listed below fits"))
            }
            fn from_value(value: Value) -> Result<Self, Misfit> {
                match value {
                    Value::Int(number) => <$integer>::try_from(number)
                        .map_err(|_| misfit(concat!("an int in the range of ", stringify!($integer)), value)),
                    other => Err(misfit("an int", other)),
                }
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, usize);

macro_rules! floats {
    ($($float:ty),*) => {$(
        impl FieldValue for $float {
            const TYPE: ValueType = ValueType::Float;
            fn to_value(&self) -> Value {
                Value::Float(f64::from(*self))
            }
            fn from_value(value: Value) -> Result<Self, Misfit> {
                match value {
                    #[expect(clippy::allow_attributes, reason = "only one of the two expansions narrows")]
                    #[allow(clippy::cast_possible_truncation, reason = "an f32 field holds what an f32 can")]
                    Value::Float(number) => Ok(number as $float),
                    other => Err(misfit("a float", other)),
                }
            }
        }
    )*};
}
floats!(f32, f64);

impl<T: FieldValue> FieldValue for Option<T> {
    const TYPE: ValueType = T::TYPE;
    const NULLABLE: bool = true;
    fn absent() -> Option<Self> {
        Some(None)
    }
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }
    fn from_value(value: Value) -> Result<Self, Misfit> {
        match value {
            Value::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

fn misfit(expected: &'static str, found: Value) -> Misfit {
    match found {
        Value::Null => Misfit::Null,
        found => Misfit::Type { expected, found },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_optional_field_takes_null_and_its_own_kind() {
        assert_eq!(Option::<i32>::from_value(Value::Null), Ok(None));
        assert_eq!(Option::<i32>::from_value(Value::Int(4)), Ok(Some(4)));
    }

    #[test]
    fn a_required_field_refuses_null() {
        assert_eq!(i32::from_value(Value::Null), Err(Misfit::Null));
    }

    #[test]
    fn an_int_out_of_range_is_refused_with_the_range() {
        let answer = u8::from_value(Value::Int(300));
        assert_eq!(answer, Err(Misfit::Type { expected: "an int in the range of u8", found: Value::Int(300) }));
    }
}
