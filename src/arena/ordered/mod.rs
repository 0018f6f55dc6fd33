//! An index in the order of its keys: pairs of key and slot, sorted, in chunks; chunks in blocks; blocks in one directory.
//!
//! Three levels, each searched by halves, so that a write moves at most a chunk, and now and then a block or the directory,
//! which has an entry for some ten thousand pairs. Pages are shared by forks. Each chunk and block has a lower bound that
//! is above all that stands before it, so that removing a pair changes no bound. No chunk and no block is empty.

mod blocks;
mod walk;

pub(crate) use walk::{RunSlots, Walk};

use alloc::vec::Vec;
use core::ops::Bound;

use self::blocks::{Block, Chunk, FEW, MOST, Pair, to_join};

/// Keys with slots, in order.
#[derive(Clone)]
pub(crate) struct OrderedIndex<K> {
    blocks: Vec<Block<K>>,
}

/// Where a pair is. The end of all is in the block after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    block: usize,
    chunk: usize,
    place: usize,
}

impl<K: Copy + Ord> OrderedIndex<K> {
    pub(crate) const fn new() -> Self {
        Self { blocks: Vec::new() }
    }

    /// A second index with the same pairs, which shares all pages until either writes. O(chunks).
    pub(crate) fn share(&mut self) -> Self {
        Self { blocks: self.blocks.iter_mut().map(Block::share).collect() }
    }

    /// All pairs. O(blocks).
    pub(crate) fn len(&self) -> usize {
        self.blocks.iter().map(|block| block.length).sum()
    }

    /// Adds a pair. O(log n), and at most a chunk, a block and the directory are moved.
    pub(crate) fn insert(&mut self, key: K, slot: u32) {
        let pair = Pair { key, slot };
        if self.blocks.is_empty() {
            self.blocks.push(Block { low: pair, length: 0, chunks: alloc::vec![Chunk::empty(pair)] });
        }
        let (place, at) = self.locate(pair);
        let is_last = place + 1 == self.blocks.len();
        let block = &mut self.blocks[place];
        block.insert(at, pair, is_last);
        if block.chunks.len() > MOST {
            let upper = block.split(is_last);
            self.blocks.insert(place + 1, upper);
        }
    }

    /// Removes a pair that is there. O(log n), and at most a chunk, a block and the directory are moved.
    pub(crate) fn remove(&mut self, key: K, slot: u32) {
        let pair = Pair { key, slot };
        let (place, at) = self.locate(pair);
        let block = &mut self.blocks[place];
        block.remove(at, pair);
        if block.chunks.is_empty() {
            self.blocks.remove(place);
        } else if block.chunks.len() < FEW
            && let Some(first) = to_join(&self.blocks, place, |block| block.chunks.len())
        {
            let second = self.blocks.remove(first + 1);
            self.blocks[first].join(second);
        }
    }

    /// Whether a pair is there. O(log n).
    pub(crate) fn contains(&self, key: K, slot: u32) -> bool {
        let pair = Pair { key, slot };
        !self.blocks.is_empty() && {
            let (block, chunk) = self.locate(pair);
            self.blocks[block].chunks[chunk].pairs().binary_search(&pair).is_ok()
        }
    }

    /// How many pairs lie within bounds. O(log n), and one step for each block between them.
    pub(crate) fn count(&self, lower: Bound<K>, upper: Bound<K>) -> usize {
        if let (Bound::Unbounded, Bound::Unbounded) = (&lower, &upper) {
            return self.len();
        }
        let (front, back) = self.bounds(lower, upper);
        let between: usize = self.blocks[front.block..back.block].iter().map(|block| block.length).sum();
        between + self.rank(back) - self.rank(front)
    }

    /// The pairs within bounds, from both ends, by key, then by slot. O(log n), then O(1) for each.
    pub(crate) fn range(&self, lower: Bound<K>, upper: Bound<K>) -> Walk<'_, K> {
        let (front, back) = self.bounds(lower, upper);
        Walk::new(self, front, back)
    }

    /// Positions of the first pair within bounds, and of the first after them.
    fn bounds(&self, lower: Bound<K>, upper: Bound<K>) -> (Position, Position) {
        let front = match lower {
            Bound::Unbounded => Position { block: 0, chunk: 0, place: 0 },
            Bound::Included(bound) => self.first_without(|pair| pair.key < bound),
            Bound::Excluded(bound) => self.first_without(|pair| pair.key <= bound),
        };
        let back = match upper {
            Bound::Unbounded => self.end(),
            Bound::Included(bound) => self.first_without(|pair| pair.key <= bound),
            Bound::Excluded(bound) => self.first_without(|pair| pair.key < bound),
        };
        // Bounds may exclude each other.
        (front, back.max(front))
    }

    /// The position of the first pair that is not before; what is before comes first.
    fn first_without(&self, is_before: impl Fn(&Pair<K>) -> bool) -> Position {
        let block = self.blocks.partition_point(|block| is_before(&block.low)).saturating_sub(1);
        let Some(found) = self.blocks.get(block) else {
            return self.end();
        };
        let chunk = found.chunks.partition_point(|chunk| is_before(&chunk.low)).saturating_sub(1);
        let place = found.chunks[chunk].pairs().partition_point(is_before);
        self.normal(Position { block, chunk, place })
    }

    fn end(&self) -> Position {
        Position { block: self.blocks.len(), chunk: 0, place: 0 }
    }

    /// A position at a chunk's end as the beginning of the next one.
    fn normal(&self, mut position: Position) -> Position {
        let block = &self.blocks[position.block];
        if position.place == block.chunks[position.chunk].length {
            (position.chunk, position.place) = (position.chunk + 1, 0);
        }
        if position.chunk == block.chunks.len() {
            (position.block, position.chunk) = (position.block + 1, 0);
        }
        position
    }

    /// How many pairs of its block stand before a position.
    fn rank(&self, position: Position) -> usize {
        let before = self.blocks.get(position.block).map_or(&[][..], |block| &block.chunks[..position.chunk]);
        before.iter().map(|chunk| chunk.length).sum::<usize>() + position.place
    }

    /// The position before one that is not the first.
    #[inline]
    fn before(&self, mut position: Position) -> Position {
        // No block and no chunk is empty, so that there is a last pair in the one before.
        if position.place == 0 {
            if position.chunk == 0 {
                position.block -= 1;
                position.chunk = self.blocks[position.block].chunks.len();
            }
            position.chunk -= 1;
            position.place = self.blocks[position.block].chunks[position.chunk].length;
        }
        position.place -= 1;
        position
    }

    /// The pairs of a position's chunk.
    #[inline]
    fn pairs_of(&self, position: Position) -> &[Pair<K>] {
        self.blocks[position.block].chunks[position.chunk].pairs()
    }

    /// The block and chunk that have a pair, or would take it.
    fn locate(&self, pair: Pair<K>) -> (usize, usize) {
        let block = self.blocks.partition_point(|block| block.low <= pair).saturating_sub(1);
        let chunks = &self.blocks[block].chunks;
        (block, chunks.partition_point(|chunk| chunk.low <= pair).saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use core::ops::RangeBounds as _;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Insert(u64, u32),
        /// So many with keys that grow, or that fall.
        InsertRun(u16, bool),
        Remove(usize),
        RemoveRun(usize, u16),
        Share,
    }

    /// All pairs of a walk, in runs of 1, 2, 3 ... from the end that is told for each.
    fn in_runs(mut walk: Walk<'_, u64>, from_back: impl Fn(usize) -> bool) -> Vec<(u64, u32)> {
        let mut pairs = Vec::new();
        for run in 1.. {
            let before = pairs.len();
            let count = walk.take_run(from_back(run), run, |place, key, slot| {
                assert_eq!(place, pairs.len() - before);
                pairs.push((key, slot));
            });
            assert!(count <= run && count == pairs.len() - before);
            if count == 0 {
                break;
            }
        }
        pairs
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (0..50_u64, 0..50_u32).prop_map(|(key, slot)| Step::Insert(key << 32, slot)),
            2 => (1..2_000_u16, any::<bool>()).prop_map(|(count, grows)| Step::InsertRun(count, grows)),
            3 => any::<usize>().prop_map(Step::Remove),
            2 => (any::<usize>(), 1..2_000_u16).prop_map(|(from, count)| Step::RemoveRun(from, count)),
            1 => Just(Step::Share),
        ]
    }

    type Model = BTreeSet<(u64, u32)>;

    fn check(index: &OrderedIndex<u64>, model: &Model) {
        let (mut before, mut length) = (None, 0);
        for block in &index.blocks {
            assert!(!block.chunks.is_empty() && block.chunks.len() <= MOST);
            assert_eq!(block.length, block.chunks.iter().map(|chunk| chunk.length).sum::<usize>());
            assert!(before < Some(block.low) && block.low <= block.chunks[0].low);
            for chunk in &block.chunks {
                assert!(chunk.length > 0 && before < Some(chunk.low) && chunk.low <= chunk.pairs()[0]);
                before = chunk.pairs().last().copied();
            }
            length += block.length;
        }
        assert_eq!((length, index.len()), (model.len(), model.len()));
        let all = || index.range(Bound::Unbounded, Bound::Unbounded);
        assert!(all().eq(model.iter().copied()));
        assert!(all().rev().eq(model.iter().rev().copied()));
        for key in (0..50_u64).step_by(7).map(|key| key << 32) {
            for (lower, upper) in [
                (Bound::Included(key), Bound::Included(key)),
                (Bound::Excluded(key), Bound::Unbounded),
                (Bound::Included(key), Bound::Excluded(key * 2)),
                (Bound::Unbounded, Bound::Included(key)),
                (Bound::Excluded(key), Bound::Excluded(key)),
            ] {
                let inside = || model.iter().copied().filter(|(key, _)| (lower, upper).contains(key));
                assert!(index.range(lower, upper).eq(inside()));
                assert!(index.range(lower, upper).rev().eq(inside().rev()));
                assert!(in_runs(index.range(lower, upper), |_| false).into_iter().eq(inside()));
                assert!(in_runs(index.range(lower, upper), |_| true).into_iter().eq(inside().rev()));
                let mut turns = index.range(lower, upper).rev().collect::<Vec<_>>();
                turns.sort_unstable();
                let mut turned = in_runs(index.range(lower, upper), |run| run % 2 == 0);
                turned.sort_unstable();
                assert_eq!(turned, turns);
                assert_eq!(index.count(lower, upper), inside().count());
            }
        }
    }

    fn play(index: &mut OrderedIndex<u64>, model: &mut Model, step: &Step) -> Option<OrderedIndex<u64>> {
        let mut add = |key, slot| {
            if model.insert((key, slot)) {
                index.insert(key, slot);
            }
        };
        match *step {
            Step::Insert(key, slot) => add(key, slot),
            Step::InsertRun(count, true) => (0..count).for_each(|slot| add(u64::from(slot) << 32, 100)),
            Step::InsertRun(count, false) => (0..count).rev().for_each(|slot| add(7, slot.into())),
            Step::Remove(place) => {
                if let Some((key, slot)) = model.iter().copied().nth(place % model.len().max(1)) {
                    model.remove(&(key, slot));
                    assert!(index.contains(key, slot));
                    index.remove(key, slot);
                    assert!(!index.contains(key, slot));
                }
            }
            Step::RemoveRun(from, count) => {
                let run = model.iter().copied().skip(from % model.len().max(1)).take(count.into());
                for (key, slot) in run.collect::<Vec<_>>() {
                    model.remove(&(key, slot));
                    index.remove(key, slot);
                }
            }
            Step::Share => return Some(index.share()),
        }
        None
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn an_ordered_index_equals_a_set_of_pairs(steps in prop::collection::vec(step(), 1..60)) {
            let (mut index, mut model, mut shares) = (OrderedIndex::new(), Model::new(), Vec::new());
            for step in &steps {
                if let Some(share) = play(&mut index, &mut model, step) {
                    shares.push((share, model.clone()));
                }
            }
            check(&index, &model);
            for (share, model) in &shares {
                check(share, model);
            }
        }
    }

    #[test]
    fn keys_that_grow_fill_their_chunks() {
        let mut index = OrderedIndex::new();
        (0..100_000_u32).for_each(|slot| index.insert(u64::from(slot), slot));
        let chunks: usize = index.blocks.iter().map(|block| block.chunks.len()).sum();
        assert_eq!((chunks, index.blocks.len()), (100_000_usize.div_ceil(MOST), 782_usize.div_ceil(MOST)));
    }

    #[test]
    fn keys_that_fall_fill_chunks_and_blocks_by_half_at_least() {
        let mut index = OrderedIndex::new();
        (0..50_000_u32).rev().for_each(|slot| index.insert(u64::from(slot), slot));
        // The last block is what the first split left.
        let (_, blocks) = index.blocks.split_last().expect("there are several");
        assert!(blocks.iter().all(|block| block.chunks.len() >= MOST / 2));
        assert!(index.blocks.iter().flat_map(|block| &block.chunks).all(|chunk| chunk.length >= MOST / 4));
        assert!(index.range(Bound::Unbounded, Bound::Unbounded).map(|(_, slot)| slot).eq(0..50_000));
    }

    #[test]
    fn chunks_and_blocks_that_lose_most_of_their_pairs_join() {
        let mut index = OrderedIndex::new();
        (0..100_000_u32).for_each(|slot| index.insert(u64::from(slot), slot));
        (0..100_000).filter(|slot| slot % 50 != 0).for_each(|slot| index.remove(u64::from(slot), slot));
        let chunks: usize = index.blocks.iter().map(|block| block.chunks.len()).sum();
        assert!(index.blocks.len() == 1 && chunks <= 2000 / FEW, "{chunks} chunks in {} blocks", index.blocks.len());
        assert!(index.range(Bound::Unbounded, Bound::Unbounded).map(|(_, slot)| slot).eq((0..100_000).step_by(50)));
    }
}
