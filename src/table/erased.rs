//! The table without its model: an object-safe face of few methods that speak slots.

use alloc::vec::Vec;

use super::{Indexes, PileName, RowPlace, Staging, Table, Tables, failed_check};
use crate::catalog::Catalog;
use crate::error::Error;
use crate::id::RawId;
use crate::model::{IndexHasher, Input, Model, ModelDescriptor, StableHasher, misfit_error};
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
    /// Where the staged rows go. O(1).
    fn staging(&self) -> &[Staging];
    /// The check that a staged row fails. O(checks).
    fn failed_check(&self, staged: usize) -> Option<usize>;
    /// Whether two rows have the same under a unique rule; no if there is no row at the second place. O(fields of the rule).
    fn same_unique(&self, constraint: usize, one: RowPlace, other: RowPlace) -> bool;
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
    /// Stages a copy of a row with other plain fields, which are taken from `values`, and other keys. O(fields).
    ///
    /// # Errors
    ///
    /// [`Error::Null`], [`Error::WrongType`].
    fn stage_changed(
        &mut self,
        slot: u32,
        values: &mut [(usize, Value)],
        keys: &[(usize, Option<RawId>)],
    ) -> Result<(), Error>;
    /// Key of a staged row. O(1).
    fn staged_key(&self, place: usize, ordinal: usize) -> Option<RawId>;
    /// Puts the only staged row into an empty slot. O(rules).
    fn put_staged(&mut self, slot: u32);
    /// The indexes. O(1).
    fn indexes(&self) -> &Indexes;
    /// The index words of a slot's row, computed anew. O(indexes).
    fn words_of(&self, slot: u32) -> Vec<u32>;
    /// The hash of a value, as its rows are hashed. O(size of the value).
    fn hash_with(&self, hash: &mut dyn FnMut(&mut IndexHasher)) -> u32;
    /// Hashes the value of a plain field given by name; answers whether there is any. O(size of the value).
    ///
    /// # Errors
    ///
    /// [`Misfit`] if the field cannot have this value: then no row has it.
    fn hash_field_named(&self, field: usize, value: Value, state: &mut IndexHasher) -> Result<bool, Misfit>;
    /// The key of a value given by name in the ordered indexes of a field; `None` for null. O(size of the value).
    ///
    /// # Errors
    ///
    /// As `hash_field_named`.
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
            if const { !core::mem::needs_drop::<M>() } {
                for &slot in slots {
                    rows.take(slot).expect("a taken row is live");
                }
                return;
            }
            self.bin.extend(slots.iter().map(|&slot| Some(rows.take(slot).expect("a taken row is live"))));
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
        self.bin.push(oldest);
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
        self.clear_leftovers();
        self.bin.clear();
    }

    fn stage_keys(&mut self, slot: u32, keys: &[(usize, Option<RawId>)]) {
        let mut row = self.rows.get(slot).expect("a staged row is live").clone();
        for &(ordinal, target) in keys {
            row.set_key(ordinal, target);
        }
        self.stage(slot, row);
    }

    fn staging(&self) -> &[Staging] {
        &self.staging
    }

    fn failed_check(&self, staged: usize) -> Option<usize> {
        failed_check(&self.staged[staged])
    }

    fn same_unique(&self, constraint: usize, one: RowPlace, other: RowPlace) -> bool {
        match self.find_row(other) {
            Some(other) => self.row_at(one).same_unique(constraint, other),
            None => false,
        }
    }

    fn apply_staged(&mut self, to: PileName) {
        let staging = core::mem::take(&mut self.staging);
        let mut rows = core::mem::take(&mut self.staged).into_iter();
        for Staging { slot, words } in staging {
            let row = rows.next().expect("a staged row has its staging");
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
        values: &mut [(usize, Value)],
        keys: &[(usize, Option<RawId>)],
    ) -> Result<(), Error> {
        let mut row = self.rows.get(slot).expect("a staged row is live").clone();
        for (field, value) in values {
            if let Err(misfit) = row.write(*field, core::mem::replace(value, Value::Null)) {
                return Err(misfit_error(M::DESCRIPTOR, *field, misfit));
            }
        }
        for &(ordinal, target) in keys {
            row.set_key(ordinal, target);
        }
        self.stage(slot, row);
        Ok(())
    }

    fn staged_key(&self, place: usize, ordinal: usize) -> Option<RawId> {
        self.staged[place].key(ordinal)
    }

    fn put_staged(&mut self, slot: u32) {
        let row = self.staged.pop().expect("an insert by name has staged its row");
        let Staging { words, .. } = self.staging.pop().expect("a staged row has its staging");
        self.put_under(slot, row, &words);
    }

    fn indexes(&self) -> &Indexes {
        &self.indexes
    }

    fn words_of(&self, slot: u32) -> Vec<u32> {
        self.index_words(self.row_at(RowPlace::Slot(slot)))
    }

    fn hash_with(&self, hash: &mut dyn FnMut(&mut IndexHasher)) -> u32 {
        self.hash_by(hash)
    }

    fn hash_field_named(&self, field: usize, value: Value, state: &mut IndexHasher) -> Result<bool, Misfit> {
        M::hash_named(field, value, state)
    }

    fn order_named(&self, field: usize, value: Value) -> Result<Option<u64>, Misfit> {
        M::order_named(field, value)
    }

    fn slots(&self) -> Vec<u32> {
        let mut slots = Vec::new();
        for (slot, _) in self.rows.iter() {
            slots.push(slot);
        }
        slots
    }

    fn kept(&self) -> usize {
        self.retired.len()
    }

    fn kept_bytes(&self) -> usize {
        (self.retired.len() + self.shelf.len()) * size_of::<Option<M>>()
    }
}
