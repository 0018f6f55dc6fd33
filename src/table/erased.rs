//! The table without its model: an object-safe face of few methods that speak slots.

use alloc::vec::Vec;
use core::hash::Hash as _;
use core::ops::Bound;

use super::{
    Broken, IndexLookup, IndexPlace, IndexSlots, OrderedEntries, PileName, Staged, Table, Tables, failed_check,
};
use crate::arena::hash_index::HashIndex;
use crate::catalog::Catalog;
use crate::error::Error;
use crate::id::RawId;
use crate::model::{FieldKind, IndexHasher, Input, Model, ModelDescriptor, OrderKey, StableHasher, misfit_error};
use crate::value::{Misfit, Value};

/// A table without its model: what the engine, the audit and the by-name face speak.
///
/// Calls that a statement makes for its rows come in batches or once for each model.
pub trait ErasedTable {
    /// The model as data.
    fn descriptor(&self) -> &'static ModelDescriptor;
    /// The row's key. O(1).
    fn key(&self, slot: u32, ordinal: usize) -> Option<RawId>;
    /// Overwrites a key that no rule depends on. O(1).
    fn set_key(&mut self, slot: u32, ordinal: usize, target: Option<RawId>);
    /// Takes rows out; they go to a pile. O(rows × rules).
    fn withdraw(&mut self, slots: &[u32], to: PileName);
    /// Puts the latest row of a pile back into its slot. O(rules).
    fn restore(&mut self, slot: u32, from: PileName);
    /// Exchanges a slot's row for the latest of a pile; it goes to another. O(rules).
    fn exchange(&mut self, slot: u32, from: PileName, to: PileName);
    /// Moves the oldest row kept for going back into the bin. O(rules).
    fn forget_oldest(&mut self);
    /// Moves all rows of a pile into the bin. O(rows).
    fn forget(&mut self, pile: PileName);
    /// Makes the page of a slot this table's own, so that writing there runs no `Clone`. O(1), or a copy of the page.
    fn own(&mut self, slot: u32);
    /// Drops the bin and staged rows. O(rows).
    fn clear_bin(&mut self);
    /// Prepares a copy of a row with other keys for the statement. O(rules).
    fn stage_keys(&mut self, slot: u32, keys: &[(usize, Option<RawId>)]);
    /// Checks the staged rows as they will be together with those that stay; `leaves` says which rows go. Answers
    /// the place of the first offender among the staged. O(staged).
    ///
    /// # Errors
    ///
    /// The first offender's place, and the rule it breaks.
    fn check_staged(&self, leaves: &dyn Fn(u32) -> bool) -> Result<(), (usize, Broken)>;
    /// Puts the staged rows into their slots, oldest first; those that were there go to a pile. O(staged × rules).
    fn apply_staged(&mut self, to: PileName);
    /// Adds a row's fields to a digest. O(size of the row).
    fn digest(&self, slot: u32, state: &mut StableHasher);
    /// Reads a plain field. O(size of the value).
    fn value(&self, slot: u32, field: usize) -> Value;
    /// Builds a row by name and stages it. O(fields).
    ///
    /// # Errors
    ///
    /// [`Error::Null`], [`Error::WrongType`].
    fn stage_built(&mut self, input: &mut Input) -> Result<(), Error>;
    /// Stages a copy of a row with other plain fields and keys. O(fields).
    ///
    /// # Errors
    ///
    /// [`Error::Null`], [`Error::WrongType`].
    fn stage_changed(
        &mut self,
        slot: u32,
        values: &mut Vec<(usize, Value)>,
        keys: &[(usize, Option<RawId>)],
    ) -> Result<(), Error>;
    /// Key of a staged row. O(1).
    fn staged_key(&self, place: usize, ordinal: usize) -> Option<RawId>;
    /// Puts the only staged row into an empty slot. O(rules).
    fn put_staged(&mut self, slot: u32);
    /// Compares the unique indexes with the rows, and answers the slots that disagree. O(rows).
    fn audit_uniques(&self) -> Vec<(u32, usize)>;
    /// Compares the other indexes with the rows, and answers the slots that disagree, or none where there are others than
    /// the rows'. O(rows × log rows).
    fn audit_indexes(&self) -> Vec<(Option<u32>, usize)>;
    /// How many rows a lookup answers. O(1) for a hash; for a range O(log rows) and a step for every 16,000 rows.
    fn index_count(&self, index: IndexPlace, lookup: &IndexLookup) -> usize;
    /// The slots that a lookup answers: of a range in the order of the keys, else in no order that may show. O(1) or
    /// O(log rows), then O(1) for each.
    fn index_slots(&self, index: IndexPlace, lookup: &IndexLookup) -> IndexSlots<'_>;
    /// Keys and slots of an ordered index within bounds, from both ends, by key, then by slot. O(log rows), then O(1) for
    /// each.
    fn index_entries(&self, index: usize, lower: Bound<OrderKey>, upper: Bound<OrderKey>) -> OrderedEntries<'_>;
    /// The hash of a value, as its rows are hashed. O(size of the value).
    fn hash_with(&self, hash: &mut dyn FnMut(&mut IndexHasher)) -> u32;
    /// The hash of values given by name, as a unique rule or hash index of these fields has it; `None` if one is null.
    /// O(size of the values).
    ///
    /// # Errors
    ///
    /// [`Misfit`] if a field cannot have its value: then no row has it.
    fn hash_named(&self, fields: &[u16], values: &[Value]) -> Result<Option<u32>, Misfit>;
    /// The key of a value given by name in the ordered indexes of a field; `None` for null. O(size of the value).
    ///
    /// # Errors
    ///
    /// As [`hash_named`](Self::hash_named).
    fn order_named(&self, field: usize, value: Value) -> Result<Option<u64>, Misfit>;
    /// Slots with a row, in order. O(slots).
    fn slots(&self) -> Vec<u32>;
    /// Rows kept for a rollback. Those that user code left staged or in the bin by a panic are no state: they are dropped
    /// by a later statement, and can only be dropped there, since `Drop` may panic too. O(1).
    fn kept(&self) -> usize;
    /// Bytes of the rows kept for going back and for a redo, without what they own on the heap. O(1).
    fn kept_bytes(&self) -> usize;
}

/// The value of a field of a row, keys included. O(size of the value).
pub(crate) fn field_value(catalog: &Catalog, tables: &dyn Tables, model: usize, slot: u32, field: usize) -> Value {
    let Some(relation) = catalog.relation_of_field(model, field) else {
        return tables.table(model).value(slot, field);
    };
    let info = &catalog.relations()[relation];
    let key = tables.table(model).key(slot, info.ordinal);
    key.map_or(Value::Null, |target| Value::Key(catalog.row_key(info.target, target)))
}

impl<M: Model> ErasedTable for Table<M> {
    fn descriptor(&self) -> &'static ModelDescriptor {
        M::DESCRIPTOR
    }

    fn key(&self, slot: u32, ordinal: usize) -> Option<RawId> {
        self.rows.get(slot)?.key(ordinal)
    }

    fn set_key(&mut self, slot: u32, ordinal: usize, target: Option<RawId>) {
        self.rows.get_mut(slot).expect("a rewritten key's row is live").set_key(ordinal, target);
    }

    fn withdraw(&mut self, slots: &[u32], to: PileName) {
        if !Self::IS_INDEXED && to == PileName::Bin {
            let rows = &mut self.rows;
            self.bin.extend(slots.iter().map(|&slot| rows.take(slot).expect("a taken row is live")));
            return;
        }
        for &slot in slots {
            self.withdraw_row(slot, to);
        }
    }

    fn restore(&mut self, slot: u32, from: PileName) {
        let (row, words) = self.take_from(from);
        self.put_under(slot, row, &words);
    }

    fn exchange(&mut self, slot: u32, from: PileName, to: PileName) {
        let (row, words) = self.take_from(from);
        self.swap_in(slot, row, &words, to);
    }

    fn forget_oldest(&mut self) {
        let oldest = self.retired.pop_oldest(self.indexes.width());
        self.bin.extend(oldest);
    }

    fn forget(&mut self, pile: PileName) {
        match pile {
            PileName::Retired => self.retired.empty_into(&mut self.bin),
            PileName::Shelf => self.shelf.empty_into(&mut self.bin),
            PileName::Bin => {}
        }
    }

    fn own(&mut self, slot: u32) {
        self.make_unique(slot);
    }

    fn clear_bin(&mut self) {
        self.staged.clear();
        self.bin.clear();
    }

    fn stage_keys(&mut self, slot: u32, keys: &[(usize, Option<RawId>)]) {
        let mut row = self.rows.get(slot).expect("a staged row is live").clone();
        for &(ordinal, target) in keys {
            row.set_key(ordinal, target);
        }
        self.stage(slot, row);
    }

    fn check_staged(&self, leaves: &dyn Fn(u32) -> bool) -> Result<(), (usize, Broken)> {
        let mut slots: Vec<u32> = self.staged.iter().map(|staged| staged.slot).collect();
        slots.sort_unstable();
        let stays = |slot: u32| slots.binary_search(&slot).is_err() && !leaves(slot);
        // Staged rows by hash, to compare them with each other: the first of two equal ones is no offender.
        let mut earlier = alloc::vec![HashIndex::new(); self.indexes.uniques.len()];
        for (place, Staged { row, words, .. }) in self.staged.iter().enumerate() {
            if let Some(check) = failed_check(row) {
                return Err((place, Broken::Check(check)));
            }
            let hashes = words.iter().zip(&mut earlier).enumerate();
            for (constraint, (&hash, earlier)) in hashes.filter(|(_, (hash, _))| **hash != 0) {
                if let Some(holder) = self.holder(constraint, hash, row, stays) {
                    return Err((place, Broken::Unique(constraint, Some(holder))));
                }
                let same = |other: u32| row.same_unique(constraint, &self.staged[other as usize].row);
                if earlier.find(hash, same).is_some() {
                    return Err((place, Broken::Unique(constraint, None)));
                }
                earlier.insert(hash, place as u32);
            }
        }
        Ok(())
    }

    fn apply_staged(&mut self, to: PileName) {
        for Staged { slot, row, words } in core::mem::take(&mut self.staged) {
            if self.rows.get(slot).is_some() {
                self.swap_in(slot, row, &words, to);
            } else {
                self.put_under(slot, row, &words);
            }
        }
    }

    fn digest(&self, slot: u32, state: &mut StableHasher) {
        self.rows.get(slot).expect("a digested row is live").digest(state);
    }

    fn value(&self, slot: u32, field: usize) -> Value {
        self.rows.get(slot).map_or(Value::Null, |row| row.read(field))
    }

    fn stage_built(&mut self, input: &mut Input) -> Result<(), Error> {
        let row = M::build(input)?;
        self.stage(u32::MAX, row);
        Ok(())
    }

    fn stage_changed(
        &mut self,
        slot: u32,
        values: &mut Vec<(usize, Value)>,
        keys: &[(usize, Option<RawId>)],
    ) -> Result<(), Error> {
        let mut row = self.rows.get(slot).expect("a staged row is live").clone();
        for (field, value) in values.drain(..) {
            row.write(field, value).map_err(|misfit| misfit_error(M::DESCRIPTOR, field, misfit))?;
        }
        for &(ordinal, target) in keys {
            row.set_key(ordinal, target);
        }
        self.stage(slot, row);
        Ok(())
    }

    fn staged_key(&self, place: usize, ordinal: usize) -> Option<RawId> {
        self.staged[place].row.key(ordinal)
    }

    fn put_staged(&mut self, slot: u32) {
        let Staged { row, words, .. } = self.staged.pop().expect("an insert by name has staged its row");
        self.put_under(slot, row, &words);
    }

    fn audit_uniques(&self) -> Vec<(u32, usize)> {
        self.wrong_uniques()
    }

    fn audit_indexes(&self) -> Vec<(Option<u32>, usize)> {
        self.wrong_indexes()
    }

    fn hash_with(&self, hash: &mut dyn FnMut(&mut IndexHasher)) -> u32 {
        self.hash_by(hash)
    }

    fn index_count(&self, index: IndexPlace, lookup: &IndexLookup) -> usize {
        self.indexes.count(index, lookup)
    }

    fn index_slots(&self, index: IndexPlace, lookup: &IndexLookup) -> IndexSlots<'_> {
        self.indexes.slots(index, lookup)
    }

    fn index_entries(&self, index: usize, lower: Bound<OrderKey>, upper: Bound<OrderKey>) -> OrderedEntries<'_> {
        self.indexes.entries(index, lower, upper)
    }

    fn hash_named(&self, fields: &[u16], values: &[Value]) -> Result<Option<u32>, Misfit> {
        let mut is_whole = Ok(true);
        let hash = self.hash_by(|state| {
            for (&field, value) in fields.iter().zip(values) {
                let is_key = matches!(M::DESCRIPTOR.fields[usize::from(field)].kind, FieldKind::Key(_));
                is_whole = match value {
                    Value::Key(row) if is_key => {
                        row.raw().hash(state);
                        Ok(true)
                    }
                    value => M::hash_named(field.into(), value.clone(), state),
                };
                if is_whole != Ok(true) {
                    return;
                }
            }
        });
        is_whole.map(|is_whole| is_whole.then_some(hash))
    }

    fn order_named(&self, field: usize, value: Value) -> Result<Option<u64>, Misfit> {
        M::order_named(field, value)
    }

    fn slots(&self) -> Vec<u32> {
        self.rows.iter().map(|(slot, _)| slot).collect()
    }

    fn kept(&self) -> usize {
        self.retired.len()
    }

    fn kept_bytes(&self) -> usize {
        (self.retired.len() + self.shelf.len()) * size_of::<M>()
    }
}
