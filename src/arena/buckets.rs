//! The buckets of a hash index: hashes and values of some entries, in one line of the cache.
//!
//! An entry whose bucket is full lies in one of the next, and buckets count who has passed (as in F14, Bronson and Shi,
//! "Open-sourcing F14", 2019): a walk ends at the first that nobody has. A shard is a row of buckets.

use super::page::Page;

/// Buckets of a shard, unless more entries have its hashes than they take.
pub(super) const SHARD_BUCKETS: usize = 128;
/// Full buckets that an entry passes before it is worth a look whether its shard is too full.
const FAR: usize = 4;
/// The hash of a lane without an entry.
pub(super) const EMPTY: u32 = 0;

/// Some entries whose hashes lead to this place, or to one before that was full.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Bucket<T, const LANES: usize> {
    pub(super) hashes: [u32; LANES],
    /// Entries that lie further on because this bucket was full.
    pub(super) passed: u32,
    pub(super) values: [T; LANES],
}

/// A row of buckets.
pub(super) type Shard<T, const LANES: usize> = Page<Bucket<T, LANES>>;

/// Lanes of a bucket as bits of a number, from the second on.
#[derive(Clone)]
pub(super) struct Lanes<const LANES: usize>(u32);

impl<const LANES: usize> Iterator for Lanes<LANES> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        // The last bit is no lane, so that there is one in any case.
        let lane = (self.0 | 1 << 31).trailing_zeros() as usize - 1;
        self.0 &= self.0.wrapping_sub(1);
        if lane < LANES { Some(lane) } else { None }
    }
}

impl<T: Copy + Default, const LANES: usize> Bucket<T, LANES> {
    fn empty() -> Self {
        Self { hashes: [EMPTY; LANES], passed: 0, values: [T::default(); LANES] }
    }

    /// The lanes with a hash. All are compared at once, and the count too, which is no lane: so many words the compiler
    /// compares with few instructions.
    #[inline]
    pub(super) fn lanes(&self, hash: u32) -> Lanes<LANES> {
        let mut equal = 0;
        for (lane, &other) in self.hashes.iter().enumerate() {
            equal |= if other == hash { 2 << lane } else { 0 };
        }
        equal |= if self.passed == hash { 2 << LANES } else { 0 };
        Lanes(equal)
    }

    /// The lanes whose hash has a bit.
    #[inline]
    fn lanes_with(&self, bit: u32) -> Lanes<LANES> {
        let mut with = 0;
        for (lane, &hash) in self.hashes.iter().enumerate() {
            with |= if hash & bit == 0 { 0 } else { 2 << lane };
        }
        Lanes(with)
    }

    pub(super) fn entries(&self) -> usize {
        self.hashes.iter().filter(|&&hash| hash != EMPTY).count()
    }
}

/// The bucket that a hash leads to, by its high bits: shards are chosen by the low ones.
#[inline]
pub(super) fn home(hash: u32, buckets: usize) -> usize {
    ((u64::from(hash) * buckets as u64) >> 32) as usize
}

/// The bucket that takes what another has no room for.
#[inline]
pub(super) const fn after(place: usize, buckets: usize) -> usize {
    if place + 1 == buckets { 0 } else { place + 1 }
}

/// A shard without entries.
pub(super) fn empty_shard<T: Copy + Default, const LANES: usize>(buckets: usize) -> Shard<T, LANES> {
    Page::filled(buckets, Bucket::empty)
}

/// Puts an entry into the first bucket with room.
#[inline]
pub(super) fn put<T: Copy + Default, const LANES: usize>(shard: &mut Shard<T, LANES>, hash: u32, value: T) {
    let buckets = shard.write();
    let place = home(hash, buckets.len());
    let bucket = &mut buckets[place];
    match bucket.lanes(EMPTY).next() {
        Some(lane) => (bucket.hashes[lane], bucket.values[lane]) = (hash, value),
        None => put_far(shard, hash, value),
    }
}

/// Puts an entry whose bucket is full into another, or into twice as many buckets.
#[cold]
#[inline(never)]
fn put_far<T: Copy + Default, const LANES: usize>(shard: &mut Shard<T, LANES>, hash: u32, value: T) {
    let buckets = shard.write();
    let first = home(hash, buckets.len());
    let (mut place, mut passed) = (first, 0);
    let lane = loop {
        if let Some(lane) = buckets[place].lanes(EMPTY).next() {
            break lane;
        }
        (place, passed) = (after(place, buckets.len()), passed + 1);
        if passed == buckets.len() || passed == FAR && is_crowded(buckets) {
            *shard = moved(buckets, buckets.len() * 2);
            return put(shard, hash, value);
        }
    };
    (buckets[place].hashes[lane], buckets[place].values[lane]) = (hash, value);
    let (last, mut place) = (place, first);
    while place != last {
        buckets[place].passed += 1;
        place = after(place, buckets.len());
    }
}

/// The same entries in another number of buckets.
fn moved<T: Copy + Default, const LANES: usize>(buckets: &[Bucket<T, LANES>], count: usize) -> Shard<T, LANES> {
    let mut shard = empty_shard(count);
    for bucket in buckets {
        for lane in (0..LANES).filter(|&lane| bucket.hashes[lane] != EMPTY) {
            put(&mut shard, bucket.hashes[lane], bucket.values[lane]);
        }
    }
    shard
}

fn entries<T: Copy + Default, const LANES: usize>(buckets: &[Bucket<T, LANES>]) -> usize {
    buckets.iter().map(Bucket::entries).sum()
}

/// Whether an entry passes many buckets because there are too few, and not because its hash is that of many. O(buckets).
/// A shard that splits by and by is left to fill up.
fn is_crowded<T: Copy + Default, const LANES: usize>(buckets: &[Bucket<T, LANES>]) -> bool {
    let (entries, room) = (entries(buckets), buckets.len() * LANES);
    let most = if buckets.len() < SHARD_BUCKETS { room / 4 * 3 } else { room / 16 * 15 };
    entries > most
}

/// Takes an entry out of the lane where it is.
pub(super) fn clear<T: Copy + Default, const LANES: usize>(buckets: &mut [Bucket<T, LANES>], at: usize, lane: usize) {
    let mut place = home(buckets[at].hashes[lane], buckets.len());
    buckets[at].hashes[lane] = EMPTY;
    while place != at {
        buckets[place].passed -= 1;
        place = after(place, buckets.len());
    }
}

/// Moves the entries whose hashes have a bit into a new shard. What had more buckets than usual while it waited for that has
/// as many as usual again, if its entries are no more than usual.
pub(super) fn split_off<T: Copy + Default, const LANES: usize>(
    parent: &mut Shard<T, LANES>,
    bit: u32,
) -> Shard<T, LANES> {
    let buckets = parent.write();
    let mut shard = empty_shard(buckets.len().min(SHARD_BUCKETS));
    for place in 0..buckets.len() {
        // Which they are is asked of all at once, since nobody can foretell it of one. No empty lane has the bit.
        for lane in buckets[place].lanes_with(bit) {
            let (hash, value) = (buckets[place].hashes[lane], buckets[place].values[lane]);
            clear(buckets, place, lane);
            put(&mut shard, hash, value);
        }
    }
    if buckets.len() > SHARD_BUCKETS && entries(buckets) <= SHARD_BUCKETS * LANES / 2 {
        *parent = moved(buckets, SHARD_BUCKETS);
    }
    shard
}

/// The values with a hash.
pub(crate) struct Probe<'a, T, const LANES: usize> {
    pub(super) buckets: &'a [Bucket<T, LANES>],
    place: usize,
    /// Buckets to look at after this one, at most.
    left: usize,
    /// The lanes of this bucket that are still to be looked at.
    lanes: Lanes<LANES>,
    hash: u32,
}

impl<T, const LANES: usize> Clone for Probe<'_, T, LANES> {
    fn clone(&self) -> Self {
        Self { lanes: self.lanes.clone(), ..*self }
    }
}

impl<'a, T: Copy + Default, const LANES: usize> Probe<'a, T, LANES> {
    /// Of an index without shards.
    pub(super) const fn none(hash: u32) -> Self {
        Self { buckets: &[], place: 0, left: 0, lanes: Lanes(0), hash }
    }

    #[inline]
    pub(super) fn new(buckets: &'a [Bucket<T, LANES>], hash: u32) -> Self {
        let place = home(hash, buckets.len());
        Self { buckets, place, left: buckets.len() - 1, lanes: buckets[place].lanes(hash), hash }
    }

    /// The next bucket and lane with the hash.
    #[inline]
    pub(super) fn advance(&mut self) -> Option<(usize, usize)> {
        loop {
            if let Some(lane) = self.lanes.next() {
                return Some((self.place, lane));
            }
            if self.left == 0 || self.buckets[self.place].passed == 0 {
                return None;
            }
            self.left -= 1;
            self.place = after(self.place, self.buckets.len());
            self.lanes = self.buckets[self.place].lanes(self.hash);
        }
    }
}

impl<'a, T: Copy + Default, const LANES: usize> Iterator for Probe<'a, T, LANES> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        let (place, lane) = self.advance()?;
        Some(&self.buckets[place].values[lane])
    }
}
