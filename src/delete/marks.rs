//! A set of slots for each model, for membership only: bitmaps of 4096 slots, made where needed.

use alloc::boxed::Box;
use alloc::vec::Vec;

const WORDS: usize = 64;
const SLOTS_PER_PAGE: u32 = 64 * WORDS as u32;

/// Marked slots by model.
#[derive(Default)]
pub(crate) struct Marks {
    models: Vec<Vec<Option<Box<[u64; WORDS]>>>>,
}

impl Marks {
    /// Marks a slot; answers whether it was not marked before. O(1) amortized.
    pub(crate) fn insert(&mut self, model: usize, slot: u32) -> bool {
        if self.models.len() <= model {
            self.models.resize_with(model + 1, Vec::new);
        }
        let (pages, page) = (&mut self.models[model], (slot / SLOTS_PER_PAGE) as usize);
        if pages.len() <= page {
            pages.resize_with(page + 1, || None);
        }
        let (word, bit) = place(slot);
        let word = &mut pages[page].get_or_insert_with(|| Box::new([0; WORDS]))[word];
        let fresh = *word & bit == 0;
        *word |= bit;
        fresh
    }

    /// Whether a slot is marked. O(1).
    pub(crate) fn contains(&self, model: usize, slot: u32) -> bool {
        let page = self.models.get(model).and_then(|pages| pages.get((slot / SLOTS_PER_PAGE) as usize));
        let (word, bit) = place(slot);
        page.and_then(Option::as_ref).is_some_and(|words| words[word] & bit != 0)
    }
}

fn place(slot: u32) -> (usize, u64) {
    let within = slot % SLOTS_PER_PAGE;
    ((within / 64) as usize, 1 << (within % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_fresh_once() {
        let mut marks = Marks::default();
        assert!(marks.insert(2, 70_000));
        assert!(!marks.insert(2, 70_000));
        assert!(marks.contains(2, 70_000));
        assert!(!marks.contains(2, 70_001) && !marks.contains(1, 70_000));
    }
}
