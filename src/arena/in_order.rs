//! The slots of one lookup in their order, without allocation where they are few or lie in order already.

use alloc::vec::Vec;

use super::lists::Runs;
use super::ordered::RunSlots;

/// Slots that need no allocation.
const FEW: usize = 16;

/// Slots that were found, in place while they are few.
pub(crate) enum Gathered {
    Few { slots: [u32; FEW], count: usize },
    Many(Vec<u32>),
}

impl Gathered {
    /// None yet, with room for so many.
    #[inline]
    pub(crate) fn with_room(slots: usize) -> Self {
        if slots <= FEW { Self::Few { slots: [0; FEW], count: 0 } } else { Self::Many(Vec::with_capacity(slots)) }
    }

    /// Adds one. O(1) amortized.
    #[inline]
    pub(crate) fn push(&mut self, slot: u32) {
        match self {
            Self::Few { slots, count } if *count < FEW => (slots[*count], *count) = (slot, *count + 1),
            Self::Few { .. } => self.room(1)[0] = slot,
            Self::Many(slots) => slots.push(slot),
        }
    }

    /// Adds so many, to be overwritten. O(slots) amortized.
    #[inline]
    pub(crate) fn room(&mut self, most: usize) -> &mut [u32] {
        if let Self::Few { slots, count } = self
            && most > FEW - *count
        {
            *self = Self::Many(slots[..*count].to_vec());
        }
        match self {
            Self::Few { slots, count } => {
                *count += most;
                &mut slots[*count - most..*count]
            }
            Self::Many(slots) => {
                let count = slots.len();
                slots.resize(count + most, 0);
                &mut slots[count..]
            }
        }
    }

    #[inline]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [u32] {
        match self {
            Self::Few { slots, count } => &mut slots[..*count],
            Self::Many(slots) => slots,
        }
    }

    /// The last, if there is any. O(1).
    pub(crate) fn end(&self) -> Option<u32> {
        match self {
            Self::Few { slots, count } => slots[..*count].last().copied(),
            Self::Many(slots) => slots.last().copied(),
        }
    }

    /// Forgets all after so many.
    #[inline]
    pub(crate) fn truncate(&mut self, most: usize) {
        match self {
            Self::Few { count, .. } => *count = most.min(*count),
            Self::Many(slots) => slots.truncate(most),
        }
    }

    pub(crate) fn into_vec(self) -> Vec<u32> {
        match self {
            Self::Few { slots, count } => slots[..count].to_vec(),
            Self::Many(slots) => slots,
        }
    }
}

/// Slots in order.
#[derive(Clone)]
pub(crate) struct InOrder<'a>(Inner<'a>);

#[derive(Clone)]
enum Inner<'a> {
    /// As they lie in a list.
    Listed(core::slice::Iter<'a, u32>),
    Few {
        slots: [u32; FEW],
        next: usize,
        end: usize,
    },
    Many(alloc::vec::IntoIter<u32>),
    /// As they lie in an ordered index.
    Indexed(RunSlots<'a>),
}

impl<'a> InOrder<'a> {
    /// Slots as they lie in an ordered index.
    #[inline]
    pub(crate) fn indexed(slots: RunSlots<'a>) -> Self {
        Self(Inner::Indexed(slots))
    }

    /// Slots that are in order.
    #[inline]
    pub(crate) fn listed(slots: &'a [u32]) -> Self {
        Self(Inner::Listed(slots.iter()))
    }

    /// The slots of a list that satisfy a test. O(slots), and O(slots × log slots) if they have to be sorted.
    #[inline]
    pub(crate) fn of_list(runs: Runs<'a>, holds: impl Fn(u32) -> bool) -> Self {
        // Lists are in the order of insertion until a removal takes the last entry into the gap.
        if let Some(run) = runs.single()
            && run.is_sorted()
            && run.iter().all(|&slot| holds(slot))
        {
            return Self::listed(run);
        }
        Self::sorted(runs.flatten().copied().filter(|&slot| holds(slot)))
    }

    /// The slots sorted. O(slots × log slots).
    pub(crate) fn sorted(slots: impl Iterator<Item = u32>) -> Self {
        let mut sorted = Gathered::with_room(0);
        slots.for_each(|slot| sorted.push(slot));
        sorted.as_mut_slice().sort_unstable();
        sorted.into()
    }

    /// Without so many at the beginning, and so many at most. O(1), or O(slots) if they are many and fewer are wanted.
    #[inline]
    pub(crate) fn sliced(mut self, offset: usize, limit: usize) -> Self {
        match &mut self.0 {
            Inner::Indexed(slots) => return Self::indexed(slots.clone().sliced(offset, limit)),
            Inner::Listed(slots) => {
                let slots = slots.as_slice().get(offset..).unwrap_or_default();
                return Self::listed(&slots[..limit.min(slots.len())]);
            }
            Inner::Few { next, end, .. } => {
                *next = next.saturating_add(offset).min(*end);
                *end = next.saturating_add(limit).min(*end);
            }
            Inner::Many(slots) => {
                if offset > 0 {
                    slots.nth(offset - 1);
                }
                if limit < slots.len() {
                    return Self(Inner::Many(slots.take(limit).collect::<Vec<_>>().into_iter()));
                }
            }
        }
        self
    }

    /// One slot, or none.
    #[inline]
    pub(crate) fn one(slot: Option<u32>) -> Self {
        Self(Inner::Few { slots: [slot.unwrap_or_default(); FEW], next: 0, end: usize::from(slot.is_some()) })
    }
}

/// Slots that were gathered in their order.
impl From<Gathered> for InOrder<'_> {
    #[inline]
    fn from(slots: Gathered) -> Self {
        Self(match slots {
            Gathered::Few { slots, count } => Inner::Few { slots, next: 0, end: count },
            Gathered::Many(slots) => Inner::Many(slots.into_iter()),
        })
    }
}

impl Iterator for InOrder<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        match &mut self.0 {
            Inner::Listed(slots) => slots.next().copied(),
            Inner::Few { slots, next, end } => {
                let slot = *slots[..*end].get(*next)?;
                *next += 1;
                Some(slot)
            }
            Inner::Many(slots) => slots.next(),
            Inner::Indexed(slots) => slots.next(),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = match &self.0 {
            Inner::Listed(slots) => slots.len(),
            Inner::Few { next, end, .. } => end - next,
            Inner::Many(slots) => slots.len(),
            Inner::Indexed(slots) => slots.len(),
        };
        (left, Some(left))
    }

    /// Without a look at what kind it is for each slot.
    #[inline]
    fn fold<B, F: FnMut(B, u32) -> B>(self, start: B, step: F) -> B {
        match self.0 {
            Inner::Listed(slots) => slots.copied().fold(start, step),
            Inner::Few { slots, next, end } => slots[next..end].iter().copied().fold(start, step),
            Inner::Many(slots) => slots.fold(start, step),
            Inner::Indexed(slots) => slots.fold(start, step),
        }
    }
}

impl ExactSizeIterator for InOrder<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::lists::{HEAD, Pool};

    #[test]
    fn slots_come_in_order_and_say_how_many_are_left_be_they_few_or_many_sorted_or_not() {
        for length in [0, 1, 16, 17, 100, 3000] {
            for step in [1, 4000] {
                let (mut pool, mut head) = (Pool::new(), [0; HEAD]);
                (0..length).for_each(|place| pool.push(&mut head, [place * step % 7001]));
                let mut expected: Vec<u32> = (0..length).map(|place| place * step % 7001).collect();
                expected.sort_unstable();
                let mut slots = InOrder::of_list(pool.runs::<1>(&head), |_| true);
                assert!(
                    slots.clone().fold(Vec::new(), |mut all, slot| {
                        all.push(slot);
                        all
                    }) == expected
                );
                for (passed, slot) in expected.iter().enumerate() {
                    assert_eq!((slots.len(), slots.next()), (expected.len() - passed, Some(*slot)));
                }
                assert_eq!((slots.len(), slots.next()), (0, None));
                let odd = InOrder::of_list(pool.runs::<1>(&head), |slot| slot % 2 == 1);
                assert!(odd.eq(expected.iter().copied().filter(|slot| slot % 2 == 1)));
            }
        }
    }

    #[test]
    fn what_is_gathered_is_kept_in_place_and_beyond_and_can_be_cut_at_both_ends() {
        for count in [0, 1, 15, 16, 17, 40] {
            for room in [0, 3, 16, 17] {
                let mut gathered = Gathered::with_room(room);
                for slot in 0..count {
                    gathered.push(slot);
                }
                gathered.room(4).fill(7);
                gathered.truncate(count as usize);
                assert_eq!(gathered.end(), (0..count).last());
                gathered.as_mut_slice().reverse();
                let slots = InOrder::from(gathered);
                for (offset, limit) in [(0, 0), (0, 100), (0, 5), (2, 3), (10, usize::MAX), (16, 1), (50, 2)] {
                    let expected = (0..count).rev().skip(offset).take(limit);
                    let sliced = slots.clone().sliced(offset, limit);
                    assert_eq!(sliced.len(), expected.len());
                    assert!(sliced.eq(expected));
                }
            }
        }
        let listed = InOrder::listed(&[1, 4, 9]);
        assert!(listed.clone().sliced(1, 1).eq([4]) && listed.clone().sliced(1, 9).eq([4, 9]));
        assert!(listed.sliced(9, 1).eq([]));
    }

    #[test]
    fn one_slot_is_one_also_the_first_and_none_is_none() {
        let slots = [Some(7), Some(0), None].map(|slot| InOrder::one(slot).collect::<Vec<u32>>());
        assert_eq!(slots, [Vec::from([7]), Vec::from([0]), Vec::new()]);
    }
}
