//! Numbers between bounds, told by one comparison where numbers are whole.

use core::ops::Bound;

/// A type of the language whose values are numbers.
#[expect(unnameable_types, reason = "only derived code passes it on")]
pub trait Number: Copy + PartialOrd {
    /// How far the bounds are apart.
    type Width: Copy + PartialOrd;

    /// The least number within bounds, and how far the most is above it; none if nothing lies within them.
    fn span(bounds: (Bound<&Self>, Bound<&Self>)) -> Option<(Self, Self::Width)>;

    /// Whether it lies within a span.
    fn is_within(self, span: (Self, Self::Width)) -> bool;
}

macro_rules! integers {
    ($($number:ident: $width:ident $(by $cast:ident)?),*) => {$(
        // What is below the least is above the most when it is counted from the least.
        impl Number for $number {
            type Width = $width;

            fn span((lower, upper): (Bound<&Self>, Bound<&Self>)) -> Option<(Self, $width)> {
                let least = match lower {
                    Bound::Included(bound) => *bound,
                    Bound::Excluded(bound) => bound.checked_add(1)?,
                    Bound::Unbounded => Self::MIN,
                };
                let most = match upper {
                    Bound::Included(bound) => *bound,
                    Bound::Excluded(bound) => bound.checked_sub(1)?,
                    Bound::Unbounded => Self::MAX,
                };
                (least <= most).then(|| (least, most.abs_diff(least)))
            }

            #[inline]
            fn is_within(self, (least, width): (Self, $width)) -> bool {
                self.wrapping_sub(least)$(.$cast())? <= width
            }
        }
    )*};
}
integers!(u8: u8, u16: u16, u32: u32, u64: u64, u128: u128, usize: usize);
integers!(i8: u8 by cast_unsigned, i16: u16 by cast_unsigned, i32: u32 by cast_unsigned);
integers!(i64: u64 by cast_unsigned, i128: u128 by cast_unsigned, isize: usize by cast_unsigned);

macro_rules! floats {
    ($($number:ident),*) => {$(
        // Differences of floats are rounded: the width is the most itself.
        impl Number for $number {
            type Width = Self;

            fn span((lower, upper): (Bound<&Self>, Bound<&Self>)) -> Option<(Self, Self)> {
                let least = match lower {
                    Bound::Included(bound) => *bound,
                    Bound::Excluded(bound) if *bound == Self::INFINITY => return None,
                    Bound::Excluded(bound) => bound.next_up(),
                    Bound::Unbounded => Self::NEG_INFINITY,
                };
                let most = match upper {
                    Bound::Included(bound) => *bound,
                    Bound::Excluded(bound) if *bound == Self::NEG_INFINITY => return None,
                    Bound::Excluded(bound) => bound.next_down(),
                    Bound::Unbounded => Self::INFINITY,
                };
                // Not of what is no number.
                (least <= most).then_some((least, most))
            }

            #[inline]
            fn is_within(self, (least, most): (Self, Self)) -> bool {
                least <= self && self <= most
            }
        }
    )*};
}
floats!(f32, f64);

#[cfg(test)]
mod tests {
    use core::ops::RangeBounds;

    use super::*;

    fn agree<V: Number + core::fmt::Debug>(numbers: &[V]) {
        let bounds = |bound: &V| [Bound::Included(*bound), Bound::Excluded(*bound), Bound::Unbounded];
        for lower in numbers.iter().flat_map(bounds) {
            for upper in numbers.iter().flat_map(bounds) {
                for number in numbers {
                    let is_within =
                        V::span((lower.as_ref(), upper.as_ref())).is_some_and(|span| number.is_within(span));
                    let range = (lower, upper);
                    assert_eq!(is_within, range.contains(number), "{number:?} in {range:?}");
                }
            }
        }
    }

    #[test]
    fn a_whole_number_is_within_bounds_that_contain_it_also_at_the_ends() {
        agree(&[u8::MIN, 1, 2, 254, u8::MAX]);
        agree(&[i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX]);
    }

    #[test]
    fn a_float_is_within_bounds_that_contain_it_also_zeros_and_infinities() {
        let tiny = f64::MIN_POSITIVE * f64::EPSILON;
        agree(&[f64::NEG_INFINITY, f64::MIN, -1.0, -tiny, -0.0, 0.0, tiny, 1.0, f64::MAX, f64::INFINITY]);
    }

    #[test]
    fn nothing_is_within_a_bound_that_is_no_number() {
        for bound in [Bound::Included(&f32::NAN), Bound::Excluded(&f32::NAN)] {
            assert_eq!(f32::span((bound, Bound::Unbounded)), None);
            assert_eq!(f32::span((Bound::Unbounded, bound)), None);
        }
    }
}
