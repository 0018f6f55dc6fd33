//! Records of 32-bit words in pages: a fixed number of words for each slot.
//!
//! Zero is the empty value of every word, so that fresh records need no set-up.

use alloc::vec::Vec;

use super::block::{LANES, Lanes, is_dense, places};
use super::page::{Page, share_all};

const BITS: u32 = 9;
const RECORDS_PER_PAGE: usize = 1 << BITS;
/// Records of the first page of all, until more are needed.
const FIRST_RECORDS: usize = 16;
/// Pages made before they are needed.
const MOST_AHEAD: usize = 8;
const MASK: u32 = (1 << BITS) - 1;

/// A growing arena of records of `stride` words.
#[derive(Clone)]
pub(crate) struct Words {
    pages: Vec<Page<u32>>,
    stride: u32,
    /// Records that there is room for.
    room: u32,
}

impl Words {
    pub(crate) const fn new(stride: usize) -> Self {
        Self { pages: Vec::new(), stride: stride as u32, room: 0 }
    }

    /// Makes room for a slot. O(1) amortized, at worst `MOST_AHEAD` pages.
    #[inline]
    pub(crate) fn grow_to(&mut self, slot: u32) {
        if self.room <= slot {
            self.grow(slot);
        }
    }

    /// The first page doubles until it is whole, since most models have few rows. Later some pages are made ahead, as large
    /// stores grow, so that they lie together.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, slot: u32) {
        let records = (slot as usize + 1).next_power_of_two().max(FIRST_RECORDS);
        if self.room < RECORDS_PER_PAGE as u32 {
            let whole = records.min(RECORDS_PER_PAGE) * self.stride as usize;
            let first = self.pages.first().map_or(&[][..], |page| page.read());
            let mut words = first.iter().copied();
            let page = Page::filled(whole, || words.next().unwrap_or(0));
            self.pages.clear();
            self.pages.push(page);
        }
        let count = page_of(slot) + 1;
        let ahead = (count / 32).min(MOST_AHEAD);
        let words = RECORDS_PER_PAGE * self.stride as usize;
        if count > 1 {
            self.pages.resize_with(count + ahead, || Page::filled(words, || 0));
        }
        self.room = if count > 1 { (self.pages.len() * RECORDS_PER_PAGE) as u32 } else { records as u32 };
    }

    /// Second records with the same words, which share all pages until either writes. O(pages).
    pub(crate) fn share(&mut self) -> Self {
        Self { pages: share_all(&mut self.pages), stride: self.stride, room: self.room }
    }

    /// Where a word of a record lies in its page. Of 32-bit numbers, so that the compiler sees that nothing overflows.
    #[inline]
    fn place(&self, slot: u32, offset: usize) -> usize {
        (slot & MASK) as usize * self.stride as usize + offset as u32 as usize
    }

    /// One word of a record, zero where there is no record. O(1).
    #[inline]
    pub(crate) fn word(&self, slot: u32, offset: usize) -> u32 {
        let page = self.pages.get(page_of(slot));
        page.and_then(|page| page.read().get(self.place(slot, offset))).copied().unwrap_or(0)
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

    /// Calls `visit` with so many records at most, by slot; the words of those that nobody wrote are zero. O(records).
    #[inline]
    pub(crate) fn for_each(&self, records: u32, mut visit: impl FnMut(&[u32])) {
        let (mut left, stride) = (records as usize * self.stride as usize, self.stride as usize);
        for page in &self.pages {
            let words = page.read();
            let count = words.len().min(left);
            words[..count].chunks_exact(stride).for_each(&mut visit);
            left -= count;
        }
    }

    /// Some words of a record, such as the head of a list; none where there is no record. O(1).
    #[inline]
    pub(crate) fn part<const WORDS: usize>(&self, slot: u32, offset: usize) -> Option<&[u32; WORDS]> {
        let start = self.place(slot, offset);
        self.pages.get(page_of(slot))?.read().get(start..start + WORDS)?.first_chunk()
    }

    /// Some words of a record, to write; the slot must have been grown to. O(1).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what the caller knows of the record is used")]
    pub(crate) fn part_mut<const WORDS: usize>(&mut self, slot: u32, offset: usize) -> &mut [u32; WORDS] {
        let start = self.place(slot, offset);
        let part = self.pages[page_of(slot)].write()[start..start + WORDS].first_chunk_mut();
        part.expect("a range has its length")
    }

    /// A record's words; none where there is no record. O(1).
    #[inline]
    pub(crate) fn record(&self, slot: u32) -> &[u32] {
        let start = self.place(slot, 0);
        let page = self.pages.get(page_of(slot));
        page.and_then(|page| page.read().get(start..start + self.stride as usize)).unwrap_or(&[])
    }

    /// A record's words, to write; the slot must have been grown to. O(1).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what the caller knows of the record is used")]
    pub(crate) fn record_mut(&mut self, slot: u32) -> &mut [u32] {
        let start = self.place(slot, 0);
        &mut self.pages[page_of(slot)].write()[start..start + self.stride as usize]
    }

    /// Writes one word; the slot must have been grown to. O(1).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what the caller knows of the record is used")]
    pub(crate) fn set(&mut self, slot: u32, offset: usize, word: u32) {
        let place = self.place(slot, offset);
        self.pages[page_of(slot)].write()[place] = word;
    }
}

#[inline]
const fn page_of(slot: u32) -> usize {
    (slot >> BITS) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_page_doubles_then_pages_are_made_and_in_large_arenas_some_ahead() {
        let grown = |records: usize| {
            let mut words = Words::new(3);
            words.grow_to(records as u32 - 1);
            (words.pages.len(), words.room as usize)
        };
        let whole = RECORDS_PER_PAGE;
        let records = [1, 16, 17, whole, whole + 1, 31 * whole, 32 * whole, 64 * whole, 512 * whole];
        let pages = [1, 1, 1, 1, 2, 31, 33, 66, 520];
        let room = [16, 16, 32].into_iter().chain(pages[3..].iter().map(|pages| pages * whole));
        assert!(records.map(grown).into_iter().eq(pages.into_iter().zip(room)));
    }

    #[test]
    fn words_stay_when_room_is_made() {
        let mut words = Words::new(3);
        for slot in 0..3000 {
            words.grow_to(slot);
            words.record_mut(slot).copy_from_slice(&[slot, 2 * slot, 3 * slot]);
        }
        assert!((0..3000).all(|slot| *words.record(slot) == [slot, 2 * slot, 3 * slot]));
        let outside = 1 << 20;
        assert_eq!((words.word(outside, 1), words.record(outside)), (0, &[][..]));
    }

    #[test]
    fn a_word_is_gathered_from_each_record_of_a_block_and_zero_where_there_is_none() {
        let mut words = Words::new(3);
        for slot in 0..600 {
            words.grow_to(slot);
            words.set(slot, 1, slot + 1);
        }
        let listed: [u32; LANES] = core::array::from_fn(|lane| lane as u32 * 31);
        let word_of = |slot: u32| if slot < 600 { slot + 1 } else { 0 };
        for set in [u64::MAX, 0b1011, 1 << 63 | 1] {
            let (mut of_list, mut of_page, mut of_none) = ([7; LANES], [7; LANES], [7; LANES]);
            words.gather(Lanes::Listed(&listed), set, 1, &mut of_list);
            words.gather(Lanes::Page(576), set, 1, &mut of_page);
            words.gather(Lanes::Page(1 << 20), set, 1, &mut of_none);
            for lane in places(set) {
                assert_eq!(of_list[lane], word_of(listed[lane]));
                assert_eq!(of_page[lane], word_of(576 + lane as u32));
            }
            // Of a page that is not there nothing is read.
            assert_eq!(of_none, [7; LANES]);
        }
    }
}
