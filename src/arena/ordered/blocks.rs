//! Pairs of key and slot in chunks, and chunks in blocks: what a write moves.

use alloc::vec::Vec;

use crate::arena::page::Page;

/// Pairs of a chunk, and chunks of a block, at most.
pub(super) const MOST: usize = 128;
/// Below this many, a chunk or block joins a neighbour if both together have room to grow.
pub(super) const FEW: usize = MOST / 4;
const JOINED: usize = MOST - FEW;

/// A key and one of the slots that have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair<K> {
    pub(super) key: K,
    pub(super) slot: u32,
}

#[derive(Clone)]
pub(super) struct Chunk<K> {
    pub(super) low: Pair<K>,
    pub(super) length: usize,
    page: Page<Pair<K>>,
}

#[derive(Clone)]
pub(super) struct Block<K> {
    pub(super) low: Pair<K>,
    /// Pairs in all chunks.
    pub(super) length: usize,
    pub(super) chunks: Vec<Chunk<K>>,
}

impl<K: Copy + Ord> Block<K> {
    pub(super) fn share(&mut self) -> Self {
        let (own, shared) = core::mem::take(&mut self.chunks).into_iter().map(Chunk::into_two).unzip();
        self.chunks = own;
        Self { chunks: shared, ..*self }
    }

    pub(super) fn insert(&mut self, at: usize, pair: Pair<K>, is_last: bool) {
        self.low = self.low.min(pair);
        self.length += 1;
        let is_last = is_last && at + 1 == self.chunks.len();
        let chunk = &mut self.chunks[at];
        if chunk.length < MOST {
            chunk.insert(pair);
            return;
        }
        // Keys that only grow leave full chunks behind.
        let kept = if is_last && chunk.pairs()[MOST - 1] < pair { MOST } else { MOST / 2 };
        let mut upper = chunk.split(kept, pair);
        if pair < upper.low {
            chunk.insert(pair);
        } else {
            upper.insert(pair);
        }
        self.chunks.insert(at + 1, upper);
    }

    pub(super) fn remove(&mut self, at: usize, pair: Pair<K>) {
        self.length -= 1;
        let chunk = &mut self.chunks[at];
        chunk.remove(pair);
        if chunk.length == 0 {
            self.chunks.remove(at);
        } else if chunk.length < FEW
            && let Some(first) = to_join(&self.chunks, at, |chunk| chunk.length)
        {
            let second = self.chunks.remove(first + 1);
            self.chunks[first].join(&second);
        }
    }

    pub(super) fn split(&mut self, is_last: bool) -> Self {
        let chunks = self.chunks.split_off(if is_last { MOST } else { MOST / 2 });
        let length = chunks.iter().map(|chunk| chunk.length).sum();
        self.length -= length;
        Self { low: chunks[0].low, length, chunks }
    }

    pub(super) fn join(&mut self, next: Self) {
        self.length += next.length;
        self.chunks.extend(next.chunks);
    }
}

impl<K: Copy + Ord> Chunk<K> {
    pub(super) fn empty(low: Pair<K>) -> Self {
        Self { low, length: 0, page: Page::filled(MOST, || low) }
    }

    pub(super) fn into_two(self) -> (Self, Self) {
        let (own, shared) = self.page.into_two();
        (Self { page: own, ..self }, Self { page: shared, ..self })
    }

    pub(super) fn pairs(&self) -> &[Pair<K>] {
        &self.page.read()[..self.length]
    }

    pub(super) fn insert(&mut self, pair: Pair<K>) {
        self.low = self.low.min(pair);
        let place = self.pairs().partition_point(|other| *other < pair);
        let pairs = self.page.write();
        pairs.copy_within(place..self.length, place + 1);
        pairs[place] = pair;
        self.length += 1;
    }

    pub(super) fn remove(&mut self, pair: Pair<K>) {
        let place = self.pairs().binary_search(&pair).expect("an indexed row has its pair");
        self.page.write().copy_within(place + 1..self.length, place);
        self.length -= 1;
    }

    /// Gives up the pairs from a place on; `next` is the lower bound of those that will follow if these are none.
    pub(super) fn split(&mut self, at: usize, next: Pair<K>) -> Self {
        let mut upper = Self::empty(*self.pairs().get(at).unwrap_or(&next));
        upper.take_all(&self.pairs()[at..]);
        self.length = at;
        upper
    }

    pub(super) fn join(&mut self, next: &Self) {
        self.take_all(next.pairs());
    }

    pub(super) fn take_all(&mut self, pairs: &[Pair<K>]) {
        let end = self.length + pairs.len();
        self.page.write()[self.length..end].copy_from_slice(pairs);
        self.length = end;
    }
}

/// The first of two neighbours, one of them at a place, that together leave room to grow.
pub(super) fn to_join<T>(all: &[T], place: usize, length: impl Fn(&T) -> usize) -> Option<usize> {
    let fits = |first: &usize| all.get(first + 1).is_some_and(|next| length(&all[*first]) + length(next) <= JOINED);
    place.checked_sub(1).filter(fits).or_else(|| Some(place).filter(fits))
}
