//! Payload rows in pages, by slot.
//!
//! Knows no generations: whether a slot is in use is its content. What every model needs is written with `match`, since each
//! call of `map`, `expect` or `?` is one more function to compile for each model.

use alloc::vec::Vec;

use super::block::{LANES, Lanes, is_dense, places};
use super::page::{Owned, share_all};

const BITS: u32 = 7;
const ROWS_PER_PAGE: usize = 1 << BITS;
/// Pages made before they are needed.
const MOST_AHEAD: usize = 32;
const MASK: u32 = (1 << BITS) - 1;

/// Of a fixed number of cells, so that a place in it needs no check.
type Page<M> = Owned<[Option<M>; ROWS_PER_PAGE]>;

/// A growing arena of optional rows.
#[derive(Clone)]
#[expect(unnameable_types, reason = "only derived code passes it on")]
pub struct Rows<M> {
    pages: Vec<Page<M>>,
}

impl<M: Clone> Rows<M> {
    pub(crate) const fn new() -> Self {
        Self { pages: Vec::new() }
    }

    /// The row in a slot. O(1).
    #[inline]
    pub(crate) fn get(&self, slot: u32) -> Option<&M> {
        match self.pages.get((slot >> BITS) as usize) {
            Some(page) => page.read()[(slot & MASK) as usize].as_ref(),
            None => None,
        }
    }

    /// The row in a slot, to write. O(1).
    #[inline]
    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut M> {
        match self.cell(slot) {
            Some(Some(row)) => Some(row),
            _ => None,
        }
    }

    #[inline]
    fn cell(&mut self, slot: u32) -> Option<&mut Option<M>> {
        match self.pages.get_mut((slot >> BITS) as usize) {
            Some(page) => Some(&mut page.write()[(slot & MASK) as usize]),
            None => None,
        }
    }

    /// Makes room for a slot, so that `put` there cannot need memory. O(1) amortized, at worst `MOST_AHEAD` pages.
    pub(crate) fn grow_to(&mut self, slot: u32) {
        if self.pages.len() <= (slot >> BITS) as usize {
            self.grow(slot);
        }
    }

    /// Some pages ahead, as large stores grow: made together they lie together, not between the rows' own allocations,
    /// so that a walk runs through memory in order.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, slot: u32) {
        let count = (slot >> BITS) as usize + 1;
        let ahead = (count / 32).min(MOST_AHEAD);
        while self.pages.len() < count + ahead {
            self.pages.push(Page::vacant());
        }
    }

    /// Puts a row into an empty slot. O(1).
    #[inline]
    pub(crate) fn put(&mut self, slot: u32, row: M) {
        self.grow_to(slot);
        let Some(cell) = self.cell(slot) else { unreachable!("room was made for the slot") };
        debug_assert!(cell.is_none(), "a row is only put into an empty slot");
        *cell = Some(row);
    }

    /// Takes the row out of a slot. O(1).
    #[inline]
    pub(crate) fn take(&mut self, slot: u32) -> Option<M> {
        match self.cell(slot) {
            Some(cell) => cell.take(),
            None => None,
        }
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

    /// How many slots there are pages for. O(1).
    pub(crate) fn room(&self) -> usize {
        self.pages.len() << BITS
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

impl<M> Rows<M> {
    /// Reads a value of each of a block's rows, none for null. Generic code that derived code fixes for a field. O(block).
    #[inline]
    pub fn gather<'a, V>(
        &'a self,
        lanes: Lanes<'_>,
        set: u64,
        value: impl Fn(&'a M) -> Option<&'a V>,
        values: &mut [Option<&'a V>; LANES],
    ) {
        match lanes {
            Lanes::Page(first) => {
                let Some(page) = self.pages.get((first >> BITS) as usize) else { return };
                // A block is a part of a page.
                let block = &page.read()[(first & MASK) as usize..][..LANES];
                if is_dense(set) {
                    for (found, row) in values.iter_mut().zip(block) {
                        *found = row.as_ref().and_then(&value);
                    }
                } else {
                    for lane in places(set) {
                        values[lane] = block[lane].as_ref().and_then(&value);
                    }
                }
            }
            Lanes::Listed(slots) => {
                for lane in places(set) {
                    let slot = slots[lane];
                    let page = self.pages.get((slot >> BITS) as usize);
                    values[lane] = page.and_then(|page| page.read()[(slot & MASK) as usize].as_ref()).and_then(&value);
                }
            }
        }
    }
}

/// Rows with their slots, in slot order.
pub(crate) struct RowsIter<'a, M> {
    pages: core::slice::Iter<'a, Page<M>>,
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

    /// Page by page, so that the loop over a page counts nothing but its cells.
    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, start: B, mut step: F) -> B {
        let mut walk = |start: B, cells: core::slice::Iter<'a, Option<M>>, first: u32| {
            cells.zip(first..).fold(start, |folded, (cell, slot)| match cell {
                Some(row) => step(folded, (slot, row)),
                None => folded,
            })
        };
        let folded = walk(start, self.current, self.slot);
        self.pages
            .zip(self.next_page..)
            .fold(folded, |folded, (page, number)| walk(folded, page.read().iter(), number << BITS))
    }
}
