//! The rows that an index has for a value.

use alloc::vec::Vec;

use super::{Row, View};
use crate::model::Model;
use crate::table::{Has, Schema};

/// Rows that need no allocation.
const FEW: usize = 16;

/// The rows that have a value in a field with `#[index]`, in slot order.
#[derive(Clone)]
pub struct RowsBy<'a, S, M> {
    view: &'a View<S>,
    few: [u32; FEW],
    /// All of them, if they are not few.
    many: Vec<u32>,
    next: usize,
    count: usize,
    rows: core::marker::PhantomData<&'a M>,
}

impl<'a, S: Schema, M> RowsBy<'a, S, M> {
    /// Groups stand in an order in which hashes have a say, and those are seeded: sorted, they tell nothing of it (I8).
    pub(super) fn new(view: &'a View<S>, slots: impl Iterator<Item = u32>) -> Self {
        let (mut few, mut many, mut count) = ([0; FEW], Vec::new(), 0);
        for slot in slots {
            if count < FEW {
                few[count] = slot;
            } else {
                if many.is_empty() {
                    many.extend(few);
                }
                many.push(slot);
            }
            count += 1;
        }
        let found = if many.is_empty() { &mut few[..count] } else { &mut many[..] };
        found.sort_unstable();
        Self { view, few, many, next: 0, count, rows: core::marker::PhantomData }
    }
}

impl<'a, S: Has<M>, M: Model> Iterator for RowsBy<'a, S, M> {
    type Item = Row<'a, S, M>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.count {
            return None;
        }
        let slot = if self.many.is_empty() { self.few[self.next] } else { self.many[self.next] };
        self.next += 1;
        Some(Row::at(self.view, slot))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.count - self.next, Some(self.count - self.next))
    }
}

impl<S: Has<M>, M: Model> ExactSizeIterator for RowsBy<'_, S, M> {}
