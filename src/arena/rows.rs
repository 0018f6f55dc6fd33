//! Payload rows in pages, by slot.
//!
//! Knows no generations: whether a slot is in use is its content. What every model needs is written with `match`, since each
//! call of `map`, `expect` or `?` is one more function to compile for each model.

use alloc::vec::Vec;
use core::ops::Bound;

use super::block::{LANES, Lanes, any_places_where, is_dense, places, places_where, retain_each};
use super::number::Number;
use super::page::{Owned, share_all};

const BITS: u32 = 7;
const ROWS_PER_PAGE: usize = 1 << BITS;
/// Pages made before they are needed.
const MOST_AHEAD: usize = 32;
/// Pages of a table whose rows are in the cache, more often than not.
const MOST_CACHED: usize = 64;
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

    /// Whether there are so many rows that most are not in the cache. O(1).
    pub(crate) fn is_large(&self) -> bool {
        self.pages.len() > MOST_CACHED
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

impl<M> Rows<M> {
    /// Leaves in the sets of some blocks the rows that have a value within bounds: read and compared in one loop, for types
    /// whose values are numbers. Generic code that derived code fixes for a field. O(blocks).
    #[inline]
    pub fn retain_within<'a, V: Number + 'a>(
        &'a self,
        lanes: Lanes<'_>,
        sets: &mut [u64],
        value: impl Fn(&'a M) -> Option<&'a V>,
        bounds: (Bound<&V>, Bound<&V>),
    ) {
        let Some(span) = V::span(bounds) else { return sets.fill(0) };
        let is_within = |row: &'a Option<M>| match row.as_ref().and_then(&value) {
            Some(value) => value.is_within(span),
            None => false,
        };
        retain_each(lanes, sets, |lanes, set| match lanes {
            Lanes::Page(first) => {
                let Some(page) = self.pages.get((first >> BITS) as usize) else { return 0 };
                // A block is a part of a page.
                let block = &page.read()[(first & MASK) as usize..][..LANES];
                any_places_where(set, |lane| is_within(&block[lane]))
            }
            Lanes::Listed(slots) => places_where(set, |lane| match self.pages.get((slots[lane] >> BITS) as usize) {
                Some(page) => is_within(&page.read()[(slots[lane] & MASK) as usize]),
                None => false,
            }),
        });
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::boxed::Box;

    fn of_slots(slots: impl Iterator<Item = u32>) -> Rows<u32> {
        let mut rows = Rows::new();
        slots.for_each(|slot| rows.put(slot, slot));
        rows
    }

    #[test]
    fn pages_are_made_when_they_are_needed_and_in_large_arenas_some_ahead() {
        let pages = |slots: u32| {
            let mut rows = Rows::<u8>::new();
            rows.grow_to(slots - 1);
            rows.pages.len()
        };
        let page = ROWS_PER_PAGE as u32;
        let slots = [1, page, page + 1, 31 * page, 32 * page, 64 * page, 64 * page + 1, 1280 * page];
        assert_eq!(slots.map(pages), [1, 1, 2, 31, 33, 66, 67, 1312]);
    }

    #[test]
    fn edits_of_all_rows_are_told_their_slots_on_every_page() {
        let mut rows = of_slots((0..400).filter(|slot| slot % 3 != 0));
        let mut told = Vec::new();
        rows.for_each_mut(|slot, row| told.push((slot, *row)));
        assert!(told.iter().all(|(slot, row)| slot == row));
        assert_eq!(told.len(), 266);
    }

    #[test]
    fn a_walk_folds_what_it_has_not_passed_on_every_page() {
        let rows = of_slots((0..400).filter(|slot| slot % 3 != 0));
        for passed in [0, 1, 100, 200, 266] {
            let mut walk = rows.iter();
            let first: Vec<_> = walk.by_ref().take(passed).collect();
            let all = walk.fold(first, |mut all, row| {
                all.push(row);
                all
            });
            assert!(all.iter().all(|&(slot, row)| slot == *row));
            assert_eq!(all.len(), 266);
        }
    }

    #[test]
    fn values_are_gathered_from_all_pages_however_many_are_asked_for() {
        let rows = of_slots((0..400).filter(|slot| slot % 3 != 0));
        let expected = |slot: u32| (slot < 400 && !slot.is_multiple_of(3)).then_some(slot);
        let listed: [u32; LANES] = core::array::from_fn(|lane| lane as u32 * 7);
        let mut nothing = [None; LANES];
        rows.gather(Lanes::Page(1 << 20), u64::MAX, Some, &mut nothing);
        assert_eq!(nothing, [None; LANES]);
        for set in [u64::MAX, 0b1011, 1 << 63 | 1] {
            for (lanes, slot_of) in [
                (Lanes::Listed(&listed), Box::new(|lane: usize| listed[lane]) as Box<dyn Fn(usize) -> u32>),
                (Lanes::Page(320), Box::new(|lane| 320 + lane as u32)),
            ] {
                let mut values = [None; LANES];
                rows.gather(lanes, set, Some, &mut values);
                for lane in places(set) {
                    assert_eq!(values[lane].copied(), expected(slot_of(lane)));
                }
            }
        }
    }
}
