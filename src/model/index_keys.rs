//! How indexes key looked up values: typed ones by a field's constant, others by name.
//!
//! What a value is hashed or ordered by here must be what its row is hashed or ordered by. [`KeysProbe`] finds out at
//! compile time what a field's type can do, so that a type that cannot be indexed is told once, by the row's glue.

use core::hash::{BuildHasher, Hash};
use core::marker::PhantomData;

use foldhash::fast::RandomState;

use super::{Convert, OrderedValue};
use crate::value::{Misfit, Value};

/// What hashes the values of an index.
pub type IndexHasher = <RandomState as BuildHasher>::Hasher;
/// Hashes a value as its row is hashed.
pub type HashKey<V> = fn(&V, &mut IndexHasher);
/// Answers a value's key in an ordered index.
pub type OrderedKey<V> = fn(&V) -> u64;

/// How indexes key the values of a field; nothing for a field without one.
pub struct Keys<V> {
    /// For a unique rule or a hash index that the field is part of.
    pub(crate) hash: Option<HashKey<V>>,
    /// For an ordered index that the field is part of.
    pub(crate) order: Option<OrderedKey<V>>,
}

impl<V> Keys<V> {
    /// Of a field without an index.
    pub const NONE: Self = Self { hash: None, order: None };

    /// Of a field with these.
    pub const fn new(hash: Option<HashKey<V>>, order: Option<OrderedKey<V>>) -> Self {
        Self { hash, order }
    }
}
impl<V> Clone for Keys<V> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<V> Copy for Keys<V> {}

/// Finds out how values of type `V` can be keyed: the inherent constants win where `V` can be.
pub struct KeysProbe<V>(PhantomData<V>);

impl<V: Hash> KeysProbe<V> {
    /// The type's own hash.
    pub const HASH: Option<HashKey<V>> = Some(Hash::hash);
}
impl<V: OrderedValue> KeysProbe<V> {
    /// The type's own order.
    pub const ORDER: Option<OrderedKey<V>> = Some(V::order_key);
}

/// A type whose values cannot be keyed.
pub trait Keyless<V> {
    /// None.
    const HASH: Option<HashKey<V>> = None;
    /// None.
    const ORDER: Option<OrderedKey<V>> = None;
}
impl<V> Keyless<V> for KeysProbe<V> {}

/// Hashes a value given by name, if there is any; answers whether there is.
///
/// # Errors
///
/// [`Misfit`] if the field cannot have the value.
pub fn hash_by_name<V>(
    value: Value,
    convert: &Convert<V>,
    hash: Option<HashKey<V>>,
    state: &mut IndexHasher,
) -> Result<bool, Misfit> {
    if value == Value::Null {
        return Ok(false);
    }
    let value = (convert.write)(value)?;
    if let Some(hash) = hash {
        hash(&value, state);
    }
    Ok(true)
}

/// The key in an ordered index of a value given by name; `None` for null.
///
/// # Errors
///
/// [`Misfit`] if the field cannot have the value.
pub fn order_by_name<V>(
    value: Value,
    convert: &Convert<V>,
    order: Option<OrderedKey<V>>,
) -> Result<Option<u64>, Misfit> {
    if value == Value::Null {
        return Ok(None);
    }
    let value = (convert.write)(value)?;
    Ok(order.map(|order| order(&value)))
}
