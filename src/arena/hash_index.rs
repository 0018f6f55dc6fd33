//! A hash index from 32-bit hashes to small values (slots, mostly), in shards that split one at a time.
//!
//! Linear hashing (Litwin, "Linear hashing: a new tool for file and table addressing", VLDB 1980) over small tables: an
//! insert never rehashes more than one shard. Entries carry their hash, so that growing never reads a row. Several
//! entries may have equal values; uniqueness is the caller's rule.

use alloc::vec::Vec;
use hashbrown::HashTable;
use hashbrown::hash_table::IterHash;
use triomphe::Arc;

/// Entries of a shard on average; one that waits for its split has up to twice as many.
const SHARD_ENTRIES: usize = 400;
/// Room in a shard, all that its 1024 buckets take, so that it fills up without rehashing.
const SHARD_ROOM: usize = 896;

#[derive(Clone, Copy)]
struct Entry<T> {
    hash: u32,
    value: T,
}

/// A part of the entries: in the directory itself, so that it is found in one step, or shared by forks.
enum Shard<T> {
    Own(HashTable<Entry<T>>),
    Shared(Arc<HashTable<Entry<T>>>),
}

impl<T: Copy> Shard<T> {
    fn roomy() -> Self {
        Self::Own(HashTable::with_capacity(SHARD_ROOM))
    }

    #[inline]
    fn read(&self) -> &HashTable<Entry<T>> {
        match self {
            Self::Own(entries) => entries,
            Self::Shared(entries) => entries,
        }
    }

    #[inline]
    fn write(&mut self) -> &mut HashTable<Entry<T>> {
        if let Self::Shared(_) = self {
            self.take_over();
        }
        match self {
            Self::Own(entries) => entries,
            Self::Shared(_) => unreachable!("a shared shard was taken over"),
        }
    }

    /// Takes the entries, or a copy while others share them.
    #[cold]
    #[inline(never)]
    fn take_over(&mut self) {
        if let Self::Shared(shared) = core::mem::replace(self, Self::Own(HashTable::new())) {
            *self = Self::Own(Arc::try_unwrap(shared).unwrap_or_else(|shared| HashTable::clone(&shared)));
        }
    }

    /// The same entries for two, until either writes. O(1).
    fn share(&mut self) -> Self {
        let shared = match core::mem::replace(self, Self::Own(HashTable::new())) {
            Self::Own(entries) => Arc::new(entries),
            Self::Shared(shared) => shared,
        };
        *self = Self::Shared(Arc::clone(&shared));
        Self::Shared(shared)
    }
}

impl<T: Copy> Clone for Shard<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Own(entries) => Self::Own(entries.clone()),
            Self::Shared(shared) => Self::Shared(Arc::clone(shared)),
        }
    }
}

/// Hashes to values.
#[derive(Clone)]
pub(crate) struct HashIndex<T: Copy> {
    shards: Vec<Shard<T>>,
    /// One less than the power of two that is the number of shards or follows it.
    mask: u32,
    length: usize,
}

/// Shards are chosen by the hash's low bits, so that the place inside a shard must come from all of them.
#[inline]
fn spread(hash: u32) -> u64 {
    let product = u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ (product >> 32)
}

impl<T: Copy> HashIndex<T> {
    pub(crate) const fn new() -> Self {
        Self { shards: Vec::new(), mask: 0, length: 0 }
    }

    /// A second index with the same entries, which shares all shards until either writes. O(shards).
    pub(crate) fn share(&mut self) -> Self {
        Self { shards: self.shards.iter_mut().map(Shard::share).collect(), mask: self.mask, length: self.length }
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

    /// The first value with this hash that `is_match` accepts. O(1) expected.
    #[inline]
    pub(crate) fn find(&self, hash: u32, mut is_match: impl FnMut(T) -> bool) -> Option<T> {
        if self.shards.is_empty() {
            return None;
        }
        let shard = self.shards[self.shard_of(hash)].read();
        shard.find(spread(hash), |entry| entry.hash == hash && is_match(entry.value)).map(|entry| entry.value)
    }

    /// As `find`, compiled once for all callers: a call of `is_match` is not inlined, and happens for an equal hash only.
    pub(crate) fn find_any(&self, hash: u32, is_match: &mut dyn FnMut(T) -> bool) -> Option<T> {
        self.find(hash, is_match)
    }

    /// The value with this hash, where each hash has one at most. O(1) expected.
    #[inline]
    pub(crate) fn get(&self, hash: u32) -> Option<&T> {
        let shard = self.shards.get(self.shard_of(hash))?.read();
        shard.find(spread(hash), |entry| entry.hash == hash).map(|entry| &entry.value)
    }

    /// All values with this hash, in no order. O(1) expected for each.
    pub(crate) fn with_hash(&self, hash: u32) -> WithHash<'_, T> {
        let shard = (!self.shards.is_empty()).then(|| self.shards[self.shard_of(hash)].read());
        WithHash { entries: shard.map(|shard| shard.iter_hash(spread(hash))), hash }
    }

    /// What `find` finds, to write. O(1) expected.
    pub(crate) fn find_mut(&mut self, hash: u32, mut is_match: impl FnMut(T) -> bool) -> Option<&mut T> {
        if self.shards.is_empty() {
            return None;
        }
        let shard = self.shard_of(hash);
        let entry =
            self.shards[shard].write().find_mut(spread(hash), |entry| entry.hash == hash && is_match(entry.value));
        entry.map(|entry| &mut entry.value)
    }

    /// Adds an entry. O(1) amortized, at worst one shard is split.
    pub(crate) fn insert(&mut self, hash: u32, value: T) {
        if self.length >= self.shards.len() * SHARD_ENTRIES {
            self.split();
        }
        let shard = self.shard_of(hash);
        self.shards[shard].write().insert_unique(spread(hash), Entry { hash, value }, |entry| spread(entry.hash));
        self.length += 1;
    }

    /// Removes an entry that is there. O(1) expected.
    pub(crate) fn remove(&mut self, hash: u32, mut is_match: impl FnMut(T) -> bool) {
        let shard = self.shard_of(hash);
        let entry =
            self.shards[shard].write().find_entry(spread(hash), |entry| entry.hash == hash && is_match(entry.value));
        entry.ok().expect("an indexed row has its entry").remove();
        self.length -= 1;
    }

    fn split(&mut self) {
        let count = self.shards.len();
        if count == 0 {
            // Of a small index the only one, which grows as it must.
            self.shards.push(Shard::Own(HashTable::new()));
            return;
        }
        self.shards.push(Shard::roomy());
        self.mask = self.shards.len().next_power_of_two() as u32 - 1;
        // The shard whose low bits agree with the new one's is the only one that gives entries up.
        let parent = count - (1 << count.ilog2());
        let mut split = core::mem::replace(&mut self.shards[parent], Shard::roomy());
        for entry in split.write().drain() {
            let shard = self.shard_of(entry.hash);
            self.shards[shard].write().insert_unique(spread(entry.hash), entry, |entry| spread(entry.hash));
        }
    }
}

/// The values with a hash.
pub(crate) struct WithHash<'a, T> {
    entries: Option<IterHash<'a, Entry<T>>>,
    hash: u32,
}

impl<T> Clone for WithHash<'_, T> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), hash: self.hash }
    }
}

impl<'a, T> Iterator for WithHash<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        let entry = self.entries.as_mut()?.find(|entry| entry.hash == self.hash)?;
        Some(&entry.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_found_through_all_splits() {
        let mut index = HashIndex::new();
        let hash = |slot: u32| slot.wrapping_mul(0x9E37_79B1) ^ (slot >> 7);
        for slot in 0..20_000 {
            index.insert(hash(slot), slot);
        }
        assert!((0..20_000).all(|slot| index.find(hash(slot), |found| found == slot) == Some(slot)));
        for slot in (0..20_000).step_by(2) {
            index.remove(hash(slot), |found| found == slot);
        }
        assert!((0..20_000).all(|slot| index.find(hash(slot), |found| found == slot).is_some() == (slot % 2 == 1)));
        assert_eq!(index.len(), 10_000);
    }

    #[test]
    fn entries_are_shared_out_among_shards_of_some_hundreds() {
        let mut index = HashIndex::new();
        (0..20_000_u32).for_each(|slot| index.insert(slot.wrapping_mul(0x9E37_79B1), slot));
        assert_eq!(index.shards.len(), 20_000 / SHARD_ENTRIES);
        assert!(index.shards.iter().all(|shard| (1..=SHARD_ROOM).contains(&shard.read().len())));
    }

    #[test]
    fn hashes_of_one_shard_are_spread_over_its_places() {
        // A shard's hashes have their low bits in common. A table places them by low bits, and tells them apart by the
        // seven highest.
        let spread_out = || (0..512).map(|number| spread(number << 8 | 5));
        let count = |mut parts: Vec<u64>| {
            parts.sort_unstable();
            parts.dedup();
            parts.len()
        };
        // Of 512 that fall at random about 403 places are taken, and each of the 128 marks.
        assert!(count(spread_out().map(|hash| hash % 1024).collect()) > 350);
        assert!(count(spread_out().map(|hash| hash >> 57).collect()) > 120);
    }
}
