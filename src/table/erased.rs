//! The table without its model: an object-safe face of few methods that speak slots. What can be said with them is in
//! `staged`, so that it is compiled once.

use super::common::Cell;
use super::copies::no_row;
use super::{Common, PileName, RowPlace, Table, Tables};
use crate::catalog::Catalog;
use crate::error::Error;
use crate::model::{IndexHasher, Input, Model, RowGlue};
use crate::value::{Misfit, Value};

/// A table without its model: what the engine, the audit and the by-name face speak.
///
/// Calls that a statement makes for its rows come in batches or once for each model. Each method is compiled for each
/// model, so they are few and short.
pub trait ErasedTable {
    /// What the table has whatever its model. O(1).
    fn common(&self) -> &Common;
    /// The same, to write. O(1).
    fn common_mut(&mut self) -> &mut Common;
    /// The row at a place. O(1).
    fn row_glue(&self, at: RowPlace) -> Option<&dyn RowGlue>;
    /// The row at a place, to write what no index depends on. O(1).
    fn row_glue_mut(&mut self, at: RowPlace) -> Option<&mut dyn RowGlue>;
    /// Whether two rows have the same under a unique rule; no if there is no row at the second place. O(fields of the rule).
    fn same_unique(&self, constraint: usize, one: RowPlace, other: RowPlace) -> bool;
    /// How many slots there is room for. O(1).
    fn room(&self) -> usize;
    /// Makes the page of a slot this table's own, so that writing there runs no `Clone`. O(1), or a copy of the page.
    fn own(&mut self, slot: u32);
    /// Takes rows out, the last first; they go to a pile. O(rows × rules).
    fn withdraw(&mut self, slots: &[u32], to: PileName);
    /// Takes rows out and drops them, which runs user code, the last first; `left` says how many are still there. O(rows × rules).
    fn discard(&mut self, slots: &[u32], left: &mut usize);
    /// Puts a row that waited at a place into a slot; one that was there goes to a pile. O(rules).
    fn put_waiting(&mut self, slot: u32, place: u32, words: &[u32], to: PileName);
    /// Drops the rows in the bin, which runs user code. O(rows).
    fn drop_gone(&mut self);
    /// Copies a slot's row to a place outside. O(size of the row).
    fn copy_aside(&mut self, slot: u32, place: u32);
    /// Builds a row by name, at a place outside. O(fields).
    ///
    /// # Errors
    ///
    /// [`Error::Null`], [`Error::WrongType`].
    fn build_aside(&mut self, input: &mut Input, place: u32) -> Result<(), Error>;
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
    fn common(&self) -> &Common {
        &self.common
    }

    fn common_mut(&mut self) -> &mut Common {
        &mut self.common
    }

    fn row_glue(&self, at: RowPlace) -> Option<&dyn RowGlue> {
        match self.find_row(at) {
            Some(row) => Some(row),
            None => None,
        }
    }

    fn row_glue_mut(&mut self, at: RowPlace) -> Option<&mut dyn RowGlue> {
        let (rows, place) = match self.common.cell(at) {
            Cell::Slot(slot) => (&mut self.rows, slot),
            Cell::Aside(place) => (&mut self.aside, place),
        };
        match rows.get_mut(place) {
            Some(row) => Some(row),
            None => None,
        }
    }

    fn same_unique(&self, constraint: usize, one: RowPlace, other: RowPlace) -> bool {
        match self.find_row(other) {
            Some(other) => self.row_at(one).same_unique(constraint, other),
            None => false,
        }
    }

    fn room(&self) -> usize {
        self.rows.room()
    }

    fn own(&mut self, slot: u32) {
        self.make_unique(slot);
    }

    fn withdraw(&mut self, slots: &[u32], to: PileName) {
        let mut left = slots.len();
        while left > 0 {
            left -= 1;
            self.withdraw_row(slots[left], to);
        }
    }

    fn discard(&mut self, slots: &[u32], left: &mut usize) {
        if self.rows.is_large() {
            // Memory brings several rows at a time, where dropping one after the other would wait for each.
            let mut next = 0;
            while next < slots.len() {
                self.expect_row(slots[next]);
                next += 1;
            }
        }
        while *left > 0 {
            *left -= 1;
            let slot = slots[*left];
            if Self::IS_INDEXED {
                self.common.indexes.leave(slot);
            }
            let Some(_dropped) = self.rows.take(slot) else { no_row() };
        }
    }

    fn put_waiting(&mut self, slot: u32, place: u32, words: &[u32], to: PileName) {
        let Some(row) = self.aside.take(place) else { no_row() };
        match self.rows.get_mut(slot) {
            Some(cell) => {
                let old = core::mem::replace(cell, row);
                self.set_aside(slot, old, to);
                if Self::IS_INDEXED {
                    self.common.indexes.change(slot, words);
                }
            }
            None => {
                self.rows.put(slot, row);
                if Self::IS_INDEXED {
                    self.common.indexes.enter(slot, words);
                }
            }
        }
    }

    fn drop_gone(&mut self) {
        self.bin.clear();
        while let Some(place) = self.common.waiting.next_gone() {
            drop(self.aside.take(place));
        }
    }

    fn copy_aside(&mut self, slot: u32, place: u32) {
        let row = self.row_at(RowPlace::Slot(slot)).clone();
        self.aside.put(place, row);
    }

    fn build_aside(&mut self, input: &mut Input, place: u32) -> Result<(), Error> {
        match M::build(input) {
            Ok(row) => {
                self.aside.put(place, row);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn hash_field_named(&self, field: usize, value: Value, state: &mut IndexHasher) -> Result<bool, Misfit> {
        M::hash_named(field, value, state)
    }

    fn order_named(&self, field: usize, value: Value) -> Result<Option<u64>, Misfit> {
        M::order_named(field, value)
    }
}
