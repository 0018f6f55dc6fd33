//! Walking the pairs of an ordered index, from both ends.

use super::{OrderedIndex, Position};

/// Pairs of key and slot, in order: by key, then by slot.
pub(crate) struct Walk<'a, K> {
    index: &'a OrderedIndex<K>,
    front: Position,
    /// The position after the last pair.
    back: Position,
}

impl<'a, K> Walk<'a, K> {
    pub(super) const fn new(index: &'a OrderedIndex<K>, front: Position, back: Position) -> Self {
        Self { index, front, back }
    }
}

impl<K: Copy + Ord> Walk<'_, K> {
    /// Passes pairs that lie side by side to `take`, from the front in order or from the back in reverse, at least one and
    /// so many at most; answers how many, none at the end. O(pairs).
    #[inline]
    pub(crate) fn take_run(&mut self, from_back: bool, most: usize, mut take: impl FnMut(usize, K, u32)) -> usize {
        if self.front == self.back || most == 0 {
            return 0;
        }
        let is_same = |one: Position, other: Position| (one.block, one.chunk) == (other.block, other.chunk);
        if from_back {
            let last = self.index.before(self.back);
            let from = if is_same(last, self.front) { self.front.place } else { 0 };
            let start = from.max((last.place + 1).saturating_sub(most));
            let run = &self.index.pairs_of(last)[start..=last.place];
            self.back = Position { place: start, ..last };
            run.iter().rev().enumerate().for_each(|(place, pair)| take(place, pair.key, pair.slot));
            return run.len();
        }
        let pairs = self.index.pairs_of(self.front);
        let end = if is_same(self.front, self.back) { self.back.place } else { pairs.len() };
        let run = &pairs[self.front.place..end.min(self.front.place.saturating_add(most))];
        self.front = self.index.normal(Position { place: self.front.place + run.len(), ..self.front });
        run.iter().enumerate().for_each(|(place, pair)| take(place, pair.key, pair.slot));
        run.len()
    }
}

impl<K> Clone for Walk<'_, K> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<K: Copy + Ord> Iterator for Walk<'_, K> {
    type Item = (K, u32);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.front == self.back {
            return None;
        }
        let pair = self.index.pairs_of(self.front)[self.front.place];
        self.front = self.index.normal(Position { place: self.front.place + 1, ..self.front });
        Some((pair.key, pair.slot))
    }
}

impl<K: Copy + Ord> DoubleEndedIterator for Walk<'_, K> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front == self.back {
            return None;
        }
        self.back = self.index.before(self.back);
        let pair = self.index.pairs_of(self.back)[self.back.place];
        Some((pair.key, pair.slot))
    }
}
