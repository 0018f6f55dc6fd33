//! Digests of rows: a hash that is the same in every process and on every platform; and whether two rows are the same.

use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

use siphasher::sip::SipHasher13;

use super::Convert;
use crate::id::RawId;
use crate::value::{Value, ValueType};

/// SipHash-1-3 without a key (J.-P. Aumasson, D. Bernstein, "SipHash: a fast short-input PRF", 2012), over integers of
/// fixed widths in little-endian order. Slices of integers are hashed as they lie in memory, so that a field such as
/// `Vec<u32>` gives another digest on a big-endian platform.
#[derive(Clone, Default)]
pub struct StableHasher(SipHasher13);

impl Hasher for StableHasher {
    fn finish(&self) -> u64 {
        self.0.finish()
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }
    fn write_u8(&mut self, number: u8) {
        self.0.write(&[number]);
    }
    fn write_u16(&mut self, number: u16) {
        self.0.write(&number.to_le_bytes());
    }
    fn write_u32(&mut self, number: u32) {
        self.0.write(&number.to_le_bytes());
    }
    fn write_u64(&mut self, number: u64) {
        self.0.write(&number.to_le_bytes());
    }
    fn write_u128(&mut self, number: u128) {
        self.0.write(&number.to_le_bytes());
    }
    fn write_usize(&mut self, number: usize) {
        self.0.write(&(number as u64).to_le_bytes());
    }
    fn write_i8(&mut self, number: i8) {
        self.0.write(&number.to_le_bytes());
    }
    fn write_i16(&mut self, number: i16) {
        self.0.write(&number.to_le_bytes());
    }
    fn write_i32(&mut self, number: i32) {
        self.0.write(&number.to_le_bytes());
    }
    fn write_i64(&mut self, number: i64) {
        self.0.write(&number.to_le_bytes());
    }
    fn write_i128(&mut self, number: i128) {
        self.0.write(&number.to_le_bytes());
    }
    fn write_isize(&mut self, number: isize) {
        self.0.write(&(number as i64).to_le_bytes());
    }
}

/// How a field is hashed for a digest.
pub type HashField<T> = fn(&T, &mut StableHasher);

/// Finds out whether `T` implements [`Hash`]: the inherent constant wins where it does.
pub struct HashProbe<T>(PhantomData<T>);

impl<T: Hash> HashProbe<T> {
    /// The type's own hash.
    pub const HASH: Option<HashField<T>> = Some(Hash::hash);
}

/// A type without [`Hash`].
pub trait Unhashed<T> {
    /// None.
    const HASH: Option<HashField<T>> = None;
}
impl<T> Unhashed<T> for HashProbe<T> {}

/// Adds a field to a digest: by its `Hash`, else by its value as the by-name face reads it (floats by their bits); a field
/// with neither is left out.
pub fn digest_field<T>(field: &T, hash: Option<HashField<T>>, read: fn(&T) -> Value, state: &mut StableHasher) {
    match (hash, hash.is_none().then(|| read(field))) {
        (Some(hash), _) => hash(field, state),
        (None, Some(Value::Float(number))) => state.write_u64(number.to_bits()),
        (None, Some(Value::Int(number))) => state.write_i128(number),
        (None, Some(Value::Bool(truth))) => state.write_u8(truth.into()),
        (None, Some(Value::Text(text))) => text.hash(state),
        (None, Some(Value::Null | Value::Key(_)) | None) => state.write_u8(0),
    }
}

/// Adds a key field to a digest, as its `Hash` would: of one that may be null, whether it is.
pub fn digest_key(key: Option<RawId>, may_be_null: bool, state: &mut StableHasher) {
    match key {
        Some(key) if !may_be_null => key.hash(state),
        key => key.hash(state),
    }
}

/// How two values of a field are compared.
pub type CompareField<T> = fn(&T, &T) -> bool;

/// Finds out whether `T` implements [`PartialEq`]: the inherent constant wins where it does.
pub struct EqProbe<T>(PhantomData<T>);

impl<T: PartialEq> EqProbe<T> {
    /// The type's own comparison.
    pub const SAME: Option<CompareField<T>> = Some(PartialEq::eq);
}

/// A type without [`PartialEq`].
pub trait Incomparable<T> {
    /// None.
    const SAME: Option<CompareField<T>> = None;
}
impl<T> Incomparable<T> for EqProbe<T> {}

/// Whether two values of a field are the same: floats by their bits, else by `PartialEq`, else as the by-name face reads
/// them; values with neither never are, since nobody can tell.
pub fn same_field<T>(one: &T, other: &T, same: Option<CompareField<T>>, convert: &Convert<T>) -> bool {
    match (convert.value_type, same) {
        (ValueType::Float, _) => same_value(&(convert.read)(one), &(convert.read)(other)),
        (_, Some(same)) => same(one, other),
        (ValueType::Opaque, None) => false,
        (_, None) => (convert.read)(one) == (convert.read)(other),
    }
}

/// Whether two values are the same, floats by their bits: a change feed must tell `0.0` from `-0.0`, and `NaN` from nothing.
pub(crate) fn same_value(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Float(one), Value::Float(other)) => one.to_bits() == other.to_bits(),
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_a_text_never_changes() {
        let mut state = StableHasher::default();
        ("Solaris", 7_usize, Some(-3_i32)).hash(&mut state);
        assert_eq!(state.finish(), 12_171_322_027_284_045_097);
    }
}
