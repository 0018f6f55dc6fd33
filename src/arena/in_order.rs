//! The slots of one lookup in slot order, without allocation where they are few or lie in order already.

use alloc::vec::Vec;

use super::lists::Runs;

/// Slots that need no allocation.
const FEW: usize = 16;

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
}

impl<'a> InOrder<'a> {
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
        let (mut few, mut many, mut count) = ([0; FEW], Vec::new(), 0);
        for slot in slots {
            if let Some(place) = few.get_mut(count) {
                *place = slot;
            } else {
                if many.is_empty() {
                    many.extend(few);
                }
                many.push(slot);
            }
            count += 1;
        }
        if many.is_empty() {
            few[..count].sort_unstable();
            return Self(Inner::Few { slots: few, next: 0, end: count });
        }
        many.sort_unstable();
        Self(Inner::Many(many.into_iter()))
    }

    /// One slot, or none.
    #[inline]
    pub(crate) fn one(slot: Option<u32>) -> Self {
        Self(Inner::Few { slots: [slot.unwrap_or_default(); FEW], next: 0, end: usize::from(slot.is_some()) })
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
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = match &self.0 {
            Inner::Listed(slots) => slots.len(),
            Inner::Few { next, end, .. } => end - next,
            Inner::Many(slots) => slots.len(),
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
    fn one_slot_is_one_also_the_first_and_none_is_none() {
        let slots = [Some(7), Some(0), None].map(|slot| InOrder::one(slot).collect::<Vec<u32>>());
        assert_eq!(slots, [Vec::from([7]), Vec::from([0]), Vec::new()]);
    }
}
