//! Reads at places that the compiler knows: typed reads ask no catalog.

use super::Relations;
use crate::arena::block::{LANES, Lanes, any_places_where};
use crate::arena::entries::Entries;
use crate::arena::lists::HEAD;

impl Relations {
    /// The row that a key refers to, unless it is null or dangles. O(1).
    #[inline]
    pub(crate) fn target_at(&self, model: usize, offset: usize, source: u32) -> Option<u32> {
        // Zero for null and all ones for a dangling key: neither is one more than a slot.
        let slot = self.slots[model].records.word(source, offset).wrapping_sub(1);
        (slot < u32::MAX - 1).then_some(slot)
    }

    /// The rows that the keys of a block's rows refer to, and which of those there are. O(block).
    #[inline]
    pub(crate) fn targets_at(
        &self,
        (model, offset): (usize, usize),
        lanes: Lanes<'_>,
        set: u64,
        targets: &mut [u32; LANES],
    ) -> u64 {
        self.slots[model].records.gather(lanes, set, offset, targets);
        // Zero for null and all ones for a dangling key, as above.
        for target in &mut *targets {
            *target = target.wrapping_sub(1);
        }
        any_places_where(set, |lane| targets[lane] < u32::MAX - 1)
    }

    /// Slots in the list of a row. O(1) to start, then O(1) each.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "whoever has found the row alive has found its record")]
    pub(crate) fn list_at<const W: usize>(&self, model: usize, head: usize, slot: u32) -> Entries<'_, W> {
        let head: Option<&[u32; HEAD]> = self.slots[model].records.part(slot, head);
        self.pool.entries(head.unwrap_or(&[0; HEAD]))
    }
}
