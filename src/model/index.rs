//! What a field's type must be able to do for an index on it.

use alloc::borrow::{Cow, ToOwned};
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::sync::Arc;
use core::hash::{Hash, Hasher};

use super::{FieldKind, ModelDescriptor};

/// The place of a row in an ordered index: the keys of its fields, zero for a second one that is not there.
pub type OrderKey = [u64; 2];

/// A type whose values are found by a hash index.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` cannot have a hash index",
    label = "implements not both `Eq` and `Hash`",
    note = "derive `PartialEq, Eq, Hash` for `{Self}`; a float can have `#[index(ordered)]`"
)]
pub trait HashedValue {
    /// Hashes the value.
    fn hash<H: Hasher>(&self, state: &mut H);
}
#[diagnostic::do_not_recommend]
impl<T: Eq + Hash> HashedValue for T {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Hash::hash(self, state);
    }
}

/// A type whose values an ordered index, `#[index(ordered)]`, can keep in order.
///
/// Implemented for `bool`, integers, floats, `char` and texts. For a type of the program's own, answer a number that never
/// falls where the value grows. Different values may have the same key (long texts that begin alike do): who asks the
/// index compares the values too, which costs little as long as few rows share a key.
///
/// # Examples
///
/// ```
/// use relarena::OrderedValue;
///
/// #[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
/// enum Rank { Page, Squire, Knight }
/// impl OrderedValue for Rank {
///     fn order_key(&self) -> u64 {
///         self.clone() as u64
///     }
/// }
/// assert!(Rank::Page.order_key() < Rank::Knight.order_key());
/// assert!((-1).order_key() < 1.order_key());
/// ```
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` cannot have an ordered index",
    label = "does not implement `OrderedValue`",
    note = "implement `relarena::OrderedValue` for `{Self}`: a number that never falls where the value grows"
)]
pub trait OrderedValue {
    /// Whether values of the same key are equal: then the order of the keys is that of the values.
    const EXACT: bool = false;
    /// A number that never falls where the value grows. Equal values have the same.
    fn order_key(&self) -> u64;
}

macro_rules! ordered_integers {
    ($($number:ty => $widen:expr),*) => {$(
        impl OrderedValue for $number {
            const EXACT: bool = true;
            #[inline]
            fn order_key(&self) -> u64 {
                $widen(*self)
            }
        }
    )*};
}
ordered_integers!(
    bool => u64::from, u8 => u64::from, u16 => u64::from, u32 => u64::from, u64 => |number| number,
    usize => |number| number as u64, char => u64::from, i8 => from_signed, i16 => from_signed, i32 => from_signed,
    i64 => from_signed, isize => |number| from_signed(number as i64)
);

/// Negative numbers before the others.
fn from_signed(number: impl Into<i64>) -> u64 {
    number.into().cast_unsigned() ^ (1 << 63)
}

/// Numbers beyond 64 bits share the greatest key.
impl OrderedValue for u128 {
    fn order_key(&self) -> u64 {
        u64::try_from(*self).unwrap_or(u64::MAX)
    }
}

/// Numbers beyond 64 bits share the least and the greatest key.
impl OrderedValue for i128 {
    fn order_key(&self) -> u64 {
        (*self).clamp(i64::MIN.into(), i64::MAX.into()).cast_unsigned().wrapping_add(1 << 63) as u64
    }
}

/// By number; `-0.0` is `0.0`, and every `NaN` comes after infinity.
impl OrderedValue for f64 {
    const EXACT: bool = true;
    fn order_key(&self) -> u64 {
        if self.is_nan() {
            return u64::MAX;
        }
        // The sum with zero is `0.0` for both zeros.
        let bits = (*self + 0.0).to_bits();
        if bits >> 63 == 0 { bits | (1 << 63) } else { !bits }
    }
}

/// As `f64`.
impl OrderedValue for f32 {
    const EXACT: bool = true;
    fn order_key(&self) -> u64 {
        f64::from(*self).order_key()
    }
}

/// The first eight bytes.
impl OrderedValue for str {
    fn order_key(&self) -> u64 {
        let mut first = [0; 8];
        let length = self.len().min(8);
        first[..length].copy_from_slice(&self.as_bytes()[..length]);
        u64::from_be_bytes(first)
    }
}

impl OrderedValue for String {
    fn order_key(&self) -> u64 {
        self.as_str().order_key()
    }
}

impl<T: OrderedValue + ToOwned + ?Sized> OrderedValue for Cow<'_, T> {
    const EXACT: bool = T::EXACT;
    fn order_key(&self) -> u64 {
        T::order_key(self)
    }
}

macro_rules! ordered_pointer {
    ($($pointer:ty),*) => {$(
        impl<T: OrderedValue + ?Sized> OrderedValue for $pointer {
            const EXACT: bool = T::EXACT;
            fn order_key(&self) -> u64 {
                T::order_key(self)
            }
        }
    )*};
}
ordered_pointer!(&T, Box<T>, Rc<T>, Arc<T>);

/// How an index finds rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IndexKind {
    /// By equality.
    Hash,
    /// By equality and by range, in order.
    Ordered,
}

/// An index as data: `#[index]`.
#[derive(Debug)]
pub struct IndexDescriptor {
    /// Its fields' names, joined by `_`.
    pub name: &'static str,
    /// Places of its fields among the model's. A row with null in one of them is not in the index.
    pub fields: &'static [u16],
    /// How it finds rows.
    pub kind: IndexKind,
    /// Of an ordered one: how many of its fields, from the first, have [exact](OrderedValue::EXACT) keys. Rows whose keys are
    /// the same up to the next field are in no order of their values yet.
    pub exact: usize,
}

/// How many there are before the first that is not.
pub const fn exact_fields(exact: &[bool]) -> usize {
    let mut count = 0;
    while count < exact.len() && exact[count] {
        count += 1;
    }
    count
}

impl ModelDescriptor {
    /// Whether writing a plain field changes what a unique rule or an index knows of the row. O(fields of rules and indexes).
    pub(crate) fn is_indexed(&self, field: u16) -> bool {
        debug_assert!(matches!(self.fields[usize::from(field)].kind, FieldKind::Value(_)), "keys have their own index");
        self.uniques.iter().any(|rule| rule.conditional || rule.fields.contains(&field))
            || self.indexes.iter().any(|index| index.fields.contains(&field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cmp::Ordering;
    use proptest::prelude::*;

    fn agrees<T: OrderedValue + PartialOrd>(one: &T, other: &T) {
        match one.partial_cmp(other) {
            Some(Ordering::Less) => assert!(one.order_key() <= other.order_key()),
            Some(Ordering::Equal) => assert_eq!(one.order_key(), other.order_key()),
            Some(Ordering::Greater) => assert!(one.order_key() >= other.order_key()),
            None => return,
        }
        if T::EXACT {
            assert_eq!(one == other, one.order_key() == other.order_key());
        }
    }

    fn all_agree<T: OrderedValue + PartialOrd>(values: &[T]) {
        for one in values {
            for other in values {
                agrees(one, other);
            }
        }
    }

    #[test]
    fn keys_are_in_the_order_of_values_at_the_limits() {
        all_agree(&[i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX]);
        all_agree(&[i8::MIN, -1, 0, 1, i8::MAX]);
        all_agree(&[0, 1, u64::MAX - 1, u64::MAX]);
        all_agree(&[0, 1, u128::from(u64::MAX), u128::from(u64::MAX) + 1, u128::MAX]);
        let (least, greatest) = (i128::from(i64::MIN), i128::from(i64::MAX));
        all_agree(&[i128::MIN, least - 1, least, least + 1, -1, 0, 1, greatest - 1, greatest, greatest + 1, i128::MAX]);
        all_agree(&[f64::NEG_INFINITY, f64::MIN, -1.0, -5e-324, -0.0, 0.0, 5e-324, 1.0, f64::MAX, f64::INFINITY]);
        all_agree(&["", "\0", "a", "a\0", "ab", "abcdefgh", "abcdefghi", "b", "é", "\u{10FFFF}"]);
        all_agree(&[false, true]);
        all_agree(&['\0', 'a', 'é', '\u{10FFFF}']);
        assert!(f64::INFINITY.order_key() < f64::NAN.order_key());
        assert_eq!((-f64::NAN).order_key(), f64::NAN.order_key());
        assert_ne!(1_i128.order_key(), 2_i128.order_key());
    }

    proptest! {
        #[test]
        fn keys_are_in_the_order_of_values(
            numbers in any::<(i64, i64)>(), wide in any::<(i128, i128)>(), floats in any::<(f64, f64)>(),
            small in any::<(f32, f32)>(), texts in any::<(String, String)>(),
        ) {
            agrees(&numbers.0, &numbers.1);
            agrees(&wide.0, &wide.1);
            agrees(&(wide.0 >> 64), &(wide.1 >> 65));
            agrees(&floats.0, &floats.1);
            agrees(&small.0, &small.1);
            agrees(&texts.0, &texts.1);
        }
    }
}
