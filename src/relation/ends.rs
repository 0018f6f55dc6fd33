//! The records at both ends of a relation, looked up in their models once: what keys and links do on the way.

use super::keys::head_of;
use super::{Relations, is_of};
use crate::arena::lists::{HEAD, Pool};
use crate::arena::slots::{GENERATION, Slots};
use crate::catalog::KeyPlace;
use crate::id::RawId;

/// Records of the model at this end and of that at the other.
pub(super) struct EndRecords<'a> {
    pub(super) own: &'a mut Slots,
    /// None where the relation is one of a model with itself.
    other: Option<&'a mut Slots>,
}

impl Relations {
    /// The records of two models, and the lists that lead from ones to the others. O(1).
    #[inline]
    pub(super) fn ends(&mut self, own: usize, other: usize) -> (EndRecords<'_>, &mut Pool) {
        let pool = &mut self.pool;
        if own == other {
            return (EndRecords { own: &mut self.slots[own], other: None }, pool);
        }
        let [own, other] = both(&mut self.slots, own, other);
        (EndRecords { own, other: Some(other) }, pool)
    }
}

impl EndRecords<'_> {
    #[inline]
    pub(super) fn other(&mut self) -> &mut Slots {
        match &mut self.other {
            Some(other) => other,
            None => self.own,
        }
    }

    /// Takes the source at a position out of the set of a target; the last one takes its place.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what one look at a record finds is used by all that follows")]
    pub(super) fn leave(&mut self, pool: &mut Pool, key: KeyPlace, target: u32, position: u32) {
        let head = self.other().records.part_mut(target, key.head());
        if let Some([moved]) = pool.swap_remove(head, position) {
            self.own.records.set(moved, key.offset() + 1, position);
        }
    }

    /// The inverse of `leave`. Answers the target's generation.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what one look at a record finds is used by all that follows")]
    pub(super) fn enter_at(&mut self, pool: &mut Pool, key: KeyPlace, source: u32, target: u32, position: u32) -> u32 {
        let record = self.other().records.record_mut(target);
        let (generation, head) = (record[GENERATION], head_of(record, key.head()));
        if let Some([moved]) = pool.undo_swap_remove(head, position, [source]) {
            let last = head[0] - 1;
            self.own.records.set(moved, key.offset() + 1, last);
        }
        generation
    }
}

/// The records of two models. O(1).
#[inline]
pub(super) fn both(slots: &mut [Slots], own: usize, other: usize) -> [&mut Slots; 2] {
    slots.get_disjoint_mut([own, other]).expect("the ends of a relation are models of the schema")
}

/// The heads of the lists of two rows, if both are there: records, id and offset of each. O(1).
#[inline]
pub(super) fn heads<'r>(
    own: (&'r Slots, (RawId, u16)),
    other: (&'r Slots, (RawId, u16)),
) -> Option<[&'r [u32; HEAD]; 2]> {
    let [own, other] = [own, other].map(|(slots, (id, offset))| {
        let record = Some(slots.records.record(id.slot())).filter(|record| is_of(record, id))?;
        record[usize::from(offset)..].first_chunk()
    });
    Some([own?, other?])
}
