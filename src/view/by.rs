//! The rows that an index has for a value.

use super::{Row, View};
use crate::arena::in_order::InOrder;
use crate::model::Model;
use crate::table::{Has, Schema};

/// The rows that have a value in a field with `#[index]`, in slot order.
#[derive(Clone)]
pub struct RowsBy<'a, S, M> {
    view: &'a View<S>,
    slots: InOrder<'a>,
    rows: core::marker::PhantomData<&'a M>,
}

impl<'a, S: Schema, M> RowsBy<'a, S, M> {
    #[inline]
    pub(super) fn new(view: &'a View<S>, slots: InOrder<'a>) -> Self {
        Self { view, slots, rows: core::marker::PhantomData }
    }
}

impl<'a, S: Has<M>, M: Model> Iterator for RowsBy<'a, S, M> {
    type Item = Row<'a, S, M>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.slots.next().map(|slot| Row::at(self.view, slot))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.slots.size_hint()
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, start: B, mut step: F) -> B {
        self.slots.fold(start, |folded, slot| step(folded, Row::at(self.view, slot)))
    }
}

impl<S: Has<M>, M: Model> ExactSizeIterator for RowsBy<'_, S, M> {}
