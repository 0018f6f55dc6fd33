//! Foreign keys and one-to-one keys: forward records, reverse sets, and the references that dangle for now.

use super::Relations;
use crate::arena::lists::{HEAD, Runs};
use crate::arena::slots::GENERATION;
use crate::catalog::{Catalog, RelationInfo};
use crate::id::RawId;

/// In a record's target word: the reference dangles, and the row's field says what it names.
const DANGLING: u32 = u32::MAX;

/// What a key record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Null,
    Dangling,
    Slot(u32),
}

/// What a row's key referred to when it was taken out of its reverse set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detached {
    Null,
    Dangling,
    From { target: u32, position: u32 },
}

impl Relations {
    /// What a row's key refers to. O(1).
    #[inline]
    pub(crate) fn target(&self, relation: &RelationInfo, source: u32) -> Target {
        match self.slots[relation.source].records.word(source, relation.offset) {
            0 => Target::Null,
            DANGLING => Target::Dangling,
            word => Target::Slot(word - 1),
        }
    }

    /// Rows that point at a row. O(1) to start, then O(1) each.
    #[inline]
    pub(crate) fn sources<'a>(&'a self, relation: &RelationInfo, target: u32) -> Sources<'a> {
        let record = self.slots[relation.target].records.record(target);
        if relation.is_one_to_one() {
            return Sources::one(record.get(relation.head).copied().unwrap_or(0));
        }
        match record.get(relation.head..relation.head + HEAD) {
            Some(head) => Sources { current: [].iter(), runs: self.pool.runs::<1>(head), single: 0, left: head[0] },
            None => Sources::one(0),
        }
    }

    /// Rows that point at a row through a foreign key, as the slices in which they lie. O(1) each.
    #[inline]
    pub(crate) fn source_runs<'a>(&'a self, relation: &RelationInfo, target: u32) -> Runs<'a> {
        let record = self.slots[relation.target].records.record(target);
        let head = record.get(relation.head..relation.head + HEAD).filter(|_| !relation.is_one_to_one());
        head.map_or_else(Runs::default, |head| self.pool.runs::<1>(head))
    }

    /// How many rows point at a row. O(1).
    #[inline]
    pub(crate) fn source_count(&self, relation: &RelationInfo, target: u32) -> usize {
        let word = self.slots[relation.target].records.word(target, relation.head);
        if relation.is_one_to_one() { usize::from(word != 0) } else { word as usize }
    }

    /// The row at a place of a reverse set. O(1).
    pub(crate) fn source_at(&self, relation: &RelationInfo, target: u32, place: u32) -> u32 {
        let record = self.slots[relation.target].records.record(target);
        if relation.is_one_to_one() {
            return record[relation.head] - 1;
        }
        let [source] = self.pool.entry(&record[relation.head..relation.head + HEAD], place);
        source
    }

    /// A row's place in the reverse set it is in. O(1).
    pub(crate) fn position(&self, relation: &RelationInfo, source: u32) -> u32 {
        if relation.is_one_to_one() { 0 } else { self.slots[relation.source].records.word(source, relation.offset + 1) }
    }

    /// The row that a one-to-one key would collide with. O(1), O(log dangling) if the target does not exist.
    pub(crate) fn holder(&self, relation: &RelationInfo, place: usize, target: RawId) -> Option<u32> {
        if self.slots[relation.target].is_live(target) {
            return self.sources(relation, target.slot()).next();
        }
        self.dangling.range((place, target, 0)..=(place, target, u32::MAX)).next().map(|&(_, _, source)| source)
    }

    /// Enters a row into the reverse set of a row, at its end; answers whether that row exists. O(1) amortized.
    #[inline]
    pub(crate) fn attach(&mut self, relation: &RelationInfo, source: u32, target: RawId) -> bool {
        let Some(position) = self.enter(relation, source, target) else { return false };
        self.set_record(relation, source, target.slot() + 1, position);
        true
    }

    /// Takes a row out of the reverse set it is in; the last one takes its place. O(1).
    #[inline]
    pub(crate) fn detach(&mut self, relation: &RelationInfo, source: u32) -> Detached {
        let record = self.slots[relation.source].records.record_mut(source);
        let target = match record[relation.offset] {
            0 => return Detached::Null,
            DANGLING => return Detached::Dangling,
            word => word - 1,
        };
        record[relation.offset] = 0;
        let position = if relation.is_one_to_one() { 0 } else { core::mem::take(&mut record[relation.offset + 1]) };
        self.leave(relation, target, position);
        Detached::From { target, position }
    }

    /// Moves a row from the reverse set it is in to the end of that of another row, if that exists. Answers target and
    /// position that it had. The records are read and written once. O(1) amortized.
    #[inline]
    pub(crate) fn move_key(&mut self, relation: &RelationInfo, source: u32, target: RawId) -> Option<(u32, u32)> {
        debug_assert!(!relation.is_one_to_one(), "the target of a one-to-one key must be left before it is taken");
        let end = self.enter(relation, source, target)?;
        let record = self.slots[relation.source].records.record_mut(source);
        let (old, position) = (record[relation.offset] - 1, record[relation.offset + 1]);
        (record[relation.offset], record[relation.offset + 1]) = (target.slot() + 1, end);
        self.leave(relation, old, position);
        Some((old, position))
    }

    /// The target's side of `attach`: the position at which the row entered its set, if it exists.
    #[inline]
    fn enter(&mut self, relation: &RelationInfo, source: u32, target: RawId) -> Option<u32> {
        let record = self.slots[relation.target].records.find_mut(target.slot())?;
        if record[GENERATION] != target.generation() || target.generation() & 1 == 0 {
            return None;
        }
        if relation.is_one_to_one() {
            record[relation.head] = source + 1;
            return Some(0);
        }
        let head = &mut record[relation.head..relation.head + HEAD];
        let position = head[0];
        self.pool.push(head, [source]);
        Some(position)
    }

    /// The target's side of `detach`.
    #[inline]
    fn leave(&mut self, relation: &RelationInfo, target: u32, position: u32) {
        let record = self.slots[relation.target].records.record_mut(target);
        if relation.is_one_to_one() {
            record[relation.head] = 0;
        } else if let Some([moved]) = self.pool.swap_remove(&mut record[relation.head..relation.head + HEAD], position)
        {
            self.slots[relation.source].records.set(moved, relation.offset + 1, position);
        }
    }

    /// Takes a slot into use for a row whose only key names a row, if that exists and the key is a foreign key. O(1)
    /// amortized.
    #[inline]
    pub(crate) fn insert_keyed(&mut self, relation: &RelationInfo, target: RawId) -> Option<RawId> {
        // The target of a one-to-one key may have a holder, which must be asked for first.
        if relation.is_one_to_one() {
            return None;
        }
        let slot = self.slots[relation.source].next_slot();
        let position = self.enter(relation, slot, target)?;
        let (id, record) = self.slots[relation.source].take();
        (record[relation.offset], record[relation.offset + 1]) = (target.slot() + 1, position);
        Some(id)
    }

    /// Takes a live row out of use whose only key names a row and at which no row points, as its `heads` tell. Answers
    /// target and position that it had; nothing has changed if it is another kind of row. O(heads).
    #[inline]
    pub(crate) fn retire_keyed(
        &mut self,
        relation: &RelationInfo,
        id: RawId,
        mut heads: impl Iterator<Item = usize>,
    ) -> Option<(u32, u32)> {
        let slots = &mut self.slots[relation.source];
        let record = slots.records.find_mut(id.slot())?;
        let word = record[relation.offset];
        if record[GENERATION] != id.generation()
            || id.generation() & 1 == 0
            || matches!(word, 0 | DANGLING)
            || heads.any(|head| record[head] != 0)
        {
            return None;
        }
        record[relation.offset] = 0;
        let position = if relation.is_one_to_one() { 0 } else { core::mem::take(&mut record[relation.offset + 1]) };
        slots.release(id.slot());
        self.leave(relation, word - 1, position);
        Some((word - 1, position))
    }

    /// Takes rows of a model out of use, in order, together with all their sources, whose sets they stand in no more; nor
    /// do they stand in a set themselves but for that of the key that they go because of. O(rows × relations).
    pub(crate) fn release_family(&mut self, catalog: &Catalog, model: usize, came_by: usize, slots: &[u32]) {
        let (relations, incoming) = (catalog.relations(), &catalog.models()[model].incoming);
        let (came_by, released) = (relations.get(came_by), &mut self.slots[model]);
        for &slot in slots {
            let record = released.release(slot);
            for info in incoming.iter().map(|&relation| &relations[relation]) {
                if record[info.head] == 0 {
                    continue;
                }
                if info.is_one_to_one() {
                    record[info.head] = 0;
                } else {
                    self.pool.clear::<1>(&mut record[info.head..info.head + HEAD]);
                }
            }
            if let Some(info) = came_by {
                record[info.offset] = 0;
                if !info.is_one_to_one() {
                    record[info.offset + 1] = 0;
                }
            }
        }
    }

    /// The inverse of `detach`. O(1).
    pub(crate) fn undo_detach(&mut self, relation: &RelationInfo, source: u32, target: u32, position: u32) {
        if relation.is_one_to_one() {
            self.slots[relation.target].records.set(target, relation.head, source + 1);
        } else {
            let head = &mut self.slots[relation.target].records.record_mut(target)[relation.head..relation.head + HEAD];
            if let Some([moved]) = self.pool.undo_swap_remove(head, position, [source]) {
                let last = head[0] - 1;
                self.slots[relation.source].records.set(moved, relation.offset + 1, last);
            }
        }
        self.set_record(relation, source, target + 1, position);
    }

    /// Notes that a key refers to a row that does not exist. O(log dangling).
    pub(crate) fn add_dangling(&mut self, relation: &RelationInfo, place: usize, source: u32, target: RawId) {
        self.dangling.insert((place, target, source));
        self.set_record(relation, source, DANGLING, 0);
    }

    /// Forgets that a key dangles. O(log dangling).
    pub(crate) fn remove_dangling(&mut self, relation: &RelationInfo, place: usize, source: u32, target: RawId) {
        let removed = self.dangling.remove(&(place, target, source));
        debug_assert!(removed, "a dangling record has its entry");
        self.set_record(relation, source, 0, 0);
    }

    #[inline]
    fn set_record(&mut self, relation: &RelationInfo, source: u32, target: u32, position: u32) {
        let record = self.slots[relation.source].records.record_mut(source);
        record[relation.offset] = target;
        if !relation.is_one_to_one() {
            record[relation.offset + 1] = position;
        }
    }
}

/// Slots of the rows that point at a row, in the order of their set.
#[derive(Clone)]
pub(crate) struct Sources<'a> {
    current: core::slice::Iter<'a, u32>,
    runs: Runs<'a>,
    /// The only one, as `slot + 1`, of a one-to-one key.
    single: u32,
    left: u32,
}

impl Sources<'_> {
    fn one(word: u32) -> Self {
        Self { current: [].iter(), runs: Runs::default(), single: word, left: u32::from(word != 0) }
    }
}

impl Iterator for Sources<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        loop {
            if let Some(&slot) = self.current.next() {
                self.left -= 1;
                return Some(slot);
            }
            match self.runs.next() {
                Some(run) => self.current = run.iter(),
                None if self.single != 0 => {
                    self.left = 0;
                    return Some(core::mem::take(&mut self.single) - 1);
                }
                None => return None,
            }
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }

    /// In whole runs, for callers that take all of them.
    #[inline]
    fn fold<B, F: FnMut(B, u32) -> B>(self, start: B, mut add: F) -> B {
        let mut folded = self.current.fold(start, |folded, &slot| add(folded, slot));
        for run in self.runs {
            folded = run.iter().fold(folded, |folded, &slot| add(folded, slot));
        }
        if self.single == 0 { folded } else { add(folded, self.single - 1) }
    }
}

impl ExactSizeIterator for Sources<'_> {}
