//! A hash index from 32-bit hashes to small values (slots, mostly), in shards that split one at a time.
//!
//! Linear hashing (Litwin, "Linear hashing: a new tool for file and table addressing", VLDB 1980) over small tables: an
//! insert never rehashes more than one shard. A shard is a row of [buckets](super::buckets) of a line of the cache each, so
//! that whatever is looked up waits for memory once. Entries carry their hash, so that growing never reads a row; no hash
//! is zero. Several entries may have equal values; uniqueness is the caller's rule.

use alloc::vec::Vec;

use super::buckets::{EMPTY, Probe, SHARD_BUCKETS, Shard, after, clear, empty_shard, home, put, split_off};
use super::page::share_all;

/// Hashes to values, of which a bucket takes `LANES`.
#[derive(Clone)]
pub(crate) struct HashIndex<T: Copy + Default, const LANES: usize> {
    shards: Vec<Shard<T, LANES>>,
    /// One less than the power of two that is the number of shards or follows it.
    mask: u32,
    length: usize,
}

impl<T: Copy + Default, const LANES: usize> HashIndex<T, LANES> {
    /// Entries of a shard on average. One that waits for its split has up to twice as many, and if those are crowded, twice as
    /// many buckets.
    const SHARD_ENTRIES: usize = SHARD_BUCKETS * LANES / 2;

    pub(crate) const fn new() -> Self {
        Self { shards: Vec::new(), mask: 0, length: 0 }
    }

    /// A second index with the same entries, which shares all shards until either writes. O(shards).
    pub(crate) fn share(&mut self) -> Self {
        Self { shards: share_all(&mut self.shards), mask: self.mask, length: self.length }
    }

    /// Entries. O(1).
    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    #[inline]
    fn shard_of(&self, hash: u32) -> usize {
        let shard = (hash & self.mask) as usize;
        if shard < self.shards.len() { shard } else { (hash & (self.mask >> 1)) as usize }
    }

    /// The entries with this hash. O(1) expected for each.
    #[inline]
    fn probe(&self, hash: u32) -> Probe<'_, T, LANES> {
        match self.shards.get(self.shard_of(hash)) {
            Some(shard) => Probe::new(shard.read(), hash),
            None => Probe::none(hash),
        }
    }

    /// Where the first entry with this hash is that `is_match` accepts: the shard, the bucket, the lane. O(1) expected.
    #[inline]
    fn locate(&self, hash: u32, mut is_match: impl FnMut(T) -> bool) -> Option<(usize, usize, usize)> {
        let mut probe = self.probe(hash);
        while let Some((place, lane)) = probe.advance() {
            if is_match(probe.buckets[place].values[lane]) {
                return Some((self.shard_of(hash), place, lane));
            }
        }
        None
    }

    /// The first value with this hash that `is_match` accepts. O(1) expected.
    #[inline]
    pub(crate) fn find(&self, hash: u32, mut is_match: impl FnMut(T) -> bool) -> Option<T> {
        self.find_entry(hash, |&value| is_match(value)).copied()
    }

    /// Not by way of a [`Probe`], which costs more to set up.
    #[inline]
    fn find_entry(&self, hash: u32, mut is_match: impl FnMut(&T) -> bool) -> Option<&T> {
        let buckets = self.shards.get(self.shard_of(hash))?.read();
        let (mut place, mut left) = (home(hash, buckets.len()), buckets.len());
        loop {
            let bucket = &buckets[place];
            for lane in bucket.lanes(hash) {
                if is_match(&bucket.values[lane]) {
                    return Some(&bucket.values[lane]);
                }
            }
            left -= 1;
            if bucket.passed == 0 || left == 0 {
                return None;
            }
            place = after(place, buckets.len());
        }
    }

    /// The value with this hash, where each hash has one at most. O(1) expected.
    #[inline]
    pub(crate) fn get(&self, hash: u32) -> Option<&T> {
        self.find_entry(hash, |_| true)
    }

    /// All values with this hash, in no order. O(1) expected for each.
    pub(crate) fn with_hash(&self, hash: u32) -> Probe<'_, T, LANES> {
        self.probe(hash)
    }

    /// What `find` finds, to write. O(1) expected.
    pub(crate) fn find_mut(&mut self, hash: u32, is_match: impl FnMut(T) -> bool) -> Option<&mut T> {
        let (shard, place, lane) = self.locate(hash, is_match)?;
        Some(&mut self.shards[shard].write()[place].values[lane])
    }

    /// Adds an entry. O(1) amortized, at worst one shard is split.
    pub(crate) fn insert(&mut self, hash: u32, value: T) {
        debug_assert!(hash != EMPTY, "no hash is zero");
        if self.length >= self.shards.len() * Self::SHARD_ENTRIES {
            self.split();
        }
        let shard = self.shard_of(hash);
        put(&mut self.shards[shard], hash, value);
        self.length += 1;
    }

    /// Removes an entry that is there. O(1) expected.
    pub(crate) fn remove(&mut self, hash: u32, is_match: impl FnMut(T) -> bool) {
        let (shard, place, lane) = self.locate(hash, is_match).expect("an indexed row has its entry");
        clear(self.shards[shard].write(), place, lane);
        self.length -= 1;
    }

    #[cold]
    #[inline(never)]
    fn split(&mut self) {
        let count = self.shards.len();
        if count == 0 {
            // Of a small index the only one, which grows as it must.
            self.shards.push(empty_shard(1));
            return;
        }
        // The shard whose low bits agree with the new one's is the only one that gives entries up: those with one bit more.
        let bit = 1 << count.ilog2();
        let shard = split_off(&mut self.shards[count - bit], bit as u32);
        self.shards.push(shard);
        self.mask = (count + 1).next_power_of_two() as u32 - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::buckets::Bucket;
    use super::super::page::Page;
    use super::*;
    use proptest::prelude::*;

    type Slots = HashIndex<u32, 7>;

    fn scattered(slot: u32) -> u32 {
        slot.wrapping_add(1).wrapping_mul(0x9E37_79B1)
    }

    /// Each bucket has counted the entries that have passed it.
    fn passes_are_counted<const LANES: usize>(index: &HashIndex<u32, LANES>) -> bool {
        index.shards.iter().map(Page::read).all(|buckets| {
            let mut passed = alloc::vec![0; buckets.len()];
            for (at, bucket) in buckets.iter().enumerate() {
                for &hash in bucket.hashes.iter().filter(|&&hash| hash != EMPTY) {
                    let mut place = home(hash, buckets.len());
                    while place != at {
                        passed[place] += 1;
                        place = after(place, buckets.len());
                    }
                }
            }
            buckets.iter().map(|bucket| bucket.passed).eq(passed)
        })
    }

    #[test]
    fn every_entry_is_found_through_all_splits() {
        let mut index = Slots::new();
        let hash = |slot: u32| scattered(slot) ^ (slot >> 7);
        for slot in 0..20_000 {
            index.insert(hash(slot), slot);
        }
        assert!((0..20_000).all(|slot| index.find(hash(slot), |found| found == slot) == Some(slot)));
        for slot in (0..20_000).step_by(2) {
            index.remove(hash(slot), |found| found == slot);
        }
        assert!((0..20_000).all(|slot| index.find(hash(slot), |found| found == slot).is_some() == (slot % 2 == 1)));
        assert_eq!(index.len(), 10_000);
        assert!(passes_are_counted(&index));
    }

    #[test]
    fn entries_are_shared_out_among_shards_of_some_hundreds_and_their_buckets() {
        let mut index = Slots::new();
        (0..20_000).for_each(|slot| index.insert(scattered(slot), slot));
        assert_eq!(index.shards.len(), 20_000_usize.div_ceil(Slots::SHARD_ENTRIES));
        let buckets = || index.shards.iter().map(Page::read);
        assert!(buckets().all(|buckets| (SHARD_BUCKETS / 2..=SHARD_BUCKETS).contains(&buckets.len())));
        let far = buckets().flatten().map(|bucket| bucket.passed).sum::<u32>();
        assert!(far < 4_000, "most entries lie where their hash leads, but {far} were passed on");
    }

    #[test]
    fn a_small_index_has_few_buckets() {
        let mut index = Slots::new();
        let mut buckets = Vec::new();
        for slot in 0..100 {
            index.insert(scattered(slot), slot);
            buckets.push(index.shards[0].read().len());
        }
        assert_eq!([0, 6, 7, 13].map(|place| buckets[place]), [1, 1, 2, 2]);
        assert!(buckets[99] <= 32);
    }

    #[test]
    fn entries_of_one_hash_are_found_however_many_they_are_and_nothing_is_where_nothing_was_put() {
        let mut index = Slots::new();
        (0..3_000).for_each(|slot| index.insert(7, slot));
        assert_eq!(index.with_hash(7).count(), 3_000);
        assert!((0..3_000).all(|slot| index.find(7, |found| found == slot).is_some()));
        assert!((1..2_000).all(|other| index.get(scattered(other)).is_none()));
        assert!(index.shards.iter().map(|shard| shard.read().len()).sum::<usize>() < 3_000);
        (0..3_000).rev().for_each(|slot| index.remove(7, |found| found == slot));
        assert!(index.get(7).is_none() && passes_are_counted(&index));
    }

    #[test]
    fn a_hash_has_its_entries_once_where_entries_have_passed_every_bucket() {
        let (mut index, first, second) = (HashIndex::<u32, 3>::new(), 1, 0xC000_0001);
        // One of four lies in the second bucket, and then one of that bucket's own finds room in the first.
        (0..4).for_each(|slot| index.insert(first, slot));
        index.remove(first, |slot| slot == 0);
        (4..7).for_each(|slot| index.insert(second, slot));
        assert_eq!(index.shards[0].read().iter().map(|bucket| bucket.passed).collect::<Vec<u32>>(), [1, 1]);
        assert_eq!([first, second].map(|hash| index.with_hash(hash).count()), [3, 3]);
    }

    #[test]
    fn few_entries_of_a_growing_index_lie_beyond_the_bucket_that_their_hash_leads_to() {
        let mut index = Slots::new();
        for slot in 0..Slots::SHARD_ENTRIES as u32 {
            index.insert(scattered(slot), slot);
            let passed = index.shards[0].read().iter().map(|bucket| bucket.passed).sum::<u32>();
            assert!(passed <= slot / 16, "{passed} of {slot} are passed on");
        }
    }

    proptest! {
        /// Of few hashes whose places are the same, so that entries are passed on.
        #[test]
        fn an_index_has_what_was_put_in_and_not_taken_out(
            steps in prop::collection::vec((1..9_u32, any::<bool>(), any::<bool>()), 1..600),
        ) {
            let (mut index, mut there, mut copies) = (HashIndex::<u32, 3>::new(), Vec::new(), Vec::new());
            for (slot, &(hash, inserts, copied)) in (0..).zip(&steps) {
                let hash = ((hash % 3 + hash) << 29) | hash;
                if inserts || there.is_empty() {
                    index.insert(hash, slot);
                    there.push((hash, slot));
                } else {
                    let (hash, slot) = there.swap_remove(hash as usize % there.len());
                    index.remove(hash, |other| other == slot);
                }
                prop_assert_eq!(index.len(), there.len());
                if copied && copies.len() < 3 {
                    copies.push((index.share(), there.clone()));
                }
            }
            copies.push((index, there));
            for (index, there) in copies {
                prop_assert!(passes_are_counted(&index));
                for (hash, slot) in there {
                    prop_assert_eq!(index.find(hash, |other| other == slot), Some(slot));
                }
                let found = index.shards.iter().flat_map(Page::read).map(Bucket::entries).sum::<usize>();
                prop_assert_eq!(found, index.len());
            }
        }
    }
}
