//! What a table does without knowing its model, so that it is compiled once: the rules of prepared rows, and lookups.

use alloc::vec::Vec;
use core::hash::Hash as _;
use core::ops::Bound;

use super::{Broken, ErasedTable, IndexLookup, IndexPlace, IndexSlots, OrderedEntries, RowPlace, Staging};
use crate::arena::hash_index::HashIndex;
use crate::arena::in_order::InOrder;
use crate::model::{FieldKind, OrderKey};
use crate::value::{Misfit, Value};

impl dyn ErasedTable + '_ {
    /// Checks the staged rows as they will be together with those that stay; `leaves` says which rows go. Answers
    /// the place of the first offender among the staged. O(staged).
    ///
    /// # Errors
    ///
    /// The first offender's place, and the rule it breaks.
    pub(crate) fn check_staged(&self, leaves: &dyn Fn(u32) -> bool) -> Result<(), (usize, Broken)> {
        let (staging, uniques) = (self.staging(), &self.indexes().uniques);
        if uniques.is_empty() {
            let failed = |place: usize| self.failed_check(place).map(|check| (place, Broken::Check(check)));
            return (0..staging.len()).find_map(failed).map_or(Ok(()), Err);
        }
        let mut slots: Vec<u32> = staging.iter().map(|staged| staged.slot).collect();
        slots.sort_unstable();
        let stays = |slot: u32| slots.binary_search(&slot).is_err() && !leaves(slot);
        // Staged rows by hash, to compare them with each other: the first of two equal ones is no offender.
        let mut earlier = alloc::vec![HashIndex::new(); uniques.len()];
        for (place, Staging { words, .. }) in staging.iter().enumerate() {
            if let Some(check) = self.failed_check(place) {
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

    /// The slots with a hash that satisfy a test, in slot order, if no more than so many have the hash. O(1) expected and
    /// O(slots), and O(slots × log slots) where rows have gone.
    #[inline]
    pub(crate) fn few_in_order(
        &self,
        (index, hash): (IndexPlace, u32),
        most: usize,
        holds: impl Fn(u32) -> bool,
    ) -> Option<InOrder<'_>> {
        self.indexes().in_order(index, hash, most, holds)
    }

    /// Keys and slots of an ordered index within bounds, from both ends, by key, then by slot. O(log rows), then O(1) for
    /// each.
    pub(crate) fn index_entries(
        &self,
        index: usize,
        lower: Bound<OrderKey>,
        upper: Bound<OrderKey>,
    ) -> OrderedEntries<'_> {
        self.indexes().entries(index, lower, upper)
    }
}
