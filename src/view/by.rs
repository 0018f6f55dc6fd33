//! The rows that an index has for a value.

use core::iter::FusedIterator;

use super::{Row, View};
use crate::arena::in_order::InOrder;
use crate::model::Model;
use crate::table::{Has, Schema};

/// The rows that have a value in a field with `#[index]`, in slot order.
///
/// How many they are is known when all have been looked at, since values of equal hashes share a place in the index: ask
/// [`count`](Iterator::count).
#[derive(Clone)]
pub struct RowsBy<'a, S, M, K> {
    view: &'a View<S>,
    /// The first, until it was passed on.
    first: Option<u32>,
    /// A row that has the value: so have those that are like it.
    like: Option<&'a M>,
    /// The others whose values have the same hash.
    others: InOrder<'a>,
    key: K,
    is_like: IsLike<M, K>,
}

/// Tells by a key whether two rows have the same.
type IsLike<M, K> = fn(K, &M, &M) -> bool;

impl<'a, S: Schema, M, K> RowsBy<'a, S, M, K> {
    /// The rows of some slots from the first on that has the value; `is_like` tells whether another has it too.
    #[inline]
    pub(super) fn new(
        view: &'a View<S>,
        found: Option<(u32, &'a M)>,
        others: InOrder<'a>,
        (key, is_like): (K, IsLike<M, K>),
    ) -> Self {
        let (first, like) = found.unzip();
        Self { view, first, like, others, key, is_like }
    }
}

impl<'a, S: Has<M>, M: Model, K: Copy> Iterator for RowsBy<'a, S, M, K> {
    type Item = Row<'a, S, M>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let like = self.like?;
        if let Some(slot) = self.first.take() {
            return Some(Row::new(self.view, slot, like));
        }
        loop {
            let row = Row::at(self.view, self.others.next()?);
            if (self.is_like)(self.key, row.get(), like) {
                return Some(row);
            }
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let first = usize::from(self.first.is_some());
        (first, Some(first + self.others.len()))
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, start: B, mut step: F) -> B {
        let Some(like) = self.like else { return start };
        let folded = match self.first {
            Some(slot) => step(start, Row::new(self.view, slot, like)),
            None => start,
        };
        self.others.fold(folded, |folded, slot| {
            let row = Row::at(self.view, slot);
            if (self.is_like)(self.key, row.get(), like) { step(folded, row) } else { folded }
        })
    }
}

impl<S: Has<M>, M: Model, K: Copy> FusedIterator for RowsBy<'_, S, M, K> {}
