//! Payload rows in pages, by slot.
//!
//! Knows no generations: whether a slot is in use is its content.

use alloc::vec::Vec;

use super::page::{Page, share_all};

const BITS: u32 = 6;
const ROWS_PER_PAGE: usize = 1 << BITS;
const MASK: u32 = (1 << BITS) - 1;

/// A growing arena of optional rows.
#[derive(Clone)]
pub(crate) struct Rows<M> {
    pages: Vec<Page<Option<M>>>,
}

impl<M: Clone> Rows<M> {
    pub(crate) const fn new() -> Self {
        Self { pages: Vec::new() }
    }

    /// The row in a slot. O(1).
    #[inline]
    pub(crate) fn get(&self, slot: u32) -> Option<&M> {
        let page = self.pages.get((slot >> BITS) as usize)?;
        page.read()[(slot & MASK) as usize].as_ref()
    }

    /// The row in a slot, to write. O(1).
    #[inline]
    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut M> {
        let page = self.pages.get_mut((slot >> BITS) as usize)?;
        page.write()[(slot & MASK) as usize].as_mut()
    }

    /// Makes room for a slot, so that `put` there cannot need memory. O(1) amortized, at worst one page.
    pub(crate) fn grow_to(&mut self, slot: u32) {
        while self.pages.len() <= (slot >> BITS) as usize {
            self.pages.push(Page::filled(ROWS_PER_PAGE, || None));
        }
    }

    /// Puts a row into an empty slot. O(1).
    #[inline]
    pub(crate) fn put(&mut self, slot: u32, row: M) {
        self.grow_to(slot);
        let cell = &mut self.pages[(slot >> BITS) as usize].write()[(slot & MASK) as usize];
        debug_assert!(cell.is_none(), "a row is only put into an empty slot");
        *cell = Some(row);
    }

    /// Takes the row out of a slot. O(1).
    #[inline]
    pub(crate) fn take(&mut self, slot: u32) -> Option<M> {
        let page = self.pages.get_mut((slot >> BITS) as usize)?;
        page.write()[(slot & MASK) as usize].take()
    }

    /// Makes the page of a slot this arena's own, so that writing there copies nothing. O(1), or a copy of the page.
    pub(crate) fn make_unique(&mut self, slot: u32) {
        if let Some(page) = self.pages.get_mut((slot >> BITS) as usize) {
            page.make_unique();
        }
    }

    /// A second arena with the same rows, which shares all pages until either writes. O(pages).
    pub(crate) fn share(&mut self) -> Self {
        Self { pages: share_all(&mut self.pages) }
    }

    /// All rows in slot order. O(slots) for the whole walk.
    pub(crate) fn iter(&self) -> RowsIter<'_, M> {
        RowsIter { pages: self.pages.iter(), current: [].iter(), slot: 0, next_page: 0 }
    }

    /// Calls `change` with every row, in slot order. O(slots).
    pub(crate) fn for_each_mut(&mut self, mut change: impl FnMut(u32, &mut M)) {
        for (number, page) in self.pages.iter_mut().enumerate() {
            for (place, cell) in page.write().iter_mut().enumerate() {
                if let Some(row) = cell {
                    change((number << BITS) as u32 + place as u32, row);
                }
            }
        }
    }
}

/// Rows with their slots, in slot order.
pub(crate) struct RowsIter<'a, M> {
    pages: core::slice::Iter<'a, Page<Option<M>>>,
    current: core::slice::Iter<'a, Option<M>>,
    slot: u32,
    next_page: u32,
}

impl<M> Clone for RowsIter<'_, M> {
    fn clone(&self) -> Self {
        Self { pages: self.pages.clone(), current: self.current.clone(), slot: self.slot, next_page: self.next_page }
    }
}

impl<'a, M> Iterator for RowsIter<'a, M> {
    type Item = (u32, &'a M);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            for cell in self.current.by_ref() {
                let slot = self.slot;
                self.slot += 1;
                if let Some(row) = cell {
                    return Some((slot, row));
                }
            }
            self.current = self.pages.next()?.read().iter();
            self.slot = self.next_page << BITS;
            self.next_page += 1;
        }
    }
}
