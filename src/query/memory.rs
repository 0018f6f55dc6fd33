//! What a test answers for all rows at the end of a path, remembered where many rows lead to few: a book's author is
//! asked once, not once for each book.
//!
//! A bit for each slot, made when a quarter as many rows have asked as there are rows to remember, and a block at least:
//! then the work is at most a few times what it was, and mostly a fraction of what it would have been. At once where all
//! rows are known to ask.

use alloc::vec::Vec;
use core::cell::{Cell, OnceCell};

use super::comparison::Test;
use super::count_back::asked;
use crate::arena::block::LANES;
use crate::table::Schema;
use crate::view::View;

/// The answers of a test by slots, once they are worth it.
pub(crate) struct Memory {
    model: usize,
    /// Rows at most for which it is worth it.
    most: usize,
    asked: Cell<usize>,
    answers: OnceCell<Vec<u64>>,
}

impl Memory {
    /// Of a model's rows at the end of so many steps, for queries that try so many rows at most.
    pub(crate) fn new(model: usize, steps: usize, tried: usize) -> Self {
        Self { model, most: tried * steps / 2, asked: Cell::new(0), answers: OnceCell::new() }
    }

    /// All rows will ask.
    pub(crate) fn expect_all(&self) {
        self.asked.set(self.asked.get().max(usize::MAX / 2));
    }

    /// The answers, if they are worth it after so many rows more have asked. O(1), once O(slots).
    #[inline]
    pub(crate) fn answers<S: Schema>(
        &self,
        view: &View<S>,
        test: &dyn Test<S>,
        asking: usize,
        touched: &Cell<usize>,
    ) -> Option<&[u64]> {
        if let Some(answers) = self.answers.get() {
            return Some(answers);
        }
        let live = view.engine.relations.slots[self.model].live() as usize;
        if live > self.most || self.asked.get() < (live / 4).max(LANES) {
            self.asked.set(self.asked.get() + asking);
            return None;
        }
        touched.set(touched.get() + live);
        Some(self.answers.get_or_init(|| asked(view, self.model, test)))
    }
}
