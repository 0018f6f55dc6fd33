//! What a model is: its description as data, and the glue that the derive writes.
//!
//! [`Model`] is the only trait whose methods the derive fills; they hold no rules. Absent here: schemas, tables, stores.

mod constant;
mod convert;
mod digest;
mod index;
mod index_keys;
mod key;
mod together;

pub use constant::{
    Field, FieldReads, ForeignKey, Indexed, Key, ManyToMany, OneToOne, Reverse, Settable, Through, Unique,
};
pub(crate) use convert::misfit_error;
pub use convert::{Answer, Convert, Input, Opaque, Probe, UniqueValue};
pub(crate) use digest::same_value;
pub use digest::{
    CompareField, EqProbe, HashField, HashProbe, Incomparable, StableHasher, Unhashed, digest_field, digest_key,
    same_field,
};
pub use index::{HashedValue, IndexDescriptor, IndexKind, OrderKey, OrderedValue, exact_fields};
pub use index_keys::{HashKey, IndexHasher, Keyless, Keys, KeysProbe, OrderedKey, hash_by_name, order_by_name};
pub use key::{KeyField, RawKey};
pub use together::{IndexKey, IndexedTogether, LookedUp, Together, UniqueKey, UniqueTogether};

use core::fmt;

use crate::error::Error;
use crate::id::RawId;
use crate::value::{Misfit, Value, ValueType};

/// What happens to a referring row when the row it refers to is deleted (Django's `on_delete`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnDelete {
    /// The referring row is deleted too.
    Cascade,
    /// The delete is refused, even if the referring row would be deleted by it as well.
    Protect,
    /// The delete is refused, unless the referring row is deleted by it as well.
    Restrict,
    /// The key becomes null.
    SetNull,
    /// The key becomes the row that the program named with `set_substitute` (the field's default).
    SetDefault,
    /// The key becomes the row that the program named with `set_substitute` (Django's `SET(sentinel)`).
    SetWith,
    /// Nothing; the reference must be mended before the outermost transaction ends.
    DoNothing,
}

impl OnDelete {
    /// The action as the attribute spells it: `set_null`, say. O(1).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cascade => "cascade",
            Self::Protect => "protect",
            Self::Restrict => "restrict",
            Self::SetNull => "set_null",
            Self::SetDefault => "set_default",
            Self::SetWith => "set_with",
            Self::DoNothing => "do_nothing",
        }
    }
}

impl fmt::Display for OnDelete {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// How many rows may point at one target through a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cardinality {
    /// Any number: a foreign key.
    ManyToOne,
    /// At most one: a one-to-one key.
    OneToOne,
}

/// A model as data: a `static` that the derive writes.
#[derive(Debug)]
pub struct ModelDescriptor {
    /// The model's name, unique in its schema.
    pub name: &'static str,
    /// All fields in the order of the struct.
    pub fields: &'static [FieldDescriptor],
    /// Unique rules that are not one-to-one keys.
    pub uniques: &'static [UniqueDescriptor],
    /// Indexes of plain fields, beside the unique rules, which are indexes too.
    pub indexes: &'static [IndexDescriptor],
    /// Names of the checks.
    pub checks: &'static [&'static str],
    /// Many-to-many relations declared on this model.
    pub links: &'static [LinkDescriptor],
}

/// A field as data.
#[derive(Debug)]
pub struct FieldDescriptor {
    /// The field's name.
    pub name: &'static str,
    /// Whether null is allowed.
    pub nullable: bool,
    /// Plain value or key.
    pub kind: FieldKind,
}

/// What a field is.
#[derive(Debug)]
pub enum FieldKind {
    /// A plain value.
    Value(ValueType),
    /// A foreign key or one-to-one key.
    Key(KeyDescriptor),
}

/// A key field as data.
#[derive(Debug)]
pub struct KeyDescriptor {
    /// Foreign key or one-to-one.
    pub cardinality: Cardinality,
    /// What happens when the target is deleted.
    pub on_delete: OnDelete,
    /// Name of the other end, in lower case (Django's `related_name`).
    pub reverse: Option<&'static str>,
}

/// A unique rule as data (Django's `unique`, `unique_together`, `UniqueConstraint`).
#[derive(Debug)]
pub struct UniqueDescriptor {
    /// Name of the constraint.
    pub name: &'static str,
    /// Places of its fields among the model's.
    pub fields: &'static [u16],
    /// Whether only rows for which a condition holds take part.
    pub conditional: bool,
}

/// A many-to-many relation as data.
#[derive(Debug)]
pub struct LinkDescriptor {
    /// Name of the relation, in lower case.
    pub name: &'static str,
    /// Name of the other end, in lower case.
    pub reverse: Option<&'static str>,
    /// How the links are kept.
    pub kind: LinkKind,
}

/// How the links of a many-to-many relation are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// By the store itself.
    Direct,
    /// By the store itself, a pair always in both directions (a relation of a model with itself).
    Symmetrical,
    /// As rows of a through model; field names where they are given, else its only keys to the two models.
    Through {
        /// Field of the through model that points at the declaring model.
        source: Option<&'static str>,
        /// Field of the through model that points at the target.
        target: Option<&'static str>,
    },
}

/// A struct whose values are rows. Derive it.
///
/// # Examples
///
/// ```
/// use relarena::prelude::*;
///
/// #[derive(Model, Clone)]
/// struct Author {
///     name: String,
/// }
/// assert_eq!(Author::DESCRIPTOR.name, "Author");
/// assert_eq!(Author::DESCRIPTOR.fields[0].name, "name");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "add `#[derive(Model, Clone)]` to the struct `{Self}`"
)]
pub trait Model: RowGlue + Clone {
    /// The model as data.
    const DESCRIPTOR: &'static ModelDescriptor;
    /// How many key fields there are.
    const KEYS: usize;
}

/// The part of a model that the store calls: glue without rules, written by the derive. A trait of its own, so that its
/// methods are never in the way of a program's; and tables without their model reach their rows through it.
pub trait RowGlue: 'static {
    /// The key of an ordinal.
    fn key(&self, ordinal: usize) -> Option<RawId>;
    /// Overwrites the key of an ordinal.
    fn set_key(&mut self, ordinal: usize, target: Option<RawId>);
    /// Hashes the fields of a unique rule; answers whether the row takes part in it.
    fn hash_unique(&self, constraint: usize, state: &mut IndexHasher) -> bool;
    /// Whether the fields of a unique rule are equal.
    fn same_unique(&self, constraint: usize, other: &Self) -> bool
    where
        Self: Sized;
    /// Hashes the fields of a hash index; answers whether the row is in it.
    fn hash_index(&self, index: usize, state: &mut IndexHasher) -> bool;
    /// The key of an ordered index; `None` if the row is not in it.
    fn order_key(&self, index: usize) -> Option<OrderKey>;
    /// Hashes a value given by name as a unique rule or hash index hashes the field; answers whether there is any.
    ///
    /// # Errors
    ///
    /// [`Misfit`].
    fn hash_named(field: usize, value: Value, state: &mut IndexHasher) -> Result<bool, Misfit>
    where
        Self: Sized;
    /// The key of a value given by name in an ordered index; `None` for null.
    ///
    /// # Errors
    ///
    /// [`Misfit`].
    fn order_named(field: usize, value: Value) -> Result<Option<u64>, Misfit>
    where
        Self: Sized;
    /// Whether a check is not false.
    fn passes(&self, check: usize) -> bool;
    /// Reads a plain field.
    fn read(&self, field: usize) -> Value;
    /// Writes a plain field.
    ///
    /// # Errors
    ///
    /// [`Misfit`].
    fn write(&mut self, field: usize, value: Value) -> Result<(), Misfit>;
    /// Adds all fields to a digest.
    fn digest(&self, state: &mut StableHasher);
    /// Whether all fields are the same.
    fn same(&self, other: &Self) -> bool
    where
        Self: Sized;
    /// Builds a row by name.
    ///
    /// # Errors
    ///
    /// [`Error::Null`], [`Error::WrongType`].
    fn build(input: &mut Input) -> Result<Self, Error>
    where
        Self: Sized;
}

impl ModelDescriptor {
    /// Whether a check or unique rule may depend on a key, so that writing one must be checked. O(fields of the rules).
    pub(crate) const fn is_guarded(&self) -> bool {
        let mut rule = 0;
        while rule < self.uniques.len() {
            let UniqueDescriptor { fields, conditional, .. } = self.uniques[rule];
            if conditional {
                return true;
            }
            let mut field = 0;
            while field < fields.len() {
                if matches!(self.fields[fields[field] as usize].kind, FieldKind::Key(_)) {
                    return true;
                }
                field += 1;
            }
            rule += 1;
        }
        !self.checks.is_empty()
    }

    /// Whether the model has one key, and that is a foreign key. O(fields).
    pub(crate) const fn has_one_foreign_key(&self) -> bool {
        self.key_count(Cardinality::ManyToOne) == 1 && !self.has_one_to_one_key()
    }

    /// Whether one of the model's keys is a one-to-one key. O(fields).
    pub(crate) const fn has_one_to_one_key(&self) -> bool {
        self.key_count(Cardinality::OneToOne) > 0
    }

    const fn key_count(&self, cardinality: Cardinality) -> usize {
        let (mut field, mut keys) = (0, 0);
        while field < self.fields.len() {
            if let FieldKind::Key(key) = &self.fields[field].kind {
                keys += (key.cardinality as usize == cardinality as usize) as usize;
            }
            field += 1;
        }
        keys
    }

    /// Whether a row is put and taken without looking at anything but its keys. O(1).
    pub(crate) const fn is_plain(&self) -> bool {
        self.checks.is_empty() && self.uniques.is_empty() && self.indexes.is_empty()
    }

    /// The key fields in order, with their places among all fields. O(fields).
    pub fn keys(&self) -> impl Iterator<Item = (usize, &FieldDescriptor, &KeyDescriptor)> {
        self.fields.iter().enumerate().filter_map(|(place, field)| match &field.kind {
            FieldKind::Key(key) => Some((place, field, key)),
            FieldKind::Value(_) => None,
        })
    }

    /// Names of a unique rule's fields. O(fields of the rule).
    pub(crate) fn unique_fields(&self, constraint: usize) -> alloc::vec::Vec<&'static str> {
        self.uniques[constraint].fields.iter().map(|&field| self.fields[field as usize].name).collect()
    }
}
