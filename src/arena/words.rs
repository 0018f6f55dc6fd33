//! Records of 32-bit words in pages: a fixed number of words for each slot.
//!
//! Zero is the empty value of every word, so that fresh records need no set-up.

use alloc::vec::Vec;

use super::block::{LANES, Lanes, is_dense, places};
use super::page::{Page, share_all};

const BITS: u32 = 8;
const RECORDS_PER_PAGE: usize = 1 << BITS;
/// Pages made before they are needed.
const MOST_AHEAD: usize = 16;
const MASK: u32 = (1 << BITS) - 1;

/// A growing arena of records of `stride` words.
#[derive(Clone)]
pub(crate) struct Words {
    pages: Vec<Page<u32>>,
    stride: u32,
}

impl Words {
    pub(crate) const fn new(stride: usize) -> Self {
        Self { pages: Vec::new(), stride: stride as u32 }
    }

    /// Makes room for a slot. O(1) amortized, at worst `MOST_AHEAD` pages.
    #[inline]
    pub(crate) fn grow_to(&mut self, slot: u32) {
        if self.pages.len() <= page_of(slot) {
            self.grow(slot);
        }
    }

    /// Some pages ahead, as large stores grow, so that they lie together.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, slot: u32) {
        let count = page_of(slot) + 1;
        let ahead = (count / 32).min(MOST_AHEAD);
        let words = RECORDS_PER_PAGE * self.stride as usize;
        self.pages.resize_with(count + ahead, || Page::filled(words, || 0));
    }

    /// Second records with the same words, which share all pages until either writes. O(pages).
    pub(crate) fn share(&mut self) -> Self {
        Self { pages: share_all(&mut self.pages), stride: self.stride }
    }

    /// Where a word of a record lies in its page. Of 32-bit numbers, so that the compiler sees that nothing overflows.
    #[inline]
    fn place(&self, slot: u32, offset: usize) -> usize {
        (slot & MASK) as usize * self.stride as usize + offset as u32 as usize
    }

    /// One word of a record, zero where there is no record. O(1).
    #[inline]
    pub(crate) fn word(&self, slot: u32, offset: usize) -> u32 {
        match self.pages.get(page_of(slot)) {
            Some(page) => page.read()[self.place(slot, offset)],
            None => 0,
        }
    }

    /// Reads a word of each record of a block, zero where there is none; of a page also outside the set. O(block).
    #[inline]
    pub(crate) fn gather(&self, lanes: Lanes<'_>, set: u64, offset: usize, found: &mut [u32; LANES]) {
        match lanes {
            Lanes::Page(first) => {
                let Some(page) = self.pages.get(page_of(first)) else { return };
                let (words, mut place) = (page.read(), self.place(first, offset));
                for word in found {
                    *word = words.get(place).copied().unwrap_or(0);
                    place += self.stride as usize;
                }
            }
            Lanes::Listed(slots) if is_dense(set) => {
                for (word, slot) in found.iter_mut().zip(slots) {
                    *word = self.word(*slot, offset);
                }
            }
            Lanes::Listed(slots) => places(set).for_each(|lane| found[lane] = self.word(slots[lane], offset)),
        }
    }

    /// Some words of a record, such as the head of a list; none where there is no record. O(1).
    #[inline]
    pub(crate) fn part<const WORDS: usize>(&self, slot: u32, offset: usize) -> Option<&[u32; WORDS]> {
        let start = self.place(slot, offset);
        self.pages.get(page_of(slot))?.read().get(start..start + WORDS)?.first_chunk()
    }

    /// Some words of a record, to write; the slot must have been grown to. O(1).
    #[inline]
    pub(crate) fn part_mut<const WORDS: usize>(&mut self, slot: u32, offset: usize) -> &mut [u32; WORDS] {
        let start = self.place(slot, offset);
        let part = self.pages[page_of(slot)].write()[start..start + WORDS].first_chunk_mut();
        part.expect("a range has its length")
    }

    /// A record's words. O(1).
    #[inline]
    pub(crate) fn record(&self, slot: u32) -> &[u32] {
        match self.pages.get(page_of(slot)) {
            Some(page) => {
                let start = self.place(slot, 0);
                &page.read()[start..start + self.stride as usize]
            }
            None => &[],
        }
    }

    /// A record's words, to write; the slot must have been grown to. O(1).
    #[inline]
    pub(crate) fn record_mut(&mut self, slot: u32) -> &mut [u32] {
        let start = self.place(slot, 0);
        &mut self.pages[page_of(slot)].write()[start..start + self.stride as usize]
    }

    /// A record's words, to write, if there is one. O(1).
    #[inline]
    pub(crate) fn find_mut(&mut self, slot: u32) -> Option<&mut [u32]> {
        let start = self.place(slot, 0);
        self.pages.get_mut(page_of(slot)).map(|page| &mut page.write()[start..start + self.stride as usize])
    }

    /// Writes one word; the slot must have been grown to. O(1).
    #[inline]
    pub(crate) fn set(&mut self, slot: u32, offset: usize, word: u32) {
        let place = self.place(slot, offset);
        self.pages[page_of(slot)].write()[place] = word;
    }
}

#[inline]
const fn page_of(slot: u32) -> usize {
    (slot >> BITS) as usize
}
