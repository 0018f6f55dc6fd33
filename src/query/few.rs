//! A list that is mostly of one, which then needs no allocation: the filters and the keys of the order of a query.

use alloc::vec::Vec;

/// One in place, or several in a vector.
#[expect(unnameable_types, reason = "only the query engine looks inside")]
pub enum Few<T> {
    One(Option<T>),
    Many(Vec<T>),
}

impl<T> Few<T> {
    pub(crate) const NONE: Self = Self::One(None);

    #[inline]
    pub(crate) fn one(item: T) -> Self {
        Self::One(Some(item))
    }

    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        match self {
            Self::One(none @ None) => *none = Some(item),
            Self::One(first) => {
                let several = first.take().into_iter().chain([item]).collect();
                *self = Self::Many(several);
            }
            Self::Many(items) => items.push(item),
        }
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(item) => item.as_slice(),
            Self::Many(items) => items,
        }
    }

    #[inline]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::One(item) => item.as_mut_slice(),
            Self::Many(items) => items,
        }
    }

    pub(crate) fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(item) => item.into_iter().collect(),
            Self::Many(items) => items,
        }
    }
}
