//! Slots in groups by 32-bit hash: a hash index for values that many rows share.
//!
//! A group is a list in a pool, and its head lies in the hash table, so that a group of a million costs what a group of one
//! costs. A short group stands in slot order, as it is read. Whoever keeps a slot of a long one keeps its place too, and is
//! told which places have changed. Values of equal hashes share a group: whoever looks a value up compares. Inserting a
//! removed slot again undoes the removal (I6): the order of a short group is that of its slots, that of a long one shows
//! nowhere.

use core::iter::{Copied, Flatten};

use super::hash_index::HashIndex;
use super::lists::{HEAD, Pool, Runs};

/// Hashes to groups of slots.
#[derive(Clone)]
pub(crate) struct Groups {
    heads: HashIndex<[u32; HEAD], 3>,
    pool: Pool,
    slots: usize,
}

/// Slots of a short group at most.
const SHORT: usize = 64;

impl Groups {
    pub(crate) const fn new() -> Self {
        Self { heads: HashIndex::new(), pool: Pool::new(), slots: 0 }
    }

    /// Second groups with the same slots, which share all pages until either writes. O(pages).
    pub(crate) fn share(&mut self) -> Self {
        Self { heads: self.heads.share(), pool: self.pool.share(), slots: self.slots }
    }

    /// Adds a slot: in a long group at a place, or at the end if the group is not as long. Calls `note` with each slot whose
    /// place is new, and with the place. O(1) amortized, at worst all slots of a short group have a new place.
    pub(crate) fn insert(&mut self, hash: u32, slot: u32, place: u32, mut note: impl FnMut(u32, u32)) {
        self.slots += 1;
        let Some(head) = self.heads.find_mut(hash, |_| true) else {
            let mut head = [0; HEAD];
            self.pool.push(&mut head, [slot]);
            return self.heads.insert(hash, head);
        };
        let length = head[0];
        if (length as usize) < SHORT {
            self.pool.push(head, [slot]);
            let slots = self.pool.words_mut(head);
            let at = slots[..length as usize].partition_point(|&other| other < slot);
            return slots[at..].rotate_right(1);
        }
        if length as usize == SHORT {
            (0..).zip(self.pool.words::<1>(head)).for_each(|(place, &other)| note(other, place));
        }
        let place = place.min(length);
        note(slot, place);
        if let Some([moved]) = self.pool.undo_swap_remove(head, place, [slot]) {
            note(moved, length);
        }
    }

    /// Removes a slot, which in a long group is at a place. Calls `note` with the slot that has taken the place. O(1) amortized.
    pub(crate) fn remove(&mut self, hash: u32, slot: u32, place: u32, mut note: impl FnMut(u32, u32)) {
        let head = self.heads.find_mut(hash, |_| true).expect("an indexed row has its group");
        if head[0] as usize <= SHORT {
            let slots = self.pool.words_mut(head);
            let at = slots.binary_search(&slot).expect("an indexed row is in its group");
            slots[at..].rotate_left(1);
            let last = head[0] - 1;
            self.pool.swap_remove::<1>(head, last);
        } else {
            if let Some([moved]) = self.pool.swap_remove::<1>(head, place) {
                note(moved, place);
            }
            if head[0] as usize == SHORT {
                self.pool.words_mut(head).sort_unstable();
            }
        }
        self.slots -= 1;
        if head[0] == 0 {
            self.heads.remove(hash, |_| true);
        }
    }

    /// How many slots have this hash. O(1).
    pub(crate) fn count(&self, hash: u32) -> usize {
        self.heads.with_hash(hash).next().map_or(0, |head| head[0] as usize)
    }

    /// How many slots there are in all. O(1).
    pub(crate) const fn len(&self) -> usize {
        self.slots
    }

    /// The slots with this hash, in the order of their places. O(1) each.
    pub(crate) fn slots(&self, hash: u32) -> Slots<'_> {
        self.runs(hash).flatten().copied()
    }

    /// The slots with this hash, in slot order, if they are few. O(1) expected.
    pub(crate) fn short(&self, hash: u32) -> Option<&[u32]> {
        match self.heads.get(hash) {
            Some(head) if head[0] as usize <= SHORT => Some(self.pool.words::<1>(head)),
            Some(_) => None,
            None => Some(&[]),
        }
    }

    /// The slots with this hash in runs, in the order of their places. O(1) each.
    #[inline]
    pub(crate) fn runs(&self, hash: u32) -> Runs<'_> {
        let head = self.heads.get(hash);
        head.map(|head| self.pool.runs::<1>(head)).unwrap_or_default()
    }

    /// Whether a slot is in its hash's group, in a long one at this place. O(1).
    pub(crate) fn has(&self, hash: u32, slot: u32, place: u32) -> bool {
        match self.heads.get(hash) {
            Some(head) if head[0] as usize > SHORT => place < head[0] && self.pool.entry(head, place) == [slot],
            _ => self.short(hash).is_some_and(|slots| slots.binary_search(&slot).is_ok()),
        }
    }
}

/// The slots of a group.
pub(crate) type Slots<'a> = Copied<Flatten<Runs<'a>>>;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const HASHES: core::ops::Range<u32> = 1..4;

    /// The slots of each group, of a long one in no order.
    fn contents(groups: &Groups) -> Vec<Vec<u32>> {
        let slots = |hash| {
            let mut slots: Vec<u32> = groups.slots(hash).collect();
            if slots.len() > SHORT {
                slots.sort_unstable();
            }
            slots
        };
        HASHES.map(slots).collect()
    }

    proptest! {
        #[test]
        fn groups_short_and_long_know_their_slots_and_undo(
            steps in prop::collection::vec((HASHES, 0..5_u32), 1..600),
        ) {
            let (mut groups, mut rows, mut states) = (Groups::new(), BTreeMap::<u32, (u32, u32)>::new(), Vec::new());
            let mut undo = Vec::new();
            let insert = |groups: &mut Groups, rows: &mut BTreeMap<u32, (u32, u32)>, slot, hash, place| {
                rows.insert(slot, (hash, u32::MAX));
                groups.insert(hash, slot, place, |slot, place| rows.get_mut(&slot).expect("it is kept").1 = place);
            };
            let remove = |groups: &mut Groups, rows: &mut BTreeMap<u32, (u32, u32)>, slot| {
                let (hash, place) = rows.remove(&slot).expect("it is there");
                groups.remove(hash, slot, place, |slot, place| rows.get_mut(&slot).expect("it is kept").1 = place);
                (hash, place)
            };
            for (number, &(hash, roll)) in (0..).zip(&steps) {
                states.push(contents(&groups));
                let victim = rows.keys().copied().nth(hash as usize * 3).filter(|_| roll == 0);
                if let Some(victim) = victim {
                    let (hash, place) = remove(&mut groups, &mut rows, victim);
                    undo.push((victim, hash, Some(place)));
                } else {
                    // Not in order.
                    let slot = number ^ 0b101;
                    insert(&mut groups, &mut rows, slot, hash, u32::MAX);
                    undo.push((slot, hash, None));
                }
                for (&slot, &(hash, place)) in &rows {
                    prop_assert!(groups.has(hash, slot, place));
                }
                for hash in HASHES {
                    let count = rows.values().filter(|row| row.0 == hash).count();
                    prop_assert_eq!(groups.count(hash), count);
                    prop_assert!(count > SHORT || groups.slots(hash).is_sorted());
                }
            }
            while let Some((slot, hash, place)) = undo.pop() {
                match place {
                    Some(place) => insert(&mut groups, &mut rows, slot, hash, place),
                    None => {
                        remove(&mut groups, &mut rows, slot);
                    }
                }
                prop_assert_eq!(Some(contents(&groups)), states.pop());
            }
            prop_assert_eq!(groups.len(), 0);
        }
    }

    #[test]
    fn a_group_becomes_long_and_short_again_and_has_no_slot_twice_or_after_its_last() {
        let (mut groups, mut places) = (Groups::new(), BTreeMap::new());
        for slot in (0..200).rev() {
            groups.insert(1, slot, u32::MAX, |slot, place| {
                places.insert(slot, place);
            });
        }
        assert_eq!(places.values().copied().collect::<alloc::collections::BTreeSet<u32>>(), (0..200).collect());
        assert!(places.iter().all(|(&slot, &place)| groups.has(1, slot, place)));
        assert!(!groups.has(1, 7, 200) && !groups.has(2, 7, 0));
        for slot in 0..199 {
            let place = places.remove(&slot).unwrap_or(u32::MAX);
            groups.remove(1, slot, place, |slot, place| {
                places.insert(slot, place);
            });
            assert!(groups.count(1) > SHORT || groups.slots(1).eq(slot + 1..200));
            assert_eq!(groups.short(1).is_some(), groups.count(1) <= SHORT);
        }
        assert!(groups.has(1, 199, 0) && !groups.has(1, 198, 0));
    }

    #[test]
    fn a_long_group_has_a_slot_at_its_place_only_and_not_after_it_has_gone() {
        let mut groups = Groups::new();
        (0..100).for_each(|slot| groups.insert(1, slot, u32::MAX, |_, _| {}));
        assert!(groups.has(1, 99, 99) && !groups.has(1, 99, 98));
        groups.remove(1, 99, 99, |_, _| unreachable!("the last leaves no gap"));
        assert!(!groups.has(1, 99, 99));
    }

    #[test]
    fn a_group_whose_slots_are_gone_takes_no_room() {
        let mut groups = Groups::new();
        (1..50).for_each(|hash| groups.insert(hash, hash, u32::MAX, |_, _| {}));
        (1..50).for_each(|hash| groups.remove(hash, hash, u32::MAX, |_, _| {}));
        assert_eq!((groups.len(), groups.heads.len()), (0, 0));
    }
}
