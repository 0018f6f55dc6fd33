//! The named constants of fields and relations: `Book::TITLE`, `Book::AUTHOR`, `Author::BOOKS`, `Student::COURSES`.
//!
//! Each is a few words and `Copy`. The cardinality is in the type, so that following a relation answers a row, an
//! optional row or an iterator.

use core::marker::PhantomData;
use core::ops::Bound;

use super::{Cardinality, KeyField, Keys, Model};
use crate::arena::block::{LANES, Lanes};
use crate::arena::rows::Rows;
use crate::id::RawId;

/// Reads a field of a block's rows, none for null.
pub(crate) type Gather<M, V> = for<'a> fn(&'a Rows<M>, Lanes<'_>, u64, &mut [Option<&'a V>; LANES]);

/// Leaves in the sets of some blocks the rows that have a value of a field within bounds.
pub(crate) type RetainWithin<M, V> = fn(&Rows<M>, Lanes<'_>, &mut [u64], (Bound<&V>, Bound<&V>));

/// What queries know of a field of model `M` with values of type `V`: how they are read, and how indexes key them.
///
/// Each field has one, which never changes: paths, conditions and orders are a pointer to it.
pub struct FieldReads<M, V> {
    pub(crate) index: u16,
    /// The value of a row, none for null.
    pub(crate) value: fn(&M) -> Option<&V>,
    /// The values of a block of rows.
    pub(crate) gather: Gather<M, V>,
    /// If they are numbers.
    pub(crate) retain_within: Option<RetainWithin<M, V>>,
    pub(crate) keys: Keys<V>,
}

impl<M, V> FieldReads<M, V> {
    #[doc(hidden)]
    pub const fn new(
        index: u16,
        value: fn(&M) -> Option<&V>,
        gather: Gather<M, V>,
        retain_within: Option<RetainWithin<M, V>>,
        keys: Keys<V>,
    ) -> Self {
        Self { index, value, gather, retain_within, keys }
    }
}

/// A plain field of model `M` of type `T`; its values are of type `V`, which is `T` without its `Option`.
pub struct Field<M: 'static, T, V: 'static = T> {
    pub(crate) get: fn(&M) -> &T,
    pub(crate) get_mut: fn(&mut M) -> &mut T,
    pub(crate) reads: &'static FieldReads<M, V>,
}

/// A field with `#[unique]`: its rows are found by a value of type `V`, which is `T` without its `Option`.
pub struct Unique<M: 'static, T, V: 'static> {
    pub(crate) field: Field<M, T, V>,
    /// Place among the model's unique rules.
    pub(crate) constraint: u16,
}

/// A field with `#[index]`: its rows are found by a value of type `V`, which is `T` without its `Option`.
pub struct Indexed<M: 'static, T, V: 'static> {
    pub(crate) field: Field<M, T, V>,
    /// Place among the model's indexes.
    pub(crate) index: u16,
}

/// Where a key field lies in its row.
pub(crate) struct KeyAccess<M, K> {
    index: u16,
    pub(crate) get: fn(&M) -> &K,
    pub(crate) get_mut: fn(&mut M) -> &mut K,
}

/// A foreign key: many rows of `M` point at one row through a field of type `K`.
pub struct ForeignKey<M, K> {
    pub(crate) field: KeyAccess<M, K>,
    pub(crate) ordinal: u16,
}

/// A one-to-one key: at most one row of `M` points at a row through a field of type `K`.
pub struct OneToOne<M, K> {
    pub(crate) field: KeyAccess<M, K>,
    pub(crate) ordinal: u16,
}

/// A many-to-many relation of `M` with `T` whose links the store keeps itself.
pub struct ManyToMany<M, T> {
    pub(crate) ordinal: u16,
    models: PhantomData<fn(M) -> T>,
}

/// A many-to-many relation of `M` with `T` whose links are rows of the model `L`.
pub struct Through<M, T, L> {
    pub(crate) ordinal: u16,
    models: PhantomData<fn(M, L) -> T>,
}

/// The other end of a relation.
#[derive(Clone, Copy)]
pub struct Reverse<R>(pub(crate) R);

impl<M, T, V> Field<M, T, V> {
    #[doc(hidden)]
    pub const fn new(get: fn(&M) -> &T, get_mut: fn(&mut M) -> &mut T, reads: &'static FieldReads<M, V>) -> Self {
        Self { get, get_mut, reads }
    }
}

impl<M: Model, T, V> Field<M, T, V> {
    /// The field of a row. O(1).
    ///
    /// ```
    /// use relarena::prelude::*;
    ///
    /// #[derive(Model, Clone)]
    /// struct Author { name: String }
    /// assert_eq!(Author::NAME.of(&Author { name: "Lem".into() }), "Lem");
    /// ```
    pub fn of(self, row: &M) -> &T {
        (self.get)(row)
    }

    /// The field's name. O(1).
    pub fn name(self) -> &'static str {
        M::DESCRIPTOR.fields[self.reads.index as usize].name
    }
}

impl<M, T, V> Unique<M, T, V> {
    #[doc(hidden)]
    pub const fn new(field: Field<M, T, V>, constraint: u16) -> Self {
        Self { field, constraint }
    }

    /// The same field as one without a rule. O(1).
    pub const fn field(self) -> Field<M, T, V> {
        self.field
    }
}

impl<M, T, V> Indexed<M, T, V> {
    #[doc(hidden)]
    pub const fn new(field: Field<M, T, V>, index: u16) -> Self {
        Self { field, index }
    }

    /// The same field as one without an index. O(1).
    pub const fn field(self) -> Field<M, T, V> {
        self.field
    }
}

macro_rules! key_constants {
    ($($constant:ident: $cardinality:ident),*) => {$(
        impl<M, K> $constant<M, K> {
            #[doc(hidden)]
            pub const fn new(index: u16, ordinal: u16, get: fn(&M) -> &K, get_mut: fn(&mut M) -> &mut K) -> Self {
                Self { field: KeyAccess { index, get, get_mut }, ordinal }
            }

            /// The relation's other end, for where no constant names it (a target in another crate, say). O(1).
            pub const fn reverse(self) -> Reverse<Self> {
                Reverse(self)
            }
        }
        impl<M, K> Clone for $constant<M, K> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<M, K> Copy for $constant<M, K> {}
        #[diagnostic::do_not_recommend]
        impl<M: Model, K: KeyField> Key for $constant<M, K> {
            fn ordinal(self) -> usize {
                self.ordinal as usize
            }
            fn read(self, row: &M) -> K {
                *(self.field.get)(row)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<M: Model, K: KeyField> Settable for $constant<M, K> {
            type Model = M;
            type Value = K;
            const KEY: Option<Cardinality> = Some(Cardinality::$cardinality);
            fn put(self, row: &mut M, value: K) -> K {
                core::mem::replace((self.field.get_mut)(row), value)
            }
            fn index(self) -> usize {
                self.field.index as usize
            }
            fn key_ordinal(self) -> u16 {
                self.ordinal
            }
            fn target(value: &K) -> Option<RawId> {
                value.to_raw()
            }
        }
    )*};
}
key_constants!(ForeignKey: ManyToOne, OneToOne: OneToOne);

impl<M, T> ManyToMany<M, T> {
    #[doc(hidden)]
    pub const fn new(ordinal: u16) -> Self {
        Self { ordinal, models: PhantomData }
    }

    /// The relation's other end. O(1).
    pub const fn reverse(self) -> Reverse<Self> {
        Reverse(self)
    }
}

impl<M, T, L> Through<M, T, L> {
    #[doc(hidden)]
    pub const fn new(ordinal: u16) -> Self {
        Self { ordinal, models: PhantomData }
    }

    /// The relation's other end. O(1).
    pub const fn reverse(self) -> Reverse<Self> {
        Reverse(self)
    }
}

impl<R: Copy> Reverse<R> {
    /// The relation itself: the other end of the other end. O(1).
    pub const fn reverse(self) -> R {
        self.0
    }
}

impl<M, T, V> Clone for Field<M, T, V> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M, T, V> Copy for Field<M, T, V> {}
impl<M, K> Clone for KeyAccess<M, K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M, K> Copy for KeyAccess<M, K> {}
impl<M, T, V> Clone for Unique<M, T, V> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M, T, V> Copy for Unique<M, T, V> {}
impl<M, T, V> Clone for Indexed<M, T, V> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M, T, V> Copy for Indexed<M, T, V> {}
impl<M, T> Clone for ManyToMany<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M, T> Copy for ManyToMany<M, T> {}
impl<M, T, L> Clone for Through<M, T, L> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M, T, L> Copy for Through<M, T, L> {}

/// A constant that `set` can write: a field, a foreign key or a one-to-one key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be set",
    label = "`set` takes a field or a forward key, such as `Book::TITLE` or `Book::AUTHOR`",
    note = "a reverse side changes by setting the key on the row that refers; links change with `link`, `unlink`, `set_links`"
)]
pub trait Settable: Copy {
    /// The model of the field.
    type Model: Model;
    /// The field's type.
    type Value;
    #[doc(hidden)]
    fn put(self, row: &mut Self::Model, value: Self::Value) -> Self::Value;
    #[doc(hidden)]
    fn index(self) -> usize;
    #[doc(hidden)]
    const KEY: Option<Cardinality>;
    /// The ordinal of a key.
    #[doc(hidden)]
    fn key_ordinal(self) -> u16 {
        unreachable!("only keys are asked for their ordinal")
    }
    /// What a key of this value names.
    #[doc(hidden)]
    fn target(_: &Self::Value) -> Option<RawId> {
        None
    }
}

/// A foreign key or one-to-one key, seen from the row that holds it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key",
    label = "takes a forward key, such as `Book::AUTHOR`"
)]
pub trait Key: Settable<Value: KeyField> {
    #[doc(hidden)]
    fn ordinal(self) -> usize;
    #[doc(hidden)]
    fn read(self, row: &Self::Model) -> Self::Value;
}

#[diagnostic::do_not_recommend]
impl<M: Model, T, V> Settable for Field<M, T, V> {
    type Model = M;
    type Value = T;
    const KEY: Option<Cardinality> = None;
    fn put(self, row: &mut M, value: T) -> T {
        core::mem::replace((self.get_mut)(row), value)
    }
    fn index(self) -> usize {
        self.reads.index as usize
    }
}

macro_rules! keyed_fields {
    ($($constant:ident),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model, T, V> Settable for $constant<M, T, V> {
            type Model = M;
            type Value = T;
            const KEY: Option<Cardinality> = None;
            fn put(self, row: &mut M, value: T) -> T {
                self.field.put(row, value)
            }
            fn index(self) -> usize {
                self.field.index()
            }
        }
    )*};
}
keyed_fields!(Unique, Indexed);
