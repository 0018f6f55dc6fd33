//! Foreign keys and one-to-one keys: forward records, reverse sets, and the references that dangle for now.

use super::Relations;
use super::ends::both;
use crate::arena::lists::{HEAD, Runs};
use crate::catalog::{HeadPlace, KeyPlace, RelationInfo};
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
        let key = relation.place;
        match self.slots[key.source()].records.word(source, key.offset()) {
            0 => Target::Null,
            DANGLING => Target::Dangling,
            word => Target::Slot(word - 1),
        }
    }

    /// Rows that point at a row. O(1) to start, then O(1) each.
    #[inline]
    pub(crate) fn sources<'a>(&'a self, relation: &RelationInfo, target: u32) -> Sources<'a> {
        let (key, records) = (relation.place, &self.slots[relation.place.target()].records);
        if relation.is_one_to_one() {
            return Sources::one(records.word(target, key.head()));
        }
        match records.part(target, key.head()) {
            Some(head) if head[0] != 0 => {
                Sources { current: [].iter(), runs: self.pool.runs::<1>(head), single: 0, left: head[0] }
            }
            _ => Sources::one(0),
        }
    }

    /// Rows that point at a row through a foreign key, as the slices in which they lie. O(1) each.
    #[inline]
    pub(crate) fn source_runs<'a>(&'a self, relation: &RelationInfo, target: u32) -> Runs<'a> {
        let head = self.slots[relation.target].records.part(target, relation.place.head());
        head.filter(|_| !relation.is_one_to_one()).map_or_else(Runs::default, |head| self.pool.runs::<1>(head))
    }

    /// How many rows point at a row. O(1).
    #[inline]
    pub(crate) fn source_count(&self, relation: &RelationInfo, target: u32) -> usize {
        let word = self.slots[relation.place.target()].records.word(target, relation.place.head());
        if relation.is_one_to_one() { usize::from(word != 0) } else { word as usize }
    }

    /// The row at a place of the reverse set of a foreign key that is not one-to-one. O(1).
    pub(crate) fn source_at(&self, relation: &RelationInfo, target: u32, place: u32) -> u32 {
        let (key, records) = (relation.place, &self.slots[relation.place.target()].records);
        let [source] = self.pool.entry(records.part(target, key.head()).expect("a target has its record"), place);
        source
    }

    /// A row's place in the reverse set it is in. O(1).
    pub(crate) fn position(&self, relation: &RelationInfo, source: u32) -> u32 {
        let key = relation.place;
        if relation.is_one_to_one() { 0 } else { self.slots[key.source()].records.word(source, key.offset() + 1) }
    }

    /// The row that a one-to-one key would collide with. O(1), O(log dangling) if the target does not exist.
    pub(crate) fn holder(&self, relation: &RelationInfo, place: usize, target: RawId) -> Option<u32> {
        if self.slots[relation.target].is_live(target) {
            return self.sources(relation, target.slot()).next();
        }
        self.dangling.range((place, target, 0)..=(place, target, u32::MAX)).next().map(|&(_, _, source)| source)
    }

    /// Enters a row into the reverse set of a row, at its end; answers whether that row exists. O(1) amortized.
    pub(crate) fn attach(&mut self, relation: &RelationInfo, source: u32, target: RawId) -> bool {
        let key = relation.place;
        if relation.is_one_to_one() {
            if !self.slots[key.target()].is_live(target) {
                return false;
            }
            self.slots[key.target()].records.set(target.slot(), key.head(), source + 1);
            self.slots[key.source()].records.set(source, key.offset(), target.slot() + 1);
            return true;
        }
        let Some(position) = self.enter(key, source, target) else { return false };
        *self.slots[key.source()].records.part_mut(source, key.offset()) = [target.slot() + 1, position];
        true
    }

    /// Takes a row out of the reverse set it is in; the last one takes its place. O(1).
    pub(crate) fn detach(&mut self, relation: &RelationInfo, source: u32) -> Detached {
        let key = relation.place;
        let records = &mut self.slots[key.source()].records;
        let target = match records.word(source, key.offset()) {
            0 => return Detached::Null,
            DANGLING => return Detached::Dangling,
            word => word - 1,
        };
        if relation.is_one_to_one() {
            records.set(source, key.offset(), 0);
            self.slots[key.target()].records.set(target, key.head(), 0);
            return Detached::From { target, position: 0 };
        }
        let [_, position] = core::mem::take(records.part_mut::<2>(source, key.offset()));
        self.leave(key, target, position);
        Detached::From { target, position }
    }

    /// Moves a live row from the reverse set of its foreign key to the end of that of another row, if it stands in one, and
    /// that row exists and is another one. Answers target and position that it had. O(1) amortized.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the engine's one call of it is the function that programs wait for")]
    pub(crate) fn move_key(&mut self, key: KeyPlace, source: RawId, target: RawId) -> Option<(u32, u32)> {
        if key.source() == key.target() {
            return self.move_key_within(key, source, target);
        }
        let (pool, [sources, targets]) = (&mut self.pool, both(&mut self.slots, key.source(), key.target()));
        let record = sources.find_live(source)?;
        let part: &mut [u32; 2] = part_of(record, key.offset());
        let [word, position] = *part;
        if matches!(word, 0 | DANGLING) || word == target.slot() + 1 {
            return None;
        }
        let record = targets.find_live(target)?;
        let head = head_of(record, key.head());
        *part = [target.slot() + 1, head[0]];
        pool.push(head, [source.slot()]);
        let head = targets.records.part_mut(word - 1, key.head());
        if let Some([moved]) = pool.swap_remove(head, position) {
            sources.records.set(moved, key.offset() + 1, position);
        }
        Some((word - 1, position))
    }

    /// `move_key` between rows of the model itself, whose records cannot be held together.
    #[inline(never)]
    fn move_key_within(&mut self, key: KeyPlace, source: RawId, target: RawId) -> Option<(u32, u32)> {
        let (model, pool) = (&mut self.slots[key.source()], &mut self.pool);
        let record = model.find_live(source)?;
        let [word, position] = *part_of::<2>(record, key.offset());
        if matches!(word, 0 | DANGLING) || word == target.slot() + 1 {
            return None;
        }
        let record = model.find_live(target)?;
        let head = head_of(record, key.head());
        let end = head[0];
        pool.push(head, [source.slot()]);
        *model.records.part_mut(source.slot(), key.offset()) = [target.slot() + 1, end];
        self.leave(key, word - 1, position);
        Some((word - 1, position))
    }

    /// Moves a row from the reverse set of its foreign key to a place of that of another row, from which the row there
    /// goes to the end: with the place it had, the inverse of `move_key` and of itself. Answers target and position that
    /// it had, and the generation of the one that it has. O(1) amortized.
    #[inline]
    pub(crate) fn move_key_back(&mut self, key: KeyPlace, source: u32, target: u32, position: u32) -> (u32, u32, u32) {
        let (mut ends, pool) = self.ends(key.source(), key.target());
        let record = ends.own.records.part_mut(source, key.offset());
        let [old, last] = core::mem::replace(record, [target + 1, position]);
        ends.leave(pool, key, old - 1, last);
        let generation = ends.enter_at(pool, key, source, target, position);
        (old - 1, last, generation)
    }

    /// The target's side of `attach` for a foreign key: the position at which the row entered its set, if it exists.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what one look at a record finds is used by all that follows")]
    fn enter(&mut self, key: KeyPlace, source: u32, target: RawId) -> Option<u32> {
        let record = self.slots[key.target()].find_live(target)?;
        let head = head_of(record, key.head());
        let position = head[0];
        self.pool.push(head, [source]);
        Some(position)
    }

    /// The target's side of `detach` for a foreign key.
    #[inline]
    fn leave(&mut self, key: KeyPlace, target: u32, position: u32) {
        let (mut ends, pool) = self.ends(key.source(), key.target());
        ends.leave(pool, key, target, position);
    }

    /// The inverse of `leave`.
    #[inline]
    fn enter_at(&mut self, key: KeyPlace, source: u32, target: u32, position: u32) {
        let (mut ends, pool) = self.ends(key.source(), key.target());
        ends.enter_at(pool, key, source, target, position);
    }

    /// Takes a slot into use for a row whose only key is a foreign key to a row, if that exists. O(1) amortized.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the engine's one call of it is the function that programs wait for")]
    pub(crate) fn insert_keyed(&mut self, key: KeyPlace, target: RawId) -> Option<RawId> {
        let slot = self.slots[key.source()].next_slot();
        let position = self.enter(key, slot, target)?;
        let (id, record) = self.slots[key.source()].take();
        *part_of(record, key.offset()) = [target.slot() + 1, position];
        Some(id)
    }

    /// Takes a live row out of use whose only key is a foreign key to a row and at which no row points and no link ends, as
    /// the `heads` tell. Answers target and position that it had; nothing has changed if it is another kind of row. O(heads).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the engine's one call of it is the function that programs wait for")]
    pub(crate) fn retire_keyed(&mut self, key: KeyPlace, id: RawId, heads: &[HeadPlace]) -> Option<(u32, u32)> {
        let [word, position] = self.slots[key.source()].release_if(id, |record| {
            let is_alone = heads.iter().all(|head| record[usize::from(head.offset)] == 0);
            let part: &mut [u32; 2] = part_of(record, key.offset());
            (is_alone && !matches!(part[0], 0 | DANGLING)).then(|| core::mem::take(part))
        })?;
        self.leave(key, word - 1, position);
        Some((word - 1, position))
    }

    /// The inverse of `insert_keyed`, which must be the latest change of the free slots. Answers the target. O(1).
    pub(crate) fn undo_insert_keyed(&mut self, key: KeyPlace, slot: u32) -> u32 {
        let record = self.slots[key.source()].undo_take(slot);
        let [word, position] = core::mem::take(part_of::<2>(record, key.offset()));
        self.leave(key, word - 1, position);
        word - 1
    }

    /// The inverse of `retire_keyed`, which must be the latest change of the free slots. O(1).
    pub(crate) fn undo_retire_keyed(&mut self, key: KeyPlace, slot: u32, target: u32, position: u32) {
        let record = self.slots[key.source()].undo_release(slot);
        *part_of(record, key.offset()) = [target + 1, position];
        self.enter_at(key, slot, target, position);
    }

    /// The inverse of `detach`. O(1).
    pub(crate) fn undo_detach(&mut self, relation: &RelationInfo, source: u32, target: u32, position: u32) {
        let key = relation.place;
        if relation.is_one_to_one() {
            self.slots[key.target()].records.set(target, key.head(), source + 1);
            self.slots[key.source()].records.set(source, key.offset(), target + 1);
        } else {
            self.enter_at(key, source, target, position);
            *self.slots[key.source()].records.part_mut(source, key.offset()) = [target + 1, position];
        }
    }

    /// Notes that a key refers to a row that does not exist. O(log dangling).
    pub(crate) fn add_dangling(&mut self, relation: &RelationInfo, place: usize, source: u32, target: RawId) {
        self.dangling.insert((place, target, source));
        self.slots[relation.source].records.set(source, relation.place.offset(), DANGLING);
    }

    /// Forgets that a key dangles. O(log dangling).
    pub(crate) fn remove_dangling(&mut self, relation: &RelationInfo, place: usize, source: u32, target: RawId) {
        let removed = self.dangling.remove(&(place, target, source));
        debug_assert!(removed, "a dangling record has its entry");
        self.slots[relation.source].records.set(source, relation.place.offset(), 0);
    }
}

/// The head of a list in a record.
#[inline]
pub(super) fn head_of(record: &mut [u32], head: usize) -> &mut [u32; HEAD] {
    part_of(record, head)
}

/// Some words of a record.
#[inline]
pub(super) fn part_of<const WORDS: usize>(record: &mut [u32], offset: usize) -> &mut [u32; WORDS] {
    record[offset..offset + WORDS].first_chunk_mut().expect("a range has its length")
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

    /// Calls `visit` with all slots, in slices that are as long as can be. O(slices).
    #[inline]
    pub(crate) fn for_each_run(self, mut visit: impl FnMut(&[u32])) {
        visit(self.current.as_slice());
        self.runs.for_each(&mut visit);
        if self.single != 0 {
            visit(&[self.single - 1]);
        }
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
