//! Lists of fixed-width entries of 32-bit words, for reverse sets and adjacencies.
//!
//! A list is a head of four words that lives in its owner's key record, plus storage here: up to three words inside the
//! head itself, then a power-of-two block of a pool page, then, for hubs, a directory of whole pages. Removal takes the
//! last entry into the gap, and `undo_swap_remove` is its exact inverse (I6). Where blocks lie never shows in an order.

use alloc::vec::Vec;

pub(crate) use super::entries::Runs;
use super::page::{Owned, share_all};
use super::storage::{class_for, low_water};

/// Words of a list's head: length in entries, then inline words, or `[block, its words, low water]`, or, of a hub,
/// `[hub, 0, all ones]`.
pub(crate) const HEAD: usize = 4;
pub(super) const INLINE_WORDS: usize = 3;
/// Words of the first block of a list of this width: four keys, or eight links, which are a line of the cache.
const fn first_words(width: usize) -> usize {
    if width == 1 { 4 } else { 8 * width }
}
pub(super) const PAGE_WORDS: usize = 1024;
/// Block sizes 4, 8, ... 1024 words.
const CLASSES: usize = 9;
pub(super) const ADDRESS: usize = 1;
/// Words of a list's block; none of a hub, so that nothing more fits in at a glance.
pub(super) const CAPACITY: usize = 2;
/// A removal that leaves no more words than this has more to do: the list moves to a smaller place, as one that fits into
/// its head does, or it is a hub.
pub(super) const LOW_WATER: usize = 3;

/// Of a fixed number of words, so that a place in it needs no check.
pub(super) type Page = Owned<[u32; PAGE_WORDS]>;

/// Storage of all lists of a store that do not fit in their heads.
#[derive(Clone)]
pub(crate) struct Pool {
    pub(super) pages: Vec<Page>,
    /// Where the part of the last page begins that was never in a block.
    pub(super) cut: usize,
    pub(super) free: [Vec<u32>; CLASSES],
    pub(super) hubs: Vec<Vec<Page>>,
    pub(super) free_hubs: Vec<u32>,
}

/// Where a list's words are.
pub(super) enum Storage {
    Inline,
    Block { address: usize, words: usize },
    Hub(usize),
}

/// A list is inline exactly when it fits.
pub(super) fn storage<const W: usize>(head: &[u32; HEAD]) -> Storage {
    if head[0] as usize * W <= INLINE_WORDS {
        return Storage::Inline;
    }
    match head[CAPACITY] as usize {
        0 => Storage::Hub(head[ADDRESS] as usize),
        words => Storage::Block { address: head[ADDRESS] as usize, words },
    }
}

/// The entry at a place, among words that have one there.
#[inline]
fn entry_mut<const W: usize>(words: &mut [u32], place: u32) -> &mut [u32; W] {
    let start = place as usize * W;
    words[start..start + W].first_chunk_mut().expect("a range has its length")
}

pub(super) fn new_page() -> Page {
    Page::vacant()
}

impl Pool {
    pub(crate) const fn new() -> Self {
        Self {
            pages: Vec::new(),
            cut: 0,
            free: [const { Vec::new() }; CLASSES],
            hubs: Vec::new(),
            free_hubs: Vec::new(),
        }
    }

    /// A second pool with the same lists, which shares all pages until either writes. O(pages).
    pub(crate) fn share(&mut self) -> Self {
        Self {
            pages: share_all(&mut self.pages),
            cut: self.cut,
            free: self.free.clone(),
            hubs: self.hubs.iter_mut().map(share_all).collect(),
            free_hubs: self.free_hubs.clone(),
        }
    }

    /// The entry at a place. O(1).
    #[inline]
    pub(crate) fn entry<const W: usize>(&self, head: &[u32; HEAD], place: u32) -> [u32; W] {
        let word = place as usize * W;
        let words = match storage::<W>(head) {
            Storage::Inline => &head[1 + word..],
            Storage::Block { address, .. } => {
                let start = address % PAGE_WORDS + word;
                &self.pages[address / PAGE_WORDS].read()[start..]
            }
            Storage::Hub(hub) => &self.hubs[hub][word / PAGE_WORDS].read()[word % PAGE_WORDS..],
        };
        *words.first_chunk().expect("a place is one of the list's")
    }

    /// Overwrites the entry at a place. O(1).
    #[inline]
    pub(crate) fn set_entry<const W: usize>(&mut self, head: &mut [u32; HEAD], place: u32, entry: [u32; W]) {
        let word = place as usize * W;
        let words = match storage::<W>(head) {
            Storage::Inline => &mut head[1 + word..],
            Storage::Block { address, .. } => {
                let start = address % PAGE_WORDS + word;
                &mut self.pages[address / PAGE_WORDS].write()[start..]
            }
            Storage::Hub(hub) => &mut self.hubs[hub][word / PAGE_WORDS].write()[word % PAGE_WORDS..],
        };
        *words.first_chunk_mut().expect("a place is one of the list's") = entry;
    }

    /// Appends an entry. O(1) amortized, at worst a copy of one page.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what the caller has found out about the list is used")]
    pub(crate) fn push<const W: usize>(&mut self, head: &mut [u32; HEAD], entry: [u32; W]) {
        let length = head[0];
        let Some(words) = self.words_with_room::<W>(head) else {
            return self.push_grown(head, entry);
        };
        *entry_mut(words, length) = entry;
        head[0] = length + 1;
    }

    /// The words of a list and those after them, if one more entry fits in where the list is, and it is no hub.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what the caller has found out about the list is used")]
    fn words_with_room<'a, const W: usize>(&'a mut self, head: &'a mut [u32; HEAD]) -> Option<&'a mut [u32]> {
        let (start, end) = (head[0] as usize * W, (head[0] as usize + 1) * W);
        if end <= INLINE_WORDS {
            return Some(&mut head[1..]);
        }
        let address = head[ADDRESS] as usize;
        if start <= INLINE_WORDS || end > head[CAPACITY] as usize {
            return None;
        }
        Some(&mut self.pages[address / PAGE_WORDS].write()[address % PAGE_WORDS..])
    }

    /// Appends an entry to a list that must grow for it, or that is a hub.
    #[cold]
    #[inline(never)]
    fn push_grown<const W: usize>(&mut self, head: &mut [u32; HEAD], entry: [u32; W]) {
        let length = head[0] as usize;
        let words = (length + 1) * W;
        // No place but a hub's has room: there it would have been found.
        match storage::<W>(head) {
            Storage::Inline => {
                let inline: [u32; INLINE_WORDS] = [head[1], head[2], head[3]];
                self.move_to_block(head, class_for(first_words(W)), &inline[..length * W]);
            }
            Storage::Block { address, words: capacity } => {
                let class = class_for(capacity);
                if class + 1 < CLASSES {
                    self.change_block(head, address, class + 1, length * W);
                } else {
                    self.move_to_hub(head, address);
                }
                self.free[class].push(address as u32);
            }
            Storage::Hub(hub) if self.hubs[hub].len() * PAGE_WORDS < words => self.hubs[hub].push(new_page()),
            Storage::Hub(_) => {}
        }
        head[0] += 1;
        self.set_entry(head, length as u32, entry);
    }

    /// Takes the last entry off. O(1) amortized.
    #[cold]
    #[inline(never)]
    fn pop<const W: usize>(&mut self, head: &mut [u32; HEAD]) -> [u32; W] {
        let last = head[0] - 1;
        let entry = self.entry(head, last);
        let words = last as usize * W;
        match storage::<W>(head) {
            Storage::Inline => {}
            Storage::Block { address, words: capacity } => {
                let class = class_for(capacity);
                if words <= INLINE_WORDS {
                    let start = address % PAGE_WORDS;
                    let page = self.pages[address / PAGE_WORDS].read();
                    head[1..=words].copy_from_slice(&page[start..start + words]);
                    head[1 + words..].fill(0);
                    self.free[class].push(address as u32);
                } else if words <= low_water(class) as usize {
                    self.change_block(head, address, class - 1, words);
                    self.free[class].push(address as u32);
                }
            }
            Storage::Hub(hub) => {
                if words <= PAGE_WORDS / 2 {
                    let kept = core::mem::take(&mut self.hubs[hub]);
                    self.free_hubs.push(hub as u32);
                    self.move_to_block(head, CLASSES - 1, &kept[0].read()[..words]);
                } else if words + 2 * PAGE_WORDS <= self.hubs[hub].len() * PAGE_WORDS {
                    self.hubs[hub].pop();
                }
            }
        }
        head[0] = last;
        entry
    }

    /// Removes the entry at a place; the last one takes its place and is answered if there was another. O(1).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what the caller has found out about the list is used")]
    pub(crate) fn swap_remove<const W: usize>(&mut self, head: &mut [u32; HEAD], place: u32) -> Option<[u32; W]> {
        let left = head[0].wrapping_sub(1);
        let last = left as usize * W;
        let words = if last + W <= INLINE_WORDS {
            &mut head[1..]
        } else if last > head[LOW_WATER] as usize {
            let address = head[ADDRESS] as usize;
            &mut self.pages[address / PAGE_WORDS].write()[address % PAGE_WORDS..]
        } else {
            return self.swap_remove_shrunk(head, place);
        };
        let entry = *entry_mut(words, left);
        *entry_mut(words, place) = entry;
        head[0] = left;
        (place != left).then_some(entry)
    }

    /// Removes an entry of a list that shrinks for it, or that is a hub.
    #[cold]
    #[inline(never)]
    fn swap_remove_shrunk<const W: usize>(&mut self, head: &mut [u32; HEAD], place: u32) -> Option<[u32; W]> {
        let last = self.pop(head);
        if place == head[0] {
            return None;
        }
        self.set_entry(head, place, last);
        Some(last)
    }

    /// Empties a list at once. O(1), for a hub O(pages).
    #[inline]
    pub(crate) fn clear<const W: usize>(&mut self, head: &mut [u32; HEAD]) {
        match storage::<W>(head) {
            Storage::Inline => {}
            Storage::Block { address, words } => self.free[class_for(words)].push(address as u32),
            Storage::Hub(hub) => {
                self.hubs[hub].clear();
                self.free_hubs.push(hub as u32);
            }
        }
        *head = [0; HEAD];
    }

    /// Empties a list at once, and appends its words to others. O(entries).
    pub(crate) fn take_all(&mut self, head: &mut [u32; HEAD], words: &mut Vec<u32>) {
        let length = head[0] as usize;
        match storage::<1>(head) {
            Storage::Inline => words.extend_from_slice(&head[1..=length]),
            Storage::Block { address, words: capacity } => {
                let start = address % PAGE_WORDS;
                words.extend_from_slice(&self.pages[address / PAGE_WORDS].read()[start..start + length]);
                self.free[class_for(capacity)].push(address as u32);
            }
            Storage::Hub(_) => {
                self.runs::<1>(head).for_each(|run| words.extend_from_slice(run));
                return self.clear::<1>(head);
            }
        }
        *head = [0; HEAD];
    }

    /// The inverse of `swap_remove`: puts an entry back at its place; answers the entry that goes back to the end. O(1).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what the caller has found out about the list is used")]
    pub(crate) fn undo_swap_remove<const W: usize>(
        &mut self,
        head: &mut [u32; HEAD],
        place: u32,
        entry: [u32; W],
    ) -> Option<[u32; W]> {
        let length = head[0];
        let Some(words) = self.words_with_room::<W>(head) else {
            return self.undo_swap_remove_grown(head, place, entry);
        };
        let moved: [u32; W] = core::mem::replace(entry_mut(words, place), entry);
        if place < length {
            *entry_mut(words, length) = moved;
        }
        head[0] = length + 1;
        (place < length).then_some(moved)
    }

    /// The same in a list that must grow for it, or that is a hub.
    #[cold]
    #[inline(never)]
    fn undo_swap_remove_grown<const W: usize>(
        &mut self,
        head: &mut [u32; HEAD],
        place: u32,
        entry: [u32; W],
    ) -> Option<[u32; W]> {
        if place == head[0] {
            self.push_grown(head, entry);
            return None;
        }
        let moved = self.entry(head, place);
        self.push_grown(head, moved);
        self.set_entry(head, place, entry);
        Some(moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Push(u32),
        SwapRemove(usize),
        RemoveAndUndo(usize),
        PopMany(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => any::<u32>().prop_map(Step::Push),
            3 => any::<usize>().prop_map(Step::SwapRemove),
            3 => any::<usize>().prop_map(Step::RemoveAndUndo),
            1 => (0..900_usize).prop_map(Step::PopMany),
        ]
    }

    fn contents<const W: usize>(pool: &Pool, head: &[u32; HEAD]) -> Vec<u32> {
        pool.runs::<W>(head).flatten().copied().collect()
    }

    fn check<const W: usize>(steps: &[Step], times: usize) {
        let (mut pool, mut head, mut model) = (Pool::new(), [0; HEAD], Vec::<[u32; W]>::new());
        for (round, step) in steps.iter().cycle().take(steps.len() * times).enumerate() {
            match *step {
                Step::Push(word) => {
                    let entry = core::array::from_fn(|offset| word.wrapping_add((offset + round) as u32));
                    pool.push(&mut head, entry);
                    model.push(entry);
                }
                Step::SwapRemove(place) if !model.is_empty() => {
                    let place = place % model.len();
                    let moved = pool.swap_remove::<W>(&mut head, place as u32);
                    model.swap_remove(place);
                    assert_eq!(moved, model.get(place).copied());
                }
                Step::RemoveAndUndo(place) if !model.is_empty() => {
                    let place = place % model.len();
                    pool.swap_remove::<W>(&mut head, place as u32);
                    pool.undo_swap_remove(&mut head, place as u32, model[place]);
                }
                Step::PopMany(count) => {
                    for _ in 0..count.min(model.len()) {
                        assert_eq!(Some(pool.pop(&mut head)), model.pop());
                    }
                }
                _ => {}
            }
            assert_eq!(head[0] as usize, model.len());
        }
        assert_eq!(contents::<W>(&pool, &head), model.concat());
        for (place, entry) in model.iter().enumerate() {
            assert_eq!(&pool.entry::<W>(&head, place as u32), entry);
        }
    }

    proptest! {
        #[test]
        fn a_list_equals_a_vector_through_growth_and_shrinking(steps in prop::collection::vec(step(), 1..60), times in 1..80_usize) {
            check::<1>(&steps, times);
            check::<2>(&steps, times);
        }
    }

    #[test]
    fn a_hub_gives_its_pages_back() {
        let (mut pool, mut head) = (Pool::new(), [0; HEAD]);
        for word in 0..10_000 {
            pool.push(&mut head, [word]);
        }
        for word in (0..10_000).rev() {
            assert_eq!(pool.pop::<1>(&mut head), [word]);
        }
        assert_eq!(pool.free_hubs.len(), pool.hubs.len());
        assert_eq!(head[0], 0);
    }

    #[test]
    fn lists_that_are_taken_whole_give_their_words_and_their_room() {
        let (mut pool, mut words, mut room) = (Pool::new(), Vec::new(), Vec::new());
        for _ in 0..2 {
            let mut heads = [[0; HEAD]; 60];
            for (list, head) in (0..).zip(&mut heads) {
                (list..list * list + list).for_each(|word| pool.push(head, [word]));
            }
            for (list, head) in (0..).zip(&mut heads) {
                pool.take_all(head, &mut words);
                assert_eq!((*head, core::mem::take(&mut words)), ([0; HEAD], (list..list * list + list).collect()));
            }
            room.push((pool.pages.len(), pool.hubs.len()));
        }
        assert_eq!(room[0], room[1]);
    }
}
