//! The slot allocator of one model: generations, free list, and the key records they head.
//!
//! Exactly reversible (I6): undoing an allocation or a release leaves generations and free list as they were, so that the
//! next allocation hands out the same id as if nothing had happened. The generation is the first word of each key
//! record; odd means in use. A slot whose generation would overflow is retired.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use super::block::{LANES, Lanes, any_places_where, first_places};
use super::words::Words;
use crate::id::RawId;

/// Offset of the generation in every key record.
pub(crate) const GENERATION: usize = 0;
/// Slots end here: one value is the null id, and words hold `slot + 1`.
const SLOT_LIMIT: u32 = u32::MAX - 2;
const NOT_ZERO: &str = "a free slot's generation is even, so one more is not zero";

/// Slots of one model with their key records.
#[derive(Clone)]
pub(crate) struct Slots {
    pub(crate) records: Words,
    free: Vec<u32>,
    /// Slots ever used; those beyond have generation 0.
    used: u32,
    live: u32,
}

impl Slots {
    /// Slots whose records have `stride` words, the generation among them.
    pub(crate) const fn new(stride: usize) -> Self {
        Self { records: Words::new(stride), free: Vec::new(), used: 0, live: 0 }
    }

    /// Second slots in the same state, which share all records until either writes. O(pages + free slots).
    pub(crate) fn share(&mut self) -> Self {
        Self { records: self.records.share(), free: self.free.clone(), used: self.used, live: self.live }
    }

    /// Rows in use. O(1).
    pub(crate) const fn live(&self) -> u32 {
        self.live
    }

    /// Slots ever used. O(1).
    pub(crate) const fn used(&self) -> u32 {
        self.used
    }

    /// The slots ever used among the 64 from a multiple of 64 on. O(1).
    #[inline]
    pub(crate) fn used_places(&self, first: u32) -> u64 {
        first_places(self.used.saturating_sub(first).min(LANES as u32) as usize)
    }

    /// Those in use, or, for whoever skips slots without a row, those ever used, which are told sooner. O(64), or O(1).
    #[inline]
    pub(crate) fn places_to_ask(&self, first: u32, skips_missing: bool) -> u64 {
        if skips_missing { self.used_places(first) } else { self.live_places(first) }
    }

    /// The same of all blocks. O(slots).
    pub(crate) fn all_to_ask(&self, skips_missing: bool) -> Vec<u64> {
        (0..self.used).step_by(LANES).map(|first| self.places_to_ask(first, skips_missing)).collect()
    }

    /// The slots in use among the 64 from a multiple of 64 on. O(64), O(1) where no slot is free.
    #[inline]
    pub(crate) fn live_places(&self, first: u32) -> u64 {
        let used = self.used_places(first);
        if self.live == self.used {
            return used;
        }
        let mut generations = [0; LANES];
        self.records.gather(Lanes::Page(first), used, GENERATION, &mut generations);
        any_places_where(used, |lane| generations[lane] & 1 == 1)
    }

    /// The free slots, next to be handed out last. O(1).
    pub(crate) fn free(&self) -> &[u32] {
        &self.free
    }

    /// Whether the id names a slot in use. Every id's generation is odd, and that of a free slot is not. O(1).
    #[inline]
    pub(crate) fn is_live(&self, id: RawId) -> bool {
        self.records.word(id.slot(), GENERATION) == id.generation()
    }

    /// The record of a row, to write, if it is live. O(1).
    #[inline]
    pub(crate) fn find_live(&mut self, id: RawId) -> Option<&mut [u32]> {
        live_record(&mut self.records, self.used, id)
    }

    /// The id of a slot, if in use. O(1).
    #[inline]
    pub(crate) fn id_at(&self, slot: u32) -> Option<RawId> {
        let generation = self.records.word(slot, GENERATION);
        NonZeroU32::new(generation)
            .filter(|generation| generation.get() & 1 == 1)
            .map(|generation| RawId::new(slot, generation))
    }

    /// The id that the next allocation hands out. O(1).
    pub(crate) fn next_id(&self) -> RawId {
        self.upcoming(self.next_slot())
    }

    fn upcoming(&self, slot: u32) -> RawId {
        let generation = self.records.word(slot, GENERATION) + 1;
        RawId::new(slot, NonZeroU32::new(generation).expect(NOT_ZERO))
    }

    /// Takes a slot out of the free ones without using it yet. O(1) amortized.
    ///
    /// # Panics
    ///
    /// At 4,294,967,293 slots, far beyond the memory a row needs.
    pub(crate) fn reserve(&mut self) -> RawId {
        let slot = self.pop_free();
        self.upcoming(slot)
    }

    /// Takes a slot out of the free ones and into use; answers its record too, whose keys are empty. O(1) amortized.
    ///
    /// # Panics
    ///
    /// As `reserve`.
    #[inline]
    pub(crate) fn take(&mut self) -> (RawId, &mut [u32]) {
        let slot = self.pop_free();
        let record = self.records.record_mut(slot);
        record[GENERATION] += 1;
        self.live += 1;
        (RawId::new(slot, NonZeroU32::new(record[GENERATION]).expect(NOT_ZERO)), record)
    }

    /// The slot that the next allocation hands out. O(1).
    #[inline]
    pub(crate) fn next_slot(&self) -> u32 {
        self.free.last().copied().unwrap_or(self.used)
    }

    #[inline]
    fn pop_free(&mut self) -> u32 {
        if let Some(slot) = self.free.pop() {
            return slot;
        }
        let slot = self.used;
        assert!(slot < SLOT_LIMIT, "a table holds fewer than 2^32 - 2 rows");
        self.records.grow_to(slot);
        self.used += 1;
        slot
    }

    /// Undoes `reserve`, which must be the latest change of the free slots. O(1).
    pub(crate) fn undo_reserve(&mut self, slot: u32) {
        if self.records.word(slot, GENERATION) == 0 && slot + 1 == self.used {
            self.used -= 1;
        } else {
            self.free.push(slot);
        }
    }

    /// Undoes `undo_reserve`: takes that very slot again. O(1) amortized.
    pub(crate) fn redo_reserve(&mut self, slot: u32) {
        if slot == self.used {
            self.records.grow_to(slot);
            self.used += 1;
        } else {
            let popped = self.free.pop();
            debug_assert_eq!(popped, Some(slot), "changes are undone in reverse order");
        }
    }

    /// The generation of a slot. O(1).
    pub(crate) fn generation(&self, slot: u32) -> u32 {
        self.records.word(slot, GENERATION)
    }

    /// Gives a reserved slot another generation, and answers the one it had. O(1).
    pub(crate) fn set_generation(&mut self, slot: u32, generation: u32) -> u32 {
        let old = self.generation(slot);
        self.records.set(slot, GENERATION, generation);
        old
    }

    /// Undoes `take`, which must be the latest change of the free slots; answers the record, for what is left in it. O(1).
    pub(crate) fn undo_take(&mut self, slot: u32) -> &mut [u32] {
        let record = self.records.record_mut(slot);
        record[GENERATION] -= 1;
        self.live -= 1;
        if record[GENERATION] == 0 && slot + 1 == self.used {
            self.used -= 1;
        } else {
            self.free.push(slot);
        }
        record
    }

    /// Puts a reserved slot into use. O(1).
    pub(crate) fn occupy(&mut self, id: RawId) {
        self.records.set(id.slot(), GENERATION, id.generation());
        self.live += 1;
    }

    /// Undoes `occupy`: the slot is reserved again. O(1).
    pub(crate) fn undo_occupy(&mut self, slot: u32) {
        let generation = self.records.word(slot, GENERATION);
        self.records.set(slot, GENERATION, generation - 1);
        self.live -= 1;
    }

    /// Undoes `undo_occupy`: the slot's next generation is in use again. O(1).
    pub(crate) fn redo_occupy(&mut self, slot: u32) {
        let id = self.upcoming(slot);
        self.occupy(id);
    }

    /// Takes a slot out of use; answers its record, for what is left in it. O(1).
    #[inline]
    pub(crate) fn release(&mut self, slot: u32) -> &mut [u32] {
        let record = self.records.record_mut(slot);
        self.live -= 1;
        free_again(slot, record, &mut self.free);
        record
    }

    /// Takes the slot of a live row out of use, if its record can be emptied. O(1).
    #[inline]
    pub(crate) fn release_if<R>(&mut self, id: RawId, empty: impl FnOnce(&mut [u32]) -> Option<R>) -> Option<R> {
        let record = live_record(&mut self.records, self.used, id)?;
        let emptied = empty(record)?;
        self.live -= 1;
        free_again(id.slot(), record, &mut self.free);
        Some(emptied)
    }

    /// Takes slots out of use, as if one after the other from the last on, and lets the caller empty their records. O(slots).
    #[inline]
    pub(crate) fn release_all(&mut self, slots: &[u32], mut empty: impl FnMut(&mut [u32])) {
        self.live -= slots.len() as u32;
        let mut is_any_retired = false;
        for &slot in slots {
            let record = self.records.record_mut(slot);
            let generation = record[GENERATION].wrapping_add(1);
            record[GENERATION] = generation;
            is_any_retired |= generation == 0;
            empty(record);
        }
        if is_any_retired {
            let records = &self.records;
            let is_free = |&&slot: &&u32| records.word(slot, GENERATION) != 0;
            self.free.extend(slots.iter().rev().filter(is_free));
        } else {
            self.free.extend(slots.iter().rev());
        }
    }

    /// Undoes `release`, which must be the latest change of the free slots; answers the record. O(1).
    pub(crate) fn undo_release(&mut self, slot: u32) -> &mut [u32] {
        let record = self.records.record_mut(slot);
        if record[GENERATION] != 0 {
            let popped = self.free.pop();
            debug_assert_eq!(popped, Some(slot), "changes are undone in reverse order");
        }
        record[GENERATION] = record[GENERATION].wrapping_sub(1);
        self.live += 1;
        record
    }
}

/// With comparisons that jump, so that what they find is used at once, and not looked at again.
#[inline(always)]
#[expect(clippy::inline_always, reason = "what it finds out is used by what follows")]
fn live_record(records: &mut Words, used: u32, id: RawId) -> Option<&mut [u32]> {
    if id.slot() >= used {
        return None;
    }
    let record = records.record_mut(id.slot());
    if is_of(record, id) { Some(record) } else { None }
}

/// Whether a record is that of the live row with this id. O(1).
#[inline]
pub(crate) fn is_of(record: &[u32], id: RawId) -> bool {
    record.get(GENERATION) == Some(&id.generation())
}

/// Lets a slot have its next generation, and be handed out again. Generation 0 means overflow: the slot is retired.
#[inline]
fn free_again(slot: u32, record: &mut [u32], free: &mut Vec<u32>) {
    let generation = record[GENERATION].wrapping_add(1);
    record[GENERATION] = generation;
    if generation != 0 {
        free.push(slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(slots: &mut Slots) -> RawId {
        let id = slots.reserve();
        slots.occupy(id);
        id
    }

    #[test]
    fn a_reused_slot_has_a_new_generation() {
        let mut slots = Slots::new(1);
        let first = insert(&mut slots);
        slots.release(first.slot());
        let second = insert(&mut slots);
        assert_eq!((first.slot(), second.generation()), (second.slot(), 3));
        assert!(!slots.is_live(first) && slots.is_live(second));
    }

    #[test]
    fn undoing_a_fresh_allocation_gives_the_slot_back() {
        let mut slots = Slots::new(1);
        let id = insert(&mut slots);
        slots.undo_occupy(id.slot());
        slots.undo_reserve(id.slot());
        assert_eq!((slots.used(), slots.next_id()), (0, id));
    }

    #[test]
    fn undoing_a_release_brings_the_same_id_back() {
        let mut slots = Slots::new(1);
        let id = insert(&mut slots);
        slots.release(id.slot());
        slots.undo_release(id.slot());
        assert!(slots.is_live(id));
        assert!(slots.free().is_empty());
    }

    #[test]
    fn a_slot_whose_generation_overflows_is_retired_and_can_come_back() {
        let mut slots = Slots::new(1);
        let id = insert(&mut slots);
        slots.records.set(id.slot(), GENERATION, u32::MAX);
        slots.release(id.slot());
        assert_ne!(slots.next_id().slot(), id.slot());
        slots.undo_release(id.slot());
        assert_eq!(slots.id_at(id.slot()).map(RawId::generation), Some(u32::MAX));
    }

    #[test]
    fn slots_that_are_released_together_are_handed_out_first_to_last_but_for_those_whose_generation_overflows() {
        let mut slots = Slots::new(1);
        let ids: Vec<RawId> = (0..4).map(|_| insert(&mut slots)).collect();
        slots.records.set(ids[1].slot(), GENERATION, u32::MAX);
        slots.release_all(&[0, 1, 3], |_| {});
        assert_eq!((slots.free(), slots.live()), (&[3, 0][..], 1));
        assert_eq!([0, 3, 1].map(|slot| slots.generation(slot)), [2, 2, 0]);
    }

    #[test]
    fn a_block_has_the_places_that_were_used_and_those_that_are_in_use() {
        let mut slots = Slots::new(1);
        let _ids: Vec<RawId> = (0..100).map(|_| insert(&mut slots)).collect();
        let places = |slots: &Slots| [0, 64, 128].map(|first| (slots.used_places(first), slots.live_places(first)));
        let (full, partly) = (u64::MAX, (1 << 36) - 1);
        assert_eq!(places(&slots), [(full, full), (partly, partly), (0, 0)]);
        slots.release(70);
        slots.release(71);
        assert_eq!(insert(&mut slots).slot(), 71);
        assert_eq!(places(&slots), [(full, full), (partly, partly ^ (1 << 6)), (0, 0)]);
    }

    #[test]
    fn slots_whose_generations_overflow_together_are_not_handed_out_again() {
        let mut slots = Slots::new(1);
        for id in [insert(&mut slots), insert(&mut slots)] {
            slots.records.set(id.slot(), GENERATION, u32::MAX);
        }
        slots.release_all(&[0, 1], |_| {});
        assert_eq!((slots.free(), slots.live()), (&[][..], 0));
    }

    #[test]
    fn the_null_id_is_never_live() {
        assert!(!Slots::new(1).is_live(RawId::NULL));
    }
}
