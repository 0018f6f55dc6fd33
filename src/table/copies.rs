//! Copies of rows from one table of a model to another: what a list of changes keeps, and what applying it puts back.

use super::Table;
use super::common::Cell;
use crate::model::Model;

/// Where a row is in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowPlace {
    /// In a slot.
    Slot(u32),
    /// Kept for going back: how many rows were kept before it.
    Retired(usize),
    /// Among the rows prepared by a statement.
    Staged(usize),
}

/// Where a copied row goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyTo {
    /// Into a slot, without being indexed: a list of changes only keeps rows.
    Slot(u32),
    /// Among the rows prepared by a statement, for this slot.
    Staged(u32),
}

impl<M: Model> Table<M> {
    /// The row at a place. O(1).
    pub(super) fn find_row(&self, place: RowPlace) -> Option<&M> {
        match self.common.cell(place) {
            Cell::Slot(slot) => self.rows.get(slot),
            Cell::Aside(place) => self.aside.get(place),
        }
    }

    /// The row at a place where there is one. O(1).
    pub(super) fn row_at(&self, place: RowPlace) -> &M {
        match self.find_row(place) {
            Some(row) => row,
            None => no_row(),
        }
    }

    /// Copies a row into another table, by the row's `Clone`. O(size of the row + rules).
    pub(crate) fn copy_row(&self, from: RowPlace, into: &mut Self, to: CopyTo) {
        let row = self.row_at(from).clone();
        match to {
            CopyTo::Slot(slot) => into.rows.put(slot, row),
            CopyTo::Staged(slot) => into.stage(slot, row),
        }
    }

    /// Whether two rows are the same in all fields. O(size of the row).
    pub(crate) fn same_row(&self, place: RowPlace, other: &Self, other_place: RowPlace) -> bool {
        self.row_at(place).same(other.row_at(other_place))
    }
}

/// Not in the place where it is called, which is compiled for each model.
#[cold]
pub(super) fn no_row() -> ! {
    unreachable!("a row named by its place is there")
}
