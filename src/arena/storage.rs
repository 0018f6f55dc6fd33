//! Where the lists of a pool lie: blocks of all sizes in pages, whole pages for hubs.

use super::lists::{ADDRESS, CAPACITY, HEAD, INLINE_WORDS, LOW_WATER, PAGE_WORDS, Pool, new_page};

const SMALLEST_BLOCK: usize = 4;

impl Pool {
    pub(super) fn move_to_block(&mut self, head: &mut [u32; HEAD], class: usize, words: &[u32]) {
        let address = self.allocate(class);
        let start = address as usize % PAGE_WORDS;
        self.pages[address as usize / PAGE_WORDS].write()[start..start + words.len()].copy_from_slice(words);
        (head[ADDRESS], head[CAPACITY], head[LOW_WATER]) = (address, block_words(class) as u32, low_water(class));
    }

    /// Copies the first words of the block at `from` into a new block of another class.
    pub(super) fn change_block(&mut self, head: &mut [u32; HEAD], from: usize, class: usize, words: usize) {
        let address = self.allocate(class);
        let (to, source, target) = (address as usize, from % PAGE_WORDS, address as usize % PAGE_WORDS);
        if from / PAGE_WORDS == to / PAGE_WORDS {
            self.pages[to / PAGE_WORDS].write().copy_within(source..source + words, target);
        } else {
            let [from, to] = self
                .pages
                .get_disjoint_mut([from / PAGE_WORDS, to / PAGE_WORDS])
                .expect("both blocks lie in pages of the pool, and not in the same");
            to.write()[target..target + words].copy_from_slice(&from.read()[source..source + words]);
        }
        (head[ADDRESS], head[CAPACITY], head[LOW_WATER]) = (address, block_words(class) as u32, low_water(class));
    }

    /// The largest blocks are pages, so that a full one is copied whole.
    pub(super) fn move_to_hub(&mut self, head: &mut [u32; HEAD], address: usize) {
        let first = self.pages[address / PAGE_WORDS].clone();
        let directory = alloc::vec![first, new_page()];
        head[ADDRESS] = match self.free_hubs.pop() {
            Some(hub) => {
                self.hubs[hub as usize] = directory;
                hub
            }
            None => {
                self.hubs.push(directory);
                self.hubs.len() as u32 - 1
            }
        };
        (head[CAPACITY], head[LOW_WATER]) = (0, u32::MAX);
    }

    /// A block that was given back, else one cut off the last page: blocks of all sizes share pages, so that a small store
    /// needs few.
    fn allocate(&mut self, class: usize) -> u32 {
        if let Some(address) = self.free[class].pop() {
            return address;
        }
        let (words, mut end) = (block_words(class), self.pages.len() * PAGE_WORDS);
        if self.cut + words > end {
            while self.cut < end {
                let largest = ((end - self.cut) / SMALLEST_BLOCK).ilog2() as usize;
                self.free[largest].push(self.cut as u32);
                self.cut += block_words(largest);
            }
            self.pages.push(new_page());
            end += PAGE_WORDS;
        }
        debug_assert!(self.cut + words <= end, "no block is larger than a page");
        self.cut += words;
        (self.cut - words) as u32
    }
}

pub(super) const fn block_words(class: usize) -> usize {
    SMALLEST_BLOCK << class
}

/// The smallest class whose blocks have so many words.
pub(super) const fn class_for(words: usize) -> usize {
    words.div_ceil(SMALLEST_BLOCK).next_power_of_two().trailing_zeros() as usize
}

/// A block of a class gives way to a smaller one when no more words than these are left in it. The smallest do not: that
/// they be moved costs more than it saves.
pub(super) const fn low_water(class: usize) -> u32 {
    (if class > 2 { block_words(class) / 4 } else { INLINE_WORDS }) as u32
}

#[cfg(test)]
mod tests {
    use super::super::lists::{Storage, storage};
    use super::*;

    /// Words that are set aside for a list.
    fn room<const W: usize>(pool: &Pool, head: &[u32; HEAD]) -> usize {
        match storage::<W>(head) {
            Storage::Inline => INLINE_WORDS,
            Storage::Block { words, .. } => words,
            Storage::Hub(hub) => pool.hubs[hub].len() * PAGE_WORDS,
        }
    }

    fn list_of<const W: usize>(words: usize) -> (Pool, [u32; HEAD]) {
        let (mut pool, mut head) = (Pool::new(), [0; HEAD]);
        (0..words / W).for_each(|word| pool.push(&mut head, [word as u32; W]));
        (pool, head)
    }

    #[test]
    fn a_list_that_grows_has_a_place_twice_as_large_and_a_hub_as_many_pages_as_it_fills() {
        let grown = |words| {
            let (pool, head) = list_of::<2>(words);
            room::<2>(&pool, &head)
        };
        let lengths = [2, 4, 16, 18, 32, 34, 512, 514, 1024, 1026, 2048, 2050, 3072, 3074];
        let rooms = [3, 16, 16, 32, 32, 64, 512, 1024, 1024, 2048, 2048, 3072, 3072, 4096];
        assert_eq!(lengths.map(grown), rooms);
        let first = list_of::<1>(4);
        assert_eq!(room::<1>(&first.0, &first.1), 4);
    }

    #[test]
    fn a_list_that_shrinks_gives_room_back_when_a_quarter_is_left_and_a_hub_keeps_a_page_ahead() {
        let (mut pool, mut head) = list_of::<1>(5000);
        let mut rooms = [
            (3073, 5120),
            (3072, 4096),
            (2049, 4096),
            (2048, 3072),
            (1025, 3072),
            (1024, 2048),
            (513, 2048),
            (512, 1024),
            (257, 1024),
            (256, 512),
            (129, 512),
            (128, 256),
            (9, 32),
            (8, 16),
            (4, 16),
            (3, 3),
        ]
        .into_iter()
        .peekable();
        while head[0] > 0 {
            pool.swap_remove::<1>(&mut head, 0);
            if let Some((words, expected)) = rooms.next_if(|&(words, _)| words == head[0] as usize) {
                assert_eq!((words, room::<1>(&pool, &head)), (words, expected));
            }
        }
        assert_eq!(rooms.next(), None);
    }

    #[test]
    fn blocks_fill_their_page_before_another_is_made() {
        let mut pool = Pool::new();
        for list in 0..PAGE_WORDS / 4 {
            let mut head = [0; HEAD];
            (0..4).for_each(|word| pool.push(&mut head, [word]));
            assert_eq!((list, pool.pages.len()), (list, 1));
        }
    }
}
