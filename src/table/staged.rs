//! What a table does without knowing its model, so that it is compiled once: the rules of prepared rows, and lookups.

use alloc::vec::Vec;
use core::hash::Hash as _;
use core::ops::Bound;

use super::common::failed_check;
use super::copies::no_row;
use super::indexes::{Indexes, SlotIndex};
use super::waiting::Staging;
use super::{Broken, ErasedTable, IndexLookup, IndexPlace, IndexSlots, OrderedEntries, PileName, RowPlace};
use crate::arena::in_order::InOrder;
use crate::error::Error;
use crate::id::RawId;
use crate::model::{FieldKind, IndexHasher, Input, ModelDescriptor, OrderKey, RowGlue, StableHasher, misfit_error};
use crate::value::{Misfit, Value};

impl dyn ErasedTable + '_ {
    /// The model as data.
    pub(crate) fn descriptor(&self) -> &'static ModelDescriptor {
        self.common().descriptor
    }

    /// The indexes. O(1).
    pub(super) fn indexes(&self) -> &Indexes {
        &self.common().indexes
    }

    /// Slots with a row, in order. O(slots).
    pub(crate) fn slots(&self) -> Vec<u32> {
        (0..self.room()).map(|slot| slot as u32).filter(|&slot| self.row_glue(RowPlace::Slot(slot)).is_some()).collect()
    }

    fn glue(&self, at: RowPlace) -> &dyn RowGlue {
        self.row_glue(at).unwrap_or_else(|| no_row())
    }

    fn glue_mut(&mut self, at: RowPlace) -> &mut dyn RowGlue {
        self.row_glue_mut(at).unwrap_or_else(|| no_row())
    }

    /// The row's key; none where there is no row. O(1).
    pub(crate) fn key(&self, slot: u32, ordinal: usize) -> Option<RawId> {
        self.row_glue(RowPlace::Slot(slot))?.key(ordinal)
    }

    /// Overwrites a key that no rule depends on. O(1).
    pub(crate) fn set_key(&mut self, slot: u32, ordinal: usize, target: Option<RawId>) {
        self.glue_mut(RowPlace::Slot(slot)).set_key(ordinal, target);
    }

    /// Adds a row's fields to a digest. O(size of the row).
    pub(crate) fn digest(&self, slot: u32, state: &mut StableHasher) {
        self.glue(RowPlace::Slot(slot)).digest(state);
    }

    /// Reads a plain field; null where there is no row. O(size of the value).
    pub(crate) fn value(&self, slot: u32, field: usize) -> Value {
        self.row_glue(RowPlace::Slot(slot)).map_or(Value::Null, |row| row.read(field))
    }

    /// Key of a staged row. O(1).
    pub(crate) fn staged_key(&self, place: usize, ordinal: usize) -> Option<RawId> {
        self.glue(RowPlace::Staged(place)).key(ordinal)
    }

    /// The index words of a slot's row, computed anew. O(indexes).
    pub(super) fn words_of(&self, slot: u32) -> Vec<u32> {
        self.common().index_words(self.glue(RowPlace::Slot(slot)))
    }

    /// The hash of a value, as its rows are hashed. O(size of the value).
    pub(crate) fn hash_with(&self, hash: &mut dyn FnMut(&mut IndexHasher)) -> u32 {
        self.common().hash_by(hash)
    }

    /// Rows kept for a rollback. Those that user code left staged or in the bin by a panic are no state: they are dropped
    /// by a later statement, and can only be dropped there, since `Drop` may panic too. O(1).
    pub(crate) fn kept(&self) -> usize {
        self.common().waiting.kept().0
    }

    /// Bytes of the rows kept for going back and for a redo, without what they own on the heap. O(1).
    pub(crate) fn kept_bytes(&self) -> usize {
        let (back, redo) = self.common().waiting.kept();
        (back + redo) * self.common().row_bytes
    }

    /// Moves the oldest row kept for going back into the bin. O(rules).
    pub(crate) fn forget_oldest(&mut self) {
        let common = self.common_mut();
        common.waiting.forget_oldest(common.indexes.width());
    }

    /// Moves all rows of a pile into the bin. O(rows).
    pub(crate) fn forget(&mut self, pile: PileName) {
        self.common_mut().waiting.forget(pile);
    }

    /// Drops staged rows and those in the bin, the rest too if a `Drop` panics. O(rows).
    pub(crate) fn clear_bin(&mut self) {
        self.common_mut().waiting.refuse_staged();
        let gone = Gone(self);
        gone.0.drop_gone();
        // Nothing is left to drop.
        core::mem::forget(gone);
    }

    /// Puts the latest row of a pile back into its slot. O(rules).
    pub(crate) fn restore(&mut self, slot: u32, from: PileName) {
        self.exchange(slot, from, PileName::Bin);
    }

    /// Exchanges a slot's row for the latest of a pile; it goes to another. O(rules).
    pub(crate) fn exchange(&mut self, slot: u32, from: PileName, to: PileName) {
        let common = self.common_mut();
        let (place, words) = common.waiting.bring(from, common.indexes.width());
        self.put_waiting(slot, place, &words, to);
    }

    /// Prepares a copy of a row with other keys for the statement. O(size of the row + rules).
    pub(crate) fn stage_keys(&mut self, slot: u32, keys: &[(usize, Option<RawId>)]) {
        let place = self.stage_copy(slot);
        for &(ordinal, target) in keys {
            self.glue_mut(place).set_key(ordinal, target);
        }
        self.index_staged();
    }

    /// Stages a copy of a row with other plain fields, which are taken from `values`, and other keys. O(fields).
    ///
    /// # Errors
    ///
    /// [`Error::Null`], [`Error::WrongType`]; then nothing more is staged than before.
    pub(crate) fn stage_changed(
        &mut self,
        slot: u32,
        values: &mut [(usize, Value)],
        keys: &[(usize, Option<RawId>)],
    ) -> Result<(), Error> {
        let place = self.stage_copy(slot);
        for (field, value) in values {
            if let Err(misfit) = self.glue_mut(place).write(*field, core::mem::replace(value, Value::Null)) {
                self.common_mut().waiting.refuse_last();
                return Err(misfit_error(self.descriptor(), *field, misfit));
            }
        }
        for &(ordinal, target) in keys {
            self.glue_mut(place).set_key(ordinal, target);
        }
        self.index_staged();
        Ok(())
    }

    /// Builds a row by name and stages it. O(fields).
    ///
    /// # Errors
    ///
    /// [`Error::Null`], [`Error::WrongType`]; then nothing more is staged than before.
    pub(crate) fn stage_built(&mut self, input: &mut Input) -> Result<(), Error> {
        let place = self.common_mut().waiting.stage(u32::MAX, Vec::new());
        if let Err(error) = self.build_aside(input, place) {
            self.common_mut().waiting.refuse_last();
            return Err(error);
        }
        self.index_staged();
        Ok(())
    }

    /// A panic in the row's `Clone` leaves a place without a row, which is given back like one that has a row.
    fn stage_copy(&mut self, slot: u32) -> RowPlace {
        let place = self.common_mut().waiting.stage(slot, Vec::new());
        self.copy_aside(slot, place);
        RowPlace::Staged(self.common().waiting.staging().len() - 1)
    }

    /// Computes the index words of the row staged last.
    fn index_staged(&mut self) {
        let last = self.common().waiting.staging().len() - 1;
        let words = self.common().index_words(self.glue(RowPlace::Staged(last)));
        self.common_mut().waiting.last_staged().expect("a row was staged just now").words = words;
    }

    /// Puts the only staged row into an empty slot. O(rules).
    pub(crate) fn put_staged(&mut self, slot: u32) {
        self.common_mut().waiting.last_staged().expect("an insert by name has staged its row").slot = slot;
        self.apply_staged(PileName::Bin);
    }

    /// Puts the staged rows into their slots, oldest first; those that were there go to a pile. O(staged × rules).
    pub(crate) fn apply_staged(&mut self, to: PileName) {
        for Staging { slot, place, words } in self.common_mut().waiting.take_staging() {
            self.common_mut().waiting.leave(place);
            self.put_waiting(slot, place, &words, to);
        }
    }

    /// Checks the staged rows as they will be together with those that stay; `leaves` says which rows go. Answers
    /// the place of the first offender among the staged. O(staged).
    ///
    /// # Errors
    ///
    /// The first offender's place, and the rule it breaks.
    pub(crate) fn check_staged(&self, leaves: &dyn Fn(u32) -> bool) -> Result<(), (usize, Broken)> {
        let (staging, uniques) = (self.common().waiting.staging(), &self.indexes().uniques);
        let failed = |place| failed_check(self.descriptor(), self.glue(RowPlace::Staged(place)));
        if uniques.is_empty() {
            let failed = |place: usize| failed(place).map(|check| (place, Broken::Check(check)));
            return (0..staging.len()).find_map(failed).map_or(Ok(()), Err);
        }
        let mut slots: Vec<u32> = staging.iter().map(|staged| staged.slot).collect();
        slots.sort_unstable();
        let stays = |slot: u32| slots.binary_search(&slot).is_err() && !leaves(slot);
        // Staged rows by hash, to compare them with each other: the first of two equal ones is no offender.
        let mut earlier = alloc::vec![SlotIndex::new(); uniques.len()];
        for (place, Staging { words, .. }) in staging.iter().enumerate() {
            if let Some(check) = failed(place) {
                return Err((place, Broken::Check(check)));
            }
            let hashes = words.iter().zip(uniques).zip(&mut earlier).enumerate();
            for (constraint, ((&hash, unique), earlier)) in hashes.filter(|(_, ((hash, _), _))| **hash != 0) {
                let same = |other| self.same_unique(constraint, RowPlace::Staged(place), other);
                if let Some(holder) = unique.find(hash, |slot| stays(slot) && same(RowPlace::Slot(slot))) {
                    return Err((place, Broken::Unique(constraint, Some(holder))));
                }
                if earlier.find(hash, |other: u32| same(RowPlace::Staged(other as usize))).is_some() {
                    return Err((place, Broken::Unique(constraint, None)));
                }
                if staging.len() > 1 {
                    earlier.insert(hash, place as u32);
                }
            }
        }
        Ok(())
    }

    /// The hash of values given by name, as a unique rule or hash index of these fields has it; `None` if one is null.
    /// O(size of the values).
    ///
    /// # Errors
    ///
    /// [`Misfit`] if a field cannot have its value: then no row has it.
    pub(crate) fn hash_named(&self, fields: &[u16], values: &[Value]) -> Result<Option<u32>, Misfit> {
        let mut is_whole = Ok(true);
        let hash = self.hash_with(&mut |state| {
            for (&field, value) in fields.iter().zip(values) {
                let is_key = matches!(self.descriptor().fields[usize::from(field)].kind, FieldKind::Key(_));
                is_whole = match value {
                    Value::Key(row) if is_key => {
                        row.raw().hash(state);
                        Ok(true)
                    }
                    value => self.hash_field_named(field.into(), value.clone(), state),
                };
                if is_whole != Ok(true) {
                    return;
                }
            }
        });
        is_whole.map(|is_whole| is_whole.then_some(hash))
    }

    /// How many rows a lookup answers. O(1) for a hash; for a range O(log rows) and a step for every 16,000 rows.
    pub(crate) fn index_count(&self, index: IndexPlace, lookup: &IndexLookup) -> usize {
        self.indexes().count(index, lookup)
    }

    /// The slots that a lookup answers: of a range in the order of the keys, else in no order that may show. O(1) or
    /// O(log rows), then O(1) for each.
    pub(crate) fn index_slots(&self, index: IndexPlace, lookup: &IndexLookup) -> IndexSlots<'_> {
        self.indexes().slots(index, lookup)
    }

    /// The slots with the hash of a value that satisfy a test, in slot order, if no more than so many have the hash. O(1) expected and
    /// O(slots), and O(slots × log slots) where rows have gone.
    #[inline]
    pub(crate) fn few_in_order(
        &self,
        index: IndexPlace,
        hash: impl FnOnce(&mut IndexHasher),
        most: usize,
        holds: impl Fn(u32) -> bool,
    ) -> Option<InOrder<'_>> {
        self.indexes().in_order(index, self.common().hash_by(hash), most, holds)
    }

    /// Keys and slots of an ordered index within bounds, from both ends, by key, then by slot. O(log rows), then O(1) for
    /// each.
    pub(crate) fn index_entries(
        &self,
        index: usize,
        lower: &Bound<OrderKey>,
        upper: &Bound<OrderKey>,
    ) -> OrderedEntries<'_> {
        self.indexes().entries(index, lower, upper)
    }
}

/// A table whose bin is emptied to the end where a row's `Drop` panics.
struct Gone<'t>(&'t mut dyn ErasedTable);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.drop_gone();
    }
}
