//! How the by-name face builds rows and reads fields, whatever their types.
//!
//! [`Probe`] finds out at compile time whether a field's type implements [`FieldValue`]: the inherent constant wins where
//! it does, the trait's constant serves where it does not.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

use super::{FieldKind, ModelDescriptor, RawKey};
use crate::error::{Error, WrongType};
use crate::id::RawId;
use crate::value::{FieldValue, Misfit, Value, ValueType};

/// Functions to and from [`Value`] for one field type.
pub struct Convert<T> {
    /// Kind of value.
    pub value_type: ValueType,
    /// Whether null fits.
    pub nullable: bool,
    /// Reads the field.
    pub read: fn(&T) -> Value,
    /// Makes the field.
    pub write: fn(Value) -> Result<T, Misfit>,
    /// The value of a field left out.
    pub absent: fn() -> Option<T>,
}

/// Finds the conversions of `T`.
pub struct Probe<T>(PhantomData<T>);

impl<T: FieldValue> Probe<T> {
    /// Conversions of a type that implements [`FieldValue`].
    pub const CONVERT: Convert<T> = Convert {
        value_type: T::TYPE,
        nullable: T::NULLABLE,
        read: T::to_value,
        write: T::from_value,
        absent: T::absent,
    };
}

/// The conversions of a type without [`FieldValue`]: it can neither be read nor set by name.
pub trait Opaque<T> {
    /// Conversions that read null and take nothing.
    const CONVERT: Convert<T> = Convert {
        value_type: ValueType::Opaque,
        nullable: false,
        read: |_| Value::Null,
        write: |value| {
            Err(Misfit::Type { expected: "nothing by name (its type does not implement `FieldValue`)", found: value })
        },
        absent: || None,
    };
}
impl<T> Opaque<T> for Probe<T> {}

/// What a check or the condition of a unique rule may answer: a truth value, or none for unknown.
#[diagnostic::on_unimplemented(
    message = "a check answers `bool` or `Option<bool>`, not `{Self}`",
    label = "not a condition",
    note = "so does the `where` of `unique_together`; `None` stands for unknown"
)]
pub trait Answer {
    /// The answer; `None` for unknown.
    fn known(self) -> Option<bool>;
}
#[diagnostic::do_not_recommend]
impl Answer for bool {
    fn known(self) -> Option<bool> {
        Some(self)
    }
}
#[diagnostic::do_not_recommend]
impl Answer for Option<bool> {
    fn known(self) -> Option<bool> {
        self
    }
}

/// A type whose values can be told apart by a unique rule of model `M`, which is there to be named in the message.
#[diagnostic::on_unimplemented(
    message = "`{M}`: a field of type `{Self}` cannot be unique",
    label = "implements not both `Eq` and `Hash`",
    note = "derive `PartialEq, Eq, Hash` for `{Self}`; for a float keep a whole number (cents, ticks) or its bits"
)]
pub trait UniqueValue<M> {
    /// Hashes the value.
    fn hash<H: Hasher>(&self, state: &mut H);
    /// Whether two values collide.
    fn same(&self, other: &Self) -> bool;
}
#[diagnostic::do_not_recommend]
impl<M, T: Eq + Hash> UniqueValue<M> for T {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        Hash::hash(self, state);
    }
    #[inline]
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// Whether a key was given, and what it names.
#[derive(Clone, Copy)]
enum GivenKey {
    Absent,
    Given(Option<RawId>),
}

/// The values from which a row is built by name, checked and resolved by the inspector.
pub struct Input {
    descriptor: &'static ModelDescriptor,
    values: Vec<Option<Value>>,
    keys: Vec<GivenKey>,
}

impl Input {
    pub(crate) fn new(descriptor: &'static ModelDescriptor) -> Self {
        Self {
            descriptor,
            values: alloc::vec![None; descriptor.fields.len()],
            keys: alloc::vec![GivenKey::Absent; descriptor.fields.len()],
        }
    }

    /// Forgets what was given, to serve for another row.
    pub(crate) fn clear(&mut self) {
        self.values.fill(None);
        self.keys.fill(GivenKey::Absent);
    }

    pub(crate) fn give(&mut self, field: usize, value: Value) {
        self.values[field] = Some(value);
    }

    pub(crate) fn give_key(&mut self, field: usize, key: Option<RawId>) {
        self.keys[field] = GivenKey::Given(key);
    }

    /// Whether the key field was given (null counts as given).
    pub(crate) fn has_key(&self, field: usize) -> bool {
        matches!(self.keys[field], GivenKey::Given(_))
    }

    /// Takes a plain field.
    ///
    /// # Errors
    ///
    /// [`Error::Null`] if it is required and null or left out without a default; [`Error::WrongType`].
    pub fn field<T>(&mut self, field: usize, convert: &Convert<T>, default: Option<fn() -> T>) -> Result<T, Error> {
        match self.values[field].take() {
            Some(value) => (convert.write)(value).map_err(|misfit| misfit_error(self.descriptor, field, misfit)),
            None => match default {
                Some(default) => Ok(default()),
                None => (convert.absent)().ok_or_else(|| misfit_error(self.descriptor, field, Misfit::Null)),
            },
        }
    }

    /// Takes a key field.
    ///
    /// # Errors
    ///
    /// [`Error::Null`] if it is required and null or left out.
    pub fn key<K: RawKey>(&mut self, field: usize) -> Result<K, Error> {
        let key = match self.keys[field] {
            GivenKey::Given(key) => key,
            GivenKey::Absent => None,
        };
        match K::from_raw(key) {
            Some(key) => Ok(key),
            None => Err(misfit_error(self.descriptor, field, Misfit::Null)),
        }
    }
}

/// A misfit with its place.
pub(crate) fn misfit_error(descriptor: &'static ModelDescriptor, field: usize, misfit: Misfit) -> Error {
    let (model, field) = (descriptor.name, &descriptor.fields[field]);
    debug_assert!(!matches!(field.kind, FieldKind::Key(_)) || misfit == Misfit::Null, "keys are resolved before");
    match misfit {
        Misfit::Null => Error::Null { model, field: field.name },
        Misfit::Type { expected, found } => {
            Error::WrongType(Box::new(WrongType { model, field: field.name, expected, found }))
        }
    }
}
