//! Transactions in the engine, and the exact reversal of changes that they, history and undo stand on (I6).

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::num::NonZeroU32;

use super::Engine;
use crate::catalog::{Catalog, RelationInfo};
use crate::error::Error;
use crate::id::RawId;
use crate::journal::Change;
use crate::relation::Detached;
use crate::table::{PileName, Tables};

/// Where the rows of reversed changes come from and go to.
#[derive(Clone, Copy)]
pub(super) struct Piles {
    pub(super) from: PileName,
    pub(super) to: PileName,
}

impl Piles {
    /// Rows that a rollback takes out are of no further use.
    pub(super) const ROLLBACK: Self = Self { from: PileName::Retired, to: PileName::Bin };
    pub(super) const UNDO: Self = Self { from: PileName::Retired, to: PileName::Shelf };
    pub(super) const REDO: Self = Self { from: PileName::Shelf, to: PileName::Retired };
}

impl Engine {
    /// Opens a transaction, or a savepoint inside one. O(1).
    pub(crate) fn begin(&mut self) {
        self.journal.begin();
    }

    /// Closes the innermost transaction and keeps its changes.
    ///
    /// The outermost one checks what was deferred, and undoes everything if a reference dangles. O(1), or O(changes) if
    /// ids were reserved and not inserted; the caller ends the statement.
    pub(crate) fn commit(&mut self, tables: &mut dyn Tables) -> Result<(), Error> {
        if self.journal.depth() != 1 {
            self.journal.end();
            return Ok(());
        }
        if !self.relations.dangling.is_empty() {
            let references = self.dangling_references();
            self.rollback(tables);
            return Err(Error::DanglingReferences(references));
        }
        self.return_reserved();
        self.journal.end();
        if !self.journal.keeps() {
            self.journal.clear();
        }
        Ok(())
    }

    /// Ids that were reserved and never used go back, latest first, as if they had not been taken. O(changes), if there
    /// are any.
    fn return_reserved(&mut self) {
        if self.reserved.is_empty() {
            return;
        }
        let mut returned = Vec::new();
        for change in self.journal.latest_first() {
            if let Change::Reserved { model, slot } = change
                && self.reserved.remove(&(model.into(), slot))
            {
                self.relations.slots[usize::from(model)].undo_reserve(slot);
                returned.push(Change::Unreserved { model, slot });
            }
        }
        for change in returned {
            self.journal.note(change);
        }
    }

    /// Closes the innermost transaction and undoes its changes. O(changes).
    pub(crate) fn rollback(&mut self, tables: &mut dyn Tables) {
        let mark = self.journal.end().expect("a transaction that ends was open");
        let catalog = Arc::clone(&self.catalog);
        while let Some(change) = self.journal.pop_after(mark) {
            self.reverse(&catalog, change, Piles::ROLLBACK, tables);
        }
    }

    /// Reverses the latest change that is not reversed yet, and answers its inverse. O(rules).
    pub(super) fn reverse(
        &mut self,
        catalog: &Catalog,
        change: Change,
        piles: Piles,
        tables: &mut dyn Tables,
    ) -> Change {
        let relations = &mut self.relations;
        let info = |relation: u16| &catalog.relations()[usize::from(relation)];
        let lists = |link: u16| catalog.links()[usize::from(link)].place;
        match change {
            Change::KeyWritten { relation, source, old } => {
                let (info, table) = (info(relation), info(relation).source);
                let current = tables.table(table).key(source, info.ordinal);
                tables.table_mut(table).set_key(source, info.ordinal, old);
                Change::KeyWritten { relation, source, old: current }
            }
            Change::Moved { relation, source, target, position } => {
                let info = info(relation);
                let (old, last, generation) = relations.move_key_back(info.place, source, target, position);
                let target = NonZeroU32::new(generation).map(|generation| RawId::new(target, generation));
                tables.table_mut(info.source).set_key(source, info.ordinal, target);
                Change::Moved { relation, source, target: old, position: last }
            }
            Change::Attached { relation, source } => match relations.detach(info(relation), source) {
                Detached::From { target, position } => Change::Detached { relation, source, target, position },
                other => unreachable!("an attached key is in a set, not {other:?}"),
            },
            Change::Detached { relation, source, target, position } => {
                relations.undo_detach(info(relation), source, target, position);
                Change::Attached { relation, source }
            }
            Change::DanglingAdded { relation, source, target } => {
                relations.remove_dangling(info(relation), relation.into(), source, target);
                Change::DanglingRemoved { relation, source, target }
            }
            Change::DanglingRemoved { relation, source, target } => {
                relations.add_dangling(info(relation), relation.into(), source, target);
                Change::DanglingAdded { relation, source, target }
            }
            Change::Linked { link, source, target } => {
                let lists = lists(link);
                let id =
                    |model: u16, slot| relations.slots[usize::from(model)].id_at(slot).expect("a linked row is live");
                let (from, to) = (id(lists.source, source), id(lists.target, target));
                let places = relations.unlink(link.into(), lists, from, to);
                let (place, mirror) = places.expect("a link to undo is there");
                Change::Unlinked { link, source, target, place, mirror }
            }
            Change::Unlinked { link, source, target, place, mirror } => {
                relations.undo_unlink((link.into(), lists(link)), (source, target), (place, mirror));
                Change::Linked { link, source, target }
            }
            Change::SubstituteSet { relation, old } => {
                let current = core::mem::replace(&mut self.substitutes[usize::from(relation)], old);
                Change::SubstituteSet { relation, old: current }
            }
            Change::InsertedKeyed { model, slot } => {
                let target = relations.undo_insert_keyed(only_key(catalog, model).place, slot);
                tables.table_mut(model.into()).withdraw(&[slot], piles.to);
                self.touched[usize::from(model)] = true;
                Change::UninsertedKeyed { model, slot, target }
            }
            Change::UninsertedKeyed { model, slot, target } => {
                self.reverse_row(Change::Uninserted { model, slot, filled: false }, piles, tables);
                let info = only_key(catalog, model);
                let end = self.relations.source_count(info, target) as u32;
                self.relations.undo_detach(info, slot, target, end);
                Change::InsertedKeyed { model, slot }
            }
            Change::RemovedKeyed { model, slot, target, position } => {
                relations.undo_retire_keyed(only_key(catalog, model).place, slot, target, position);
                tables.table_mut(model.into()).restore(slot, piles.from);
                Change::UnremovedKeyed { model, slot }
            }
            Change::UnremovedKeyed { model, slot } => {
                let (target, position) = self.uproot(catalog, model, slot);
                self.reverse_row(Change::Unremoved { model, slot }, piles, tables);
                Change::RemovedKeyed { model, slot, target, position }
            }
            _ => self.reverse_row(change, piles, tables),
        }
    }

    /// Takes a row whose only key is a foreign key out of its target's set; answers target and position.
    fn uproot(&mut self, catalog: &Catalog, model: u16, slot: u32) -> (u32, u32) {
        match self.relations.detach(only_key(catalog, model), slot) {
            Detached::From { target, position } => (target, position),
            other => unreachable!("a row that was inserted with its key is in a set, not {other:?}"),
        }
    }

    /// Reverses what happened to a slot and its row.
    fn reverse_row(&mut self, change: Change, piles: Piles, tables: &mut dyn Tables) -> Change {
        let slots = &mut self.relations.slots;
        match change {
            Change::Reserved { model, slot } => {
                self.reserved.remove(&(model.into(), slot));
                slots[usize::from(model)].undo_reserve(slot);
                Change::Unreserved { model, slot }
            }
            Change::Unreserved { model, slot } => {
                slots[usize::from(model)].redo_reserve(slot);
                self.reserved.insert((model.into(), slot));
                Change::Reserved { model, slot }
            }
            Change::Inserted { model, slot, filled } => {
                let place = usize::from(model);
                tables.table_mut(place).withdraw(&[slot], piles.to);
                self.touched[place] = true;
                slots[place].undo_occupy(slot);
                if filled {
                    self.reserved.insert((place, slot));
                } else {
                    slots[place].undo_reserve(slot);
                }
                Change::Uninserted { model, slot, filled }
            }
            Change::Uninserted { model, slot, filled } => {
                let place = usize::from(model);
                if filled {
                    self.reserved.remove(&(place, slot));
                } else {
                    slots[place].redo_reserve(slot);
                }
                slots[place].redo_occupy(slot);
                tables.table_mut(place).restore(slot, piles.from);
                Change::Inserted { model, slot, filled }
            }
            Change::Removed { model, slot } => {
                slots[usize::from(model)].undo_release(slot);
                tables.table_mut(model.into()).restore(slot, piles.from);
                Change::Unremoved { model, slot }
            }
            Change::Unremoved { model, slot } => {
                tables.table_mut(model.into()).withdraw(&[slot], piles.to);
                self.touched[usize::from(model)] = true;
                slots[usize::from(model)].release(slot);
                Change::Removed { model, slot }
            }
            Change::Replaced { model, slot } => {
                tables.table_mut(model.into()).exchange(slot, piles.from, piles.to);
                self.touched[usize::from(model)] = true;
                Change::Replaced { model, slot }
            }
            Change::GenerationSet { model, slot, old } => {
                let current = slots[usize::from(model)].set_generation(slot, old);
                Change::GenerationSet { model, slot, old: current }
            }
            other => unreachable!("{other:?} does not concern a row"),
        }
    }
}

/// The key of a model that has one.
fn only_key(catalog: &Catalog, model: u16) -> &RelationInfo {
    &catalog.relations()[catalog.models()[usize::from(model)].first_relation]
}
