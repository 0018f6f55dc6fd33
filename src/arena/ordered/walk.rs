//! Walking the pairs of an ordered index, from both ends.

use super::blocks::Pair;
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

impl<'a, K: Copy + Ord> Walk<'a, K> {
    /// Passes pairs that lie side by side to `take`, from the front in order or from the back in reverse, at least one and
    /// so many at most; answers how many, none at the end. O(pairs).
    #[inline]
    pub(crate) fn take_run(&mut self, from_back: bool, most: usize, mut take: impl FnMut(usize, K, u32)) -> usize {
        let run = self.next_run(from_back, most);
        if from_back {
            run.iter().rev().enumerate().for_each(|(place, pair)| take(place, pair.key, pair.slot));
        } else {
            run.iter().enumerate().for_each(|(place, pair)| take(place, pair.key, pair.slot));
        }
        run.len()
    }

    /// Puts the slots of pairs that lie side by side into `slots`, as [`take_run`](Self::take_run) passes them, as many as
    /// there is room for at most. `last` is the key of the pair before the first, and then of the last; `note` is called with
    /// the place of each whose key is the `same` as that of the one before. O(pairs).
    #[inline]
    pub(crate) fn take_slots(
        &mut self,
        from_back: bool,
        slots: &mut [u32],
        last: &mut Option<K>,
        same: impl Fn(K, K) -> bool,
        note: &mut dyn FnMut(usize),
    ) -> usize {
        let run = self.next_run(from_back, slots.len());
        let (Some(&low), Some(&high)) = (run.first(), run.last()) else { return 0 };
        let (first, end) = if from_back { (high, low) } else { (low, high) };
        if last.is_some_and(|last| same(last, first.key)) {
            note(0);
        }
        *last = Some(end.key);
        // Keys are mostly all different, which is soon seen.
        let (mut has_same, mut before) = (false, None);
        let mut take = |slot: &mut u32, pair: &Pair<K>| {
            has_same |= before.is_some_and(|before| same(before, pair.key));
            (*slot, before) = (pair.slot, Some(pair.key));
        };
        if from_back {
            slots.iter_mut().zip(run.iter().rev()).for_each(|(slot, pair)| take(slot, pair));
        } else {
            slots.iter_mut().zip(run).for_each(|(slot, pair)| take(slot, pair));
        }
        if has_same {
            for place in 1..run.len() {
                let at = if from_back { run.len() - place } else { place };
                if same(run[at - 1].key, run[at].key) {
                    note(place);
                }
            }
        }
        run.len()
    }

    /// The next pairs that lie side by side, those at the back or at the front, so many at most. O(1).
    #[inline]
    fn next_run(&mut self, from_back: bool, most: usize) -> &'a [Pair<K>] {
        if self.front == self.back || most == 0 {
            return &[];
        }
        let is_same = |one: Position, other: Position| (one.block, one.chunk) == (other.block, other.chunk);
        if from_back {
            let last = self.index.before(self.back);
            let from = if is_same(last, self.front) { self.front.place } else { 0 };
            let start = from.max((last.place + 1).saturating_sub(most));
            self.back = Position { place: start, ..last };
            return &self.index.pairs_of(last)[start..=last.place];
        }
        let pairs = self.index.pairs_of(self.front);
        let end = if is_same(self.front, self.back) { self.back.place } else { pairs.len() };
        let run = &pairs[self.front.place..end.min(self.front.place.saturating_add(most))];
        self.front = self.index.normal(Position { place: self.front.place + run.len(), ..self.front });
        run
    }
}

impl<'a> Walk<'a, u64> {
    /// The slots of the first pairs from an end, so many at most, if these lie side by side and no two of them, nor the one after
    /// them, share a key. O(pairs).
    #[inline]
    pub(crate) fn distinct_run(mut self, from_back: bool, most: usize) -> Option<RunSlots<'a>> {
        let run = self.next_run(from_back, most.saturating_add(1));
        let is_whole = run.len() > most || self.front == self.back;
        if !is_whole || run.windows(2).any(|two| two[0].key == two[1].key) {
            return None;
        }
        let beyond = run.len().saturating_sub(most);
        let pairs = if from_back { &run[beyond..] } else { &run[..run.len() - beyond] };
        Some(RunSlots { pairs, from_back })
    }
}

/// Slots of pairs that lie side by side, from the front in order or from the back in reverse.
#[derive(Clone)]
pub(crate) struct RunSlots<'a> {
    pairs: &'a [Pair<u64>],
    from_back: bool,
}

impl RunSlots<'_> {
    /// Without so many at the beginning, and so many at most. O(1).
    pub(crate) fn sliced(self, offset: usize, limit: usize) -> Self {
        let count = self.pairs.len();
        let (first, end) = (offset.min(count), offset.saturating_add(limit).min(count));
        let pairs = if self.from_back { &self.pairs[count - end..count - first] } else { &self.pairs[first..end] };
        Self { pairs, ..self }
    }

    /// The last, if there is any. O(1).
    pub(crate) fn end(&self) -> Option<u32> {
        let pair = if self.from_back { self.pairs.first() } else { self.pairs.last() };
        pair.map(|pair| pair.slot)
    }
}

impl Iterator for RunSlots<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let (pair, rest) = if self.from_back { self.pairs.split_last()? } else { self.pairs.split_first()? };
        self.pairs = rest;
        Some(pair.slot)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.pairs.len(), Some(self.pairs.len()))
    }

    #[inline]
    fn fold<B, F: FnMut(B, u32) -> B>(self, start: B, mut step: F) -> B {
        if self.from_back {
            return self.pairs.iter().rev().fold(start, |folded, pair| step(folded, pair.slot));
        }
        self.pairs.iter().fold(start, |folded, pair| step(folded, pair.slot))
    }
}

impl ExactSizeIterator for RunSlots<'_> {}

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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use core::ops::Bound;

    /// A thousand pairs, of which those with a key that `is_shared` have that of the one before.
    fn index(is_shared: impl Fn(u64) -> bool) -> (OrderedIndex<u64>, Vec<(u64, u32)>) {
        let (mut index, mut pairs) = (OrderedIndex::new(), Vec::new());
        for number in 0..1000 {
            let pair = (if is_shared(number) { number - 1 } else { number }, number as u32 ^ 1);
            index.insert(pair.0, pair.1);
            pairs.push(pair);
        }
        pairs.sort_unstable();
        (index, pairs)
    }

    #[test]
    fn slots_are_taken_in_runs_and_those_that_share_a_key_are_told() {
        let (index, pairs) = index(|number| number % 10 == 3);
        for from_back in [false, true] {
            let mut expected = pairs.clone();
            if from_back {
                expected.reverse();
            }
            for most in [1, 2, 7, 64, 500] {
                let mut walk = index.range(Bound::Unbounded, Bound::Unbounded);
                let (mut found, mut shared, mut last) = (Vec::new(), Vec::new(), None);
                loop {
                    let (first, mut slots) = (found.len(), alloc::vec![0; most]);
                    let note = &mut |place| shared.push(first + place);
                    let count = walk.take_slots(from_back, &mut slots, &mut last, |one, other| one == other, note);
                    if count == 0 {
                        break;
                    }
                    found.extend_from_slice(&slots[..count]);
                    assert_eq!(last, Some(expected[found.len() - 1].0));
                }
                assert!(found.iter().eq(expected.iter().map(|(_, slot)| slot)));
                let same = (1..1000).filter(|&place| expected[place - 1].0 == expected[place].0);
                assert!(shared.into_iter().eq(same));
            }
        }
    }

    #[test]
    fn a_run_of_different_keys_is_found_where_the_pair_after_it_has_another_too() {
        let (index, pairs) = index(|number| number == 5 || number == 990);
        let run = |from_back, most| index.range(Bound::Unbounded, Bound::Unbounded).distinct_run(from_back, most);
        for most in 0..5 {
            let slots = run(false, most).expect("the fourth and the fifth are the first with the same key");
            assert!(slots.eq(pairs[..most].iter().map(|(_, slot)| *slot)));
        }
        assert!(run(false, 5).is_none() && run(false, 6).is_none() && run(false, 500).is_none());
        for most in 0..10 {
            let slots = run(true, most).expect("the tenth from the end is the first with the key of the next");
            assert_eq!(slots.end(), slots.clone().last());
            let reversed = || pairs.iter().rev().map(|(_, slot)| *slot);
            assert!(
                slots
                    .clone()
                    .fold(Vec::new(), |mut all, slot| {
                        all.push(slot);
                        all
                    })
                    .into_iter()
                    .eq(reversed().take(most))
            );
            assert_eq!((slots.len(), slots.clone().count()), (most, most));
            assert!(slots.sliced(2, 3).eq(reversed().take(most).skip(2).take(3)));
        }
        assert!(run(true, 10).is_none());
        let few = index.range(Bound::Included(10), Bound::Included(12)).distinct_run(false, usize::MAX);
        assert!(few.is_some_and(|slots| slots.eq([11, 10, 13])));
        assert!(
            index
                .range(Bound::Included(2000), Bound::Unbounded)
                .distinct_run(true, 3)
                .is_some_and(|slots| slots.len() == 0)
        );
    }
}
