//! Slots in groups by 32-bit hash: a hash index for values that many rows share.
//!
//! A group is a list in a pool, and its head lies in the hash table, so that a group of a million costs what a group of one
//! costs. Whoever keeps a slot keeps its place in the group too, and is told which other place has changed. Values of equal
//! hashes share a group: whoever looks a value up compares. Inserting at a removed slot's place undoes the removal (I6).

use core::iter::{Copied, Flatten};

use super::hash_index::HashIndex;
use super::lists::{HEAD, Pool, Runs};

/// Hashes to groups of slots.
#[derive(Clone)]
pub(crate) struct Groups {
    heads: HashIndex<[u32; HEAD]>,
    pool: Pool,
    slots: usize,
}

/// A slot that a change of another has moved, and its new place.
pub(crate) type Moved = Option<(u32, u32)>;

impl Groups {
    pub(crate) const fn new() -> Self {
        Self { heads: HashIndex::new(), pool: Pool::new(), slots: 0 }
    }

    /// Second groups with the same slots, which share all pages until either writes. O(pages).
    pub(crate) fn share(&mut self) -> Self {
        Self { heads: self.heads.share(), pool: self.pool.share(), slots: self.slots }
    }

    /// Adds a slot at a place of its hash's group, or at the end if the group is not as long. Answers the slot's place,
    /// and the slot that went from there to the end. O(1) amortized.
    pub(crate) fn insert(&mut self, hash: u32, slot: u32, place: u32) -> (u32, Moved) {
        self.slots += 1;
        let Some(head) = self.heads.find_mut(hash, |_| true) else {
            let mut head = [0; HEAD];
            self.pool.push(&mut head, [slot]);
            self.heads.insert(hash, head);
            return (0, None);
        };
        let last = head[0];
        let place = place.min(last);
        let moved = self.pool.undo_swap_remove(head, place, [slot]);
        (place, moved.map(|[moved]| (moved, last)))
    }

    /// Removes the slot at a place of its hash's group. Answers the slot that has taken the place. O(1) amortized.
    pub(crate) fn remove(&mut self, hash: u32, place: u32) -> Moved {
        let head = self.heads.find_mut(hash, |_| true).expect("an indexed row has its group");
        let moved = self.pool.swap_remove::<1>(head, place);
        self.slots -= 1;
        if head[0] == 0 {
            self.heads.remove(hash, |_| true);
        }
        moved.map(|[moved]| (moved, place))
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

    /// The slots with this hash in runs, in the order of their places. O(1) each.
    #[inline]
    pub(crate) fn runs(&self, hash: u32) -> Runs<'_> {
        let head = self.heads.get(hash);
        head.map(|head| self.pool.runs::<1>(head)).unwrap_or_default()
    }

    /// The slot at a place of its hash's group. O(1).
    pub(crate) fn slot_at(&self, hash: u32, place: u32) -> Option<u32> {
        let head = self.heads.with_hash(hash).next().filter(|head| place < head[0])?;
        let [slot] = self.pool.entry(head, place);
        Some(slot)
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

    fn contents(groups: &Groups) -> Vec<Vec<u32>> {
        (0..5).map(|hash| groups.slots(hash).collect()).collect()
    }

    proptest! {
        #[test]
        fn groups_know_their_slots_and_undo_exactly(steps in prop::collection::vec((0..5_u32, any::<bool>()), 1..400)) {
            let (mut groups, mut rows, mut states) = (Groups::new(), BTreeMap::<u32, (u32, u32)>::new(), Vec::new());
            let mut undo = Vec::new();
            for (slot, &(hash, inserts)) in (0..).zip(&steps) {
                states.push(contents(&groups));
                let victim = rows.keys().copied().nth(hash as usize * 3).filter(|_| !inserts);
                if let Some(victim) = victim {
                    let (hash, place) = rows.remove(&victim).expect("just found");
                    if let Some((moved, at)) = groups.remove(hash, place) {
                        rows.get_mut(&moved).expect("only kept slots move").1 = at;
                    }
                    undo.push((victim, hash, Some(place)));
                } else {
                    let (place, moved) = groups.insert(hash, slot, u32::MAX);
                    prop_assert_eq!(moved, None);
                    rows.insert(slot, (hash, place));
                    undo.push((slot, hash, None));
                }
                for (&slot, &(hash, place)) in &rows {
                    prop_assert_eq!(groups.slot_at(hash, place), Some(slot));
                }
                for hash in 0..5 {
                    prop_assert_eq!(groups.count(hash), rows.values().filter(|row| row.0 == hash).count());
                }
            }
            while let Some((slot, hash, place)) = undo.pop() {
                let moved = match place {
                    Some(place) => {
                        let (place, moved) = groups.insert(hash, slot, place);
                        rows.insert(slot, (hash, place));
                        moved
                    }
                    None => groups.remove(hash, rows.remove(&slot).expect("it is there still").1),
                };
                if let Some((moved, at)) = moved {
                    rows.get_mut(&moved).expect("only kept slots move").1 = at;
                }
                prop_assert_eq!(Some(contents(&groups)), states.pop());
            }
            prop_assert_eq!(groups.len(), 0);
        }
    }

    #[test]
    fn a_group_has_no_slot_after_its_last() {
        let mut groups = Groups::new();
        (10..15).for_each(|slot| assert_eq!(groups.insert(1, slot, u32::MAX), (slot - 10, None)));
        assert_eq!([0, 4, 5].map(|place| groups.slot_at(1, place)), [Some(10), Some(14), None]);
        assert_eq!(groups.slot_at(2, 0), None);
    }
}
