//! Records of 32-bit words in pages: a fixed number of words for each slot.
//!
//! Zero is the empty value of every word, so that fresh records need no set-up.

use alloc::vec::Vec;

use super::page::{Page, share_all};

const BITS: u32 = 8;
const RECORDS_PER_PAGE: usize = 1 << BITS;
const MASK: u32 = (1 << BITS) - 1;

/// A growing arena of records of `stride` words.
#[derive(Clone)]
pub(crate) struct Words {
    pages: Vec<Page<u32>>,
    stride: usize,
}

impl Words {
    pub(crate) const fn new(stride: usize) -> Self {
        Self { pages: Vec::new(), stride }
    }

    /// Makes room for a slot. O(1) amortized, at worst one page.
    pub(crate) fn grow_to(&mut self, slot: u32) {
        while self.pages.len() <= (slot >> BITS) as usize {
            self.pages.push(Page::filled(RECORDS_PER_PAGE * self.stride, || 0));
        }
    }

    /// Second records with the same words, which share all pages until either writes. O(pages).
    pub(crate) fn share(&mut self) -> Self {
        Self { pages: share_all(&mut self.pages), stride: self.stride }
    }

    /// One word of a record, zero where there is no record. O(1).
    #[inline]
    pub(crate) fn word(&self, slot: u32, offset: usize) -> u32 {
        match self.pages.get((slot >> BITS) as usize) {
            Some(page) => page.read()[(slot & MASK) as usize * self.stride + offset],
            None => 0,
        }
    }

    /// A record's words. O(1).
    #[inline]
    pub(crate) fn record(&self, slot: u32) -> &[u32] {
        match self.pages.get((slot >> BITS) as usize) {
            Some(page) => {
                let start = (slot & MASK) as usize * self.stride;
                &page.read()[start..start + self.stride]
            }
            None => &[],
        }
    }

    /// A record's words, to write; the slot must have been grown to. O(1).
    #[inline]
    pub(crate) fn record_mut(&mut self, slot: u32) -> &mut [u32] {
        let start = (slot & MASK) as usize * self.stride;
        &mut self.pages[(slot >> BITS) as usize].write()[start..start + self.stride]
    }

    /// A record's words, to write, if there is one. O(1).
    #[inline]
    pub(crate) fn find_mut(&mut self, slot: u32) -> Option<&mut [u32]> {
        let start = (slot & MASK) as usize * self.stride;
        self.pages.get_mut((slot >> BITS) as usize).map(|page| &mut page.write()[start..start + self.stride])
    }

    /// Writes one word; the slot must have been grown to. O(1).
    #[inline]
    pub(crate) fn set(&mut self, slot: u32, offset: usize, word: u32) {
        let place = (slot & MASK) as usize * self.stride + offset;
        self.pages[(slot >> BITS) as usize].write()[place] = word;
    }
}
