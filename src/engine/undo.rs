//! Transactions in the engine: begin, commit, and undoing changes in exact reverse order (I6).

use super::Engine;
use crate::error::Error;
use crate::journal::Change;
use crate::table::Tables;

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
        self.journal.clear();
        Ok(())
    }

    /// Ids that were reserved and never used go back, latest first, as if they had not been taken. O(changes), if there
    /// are any.
    fn return_reserved(&mut self) {
        if self.reserved.is_empty() {
            return;
        }
        for change in self.journal.latest_first() {
            if let Change::Reserved { model, slot } = *change
                && self.reserved.remove(&(model.into(), slot))
            {
                self.relations.slots[usize::from(model)].undo_reserve(slot);
            }
        }
    }

    /// Closes the innermost transaction and undoes its changes. O(changes).
    pub(crate) fn rollback(&mut self, tables: &mut dyn Tables) {
        let mark = self.journal.end().expect("a transaction that ends was open");
        while let Some(change) = self.journal.pop_after(mark) {
            self.undo(change, tables);
        }
    }

    fn undo(&mut self, change: Change, tables: &mut dyn Tables) {
        let relations = &mut self.relations;
        match change {
            Change::Reserved { model, slot } => {
                self.reserved.remove(&(model.into(), slot));
                relations.slots[usize::from(model)].undo_reserve(slot);
            }
            Change::Inserted { model, slot, filled } => {
                let model = usize::from(model);
                tables.table_mut(model).discard(slot);
                self.touched[model] = true;
                relations.slots[model].undo_occupy(slot);
                if filled {
                    self.reserved.insert((model, slot));
                } else {
                    relations.slots[model].undo_reserve(slot);
                }
            }
            Change::Removed { model, slot } => {
                relations.slots[usize::from(model)].undo_release(slot);
                tables.table_mut(model.into()).restore(slot);
            }
            Change::Replaced { model, slot } => tables.table_mut(model.into()).revert(slot),
            Change::KeyWritten { relation, source, old } => {
                let info = &self.catalog.relations()[usize::from(relation)];
                tables.table_mut(info.source).set_key(source, info.ordinal, old);
            }
            Change::Attached { relation, source } => {
                relations.detach(&self.catalog.relations()[usize::from(relation)], source);
            }
            Change::Detached { relation, source, target, position } => {
                let info = &self.catalog.relations()[usize::from(relation)];
                relations.undo_detach(info, source, target, position);
            }
            Change::DanglingAdded { relation, source, target } => {
                let info = &self.catalog.relations()[usize::from(relation)];
                relations.remove_dangling(info, relation.into(), source, target);
            }
            Change::DanglingRemoved { relation, source, target } => {
                let info = &self.catalog.relations()[usize::from(relation)];
                relations.add_dangling(info, relation.into(), source, target);
            }
            Change::Linked { link, source, target } => {
                relations.unlink(&self.catalog, link.into(), source, target).expect("a link to undo is there");
            }
            Change::Unlinked { link, source, target, place, mirror } => {
                relations.undo_unlink(&self.catalog, link.into(), (source, target), (place, mirror));
            }
            Change::SubstituteSet { relation, old } => self.substitutes[usize::from(relation)] = old,
        }
    }
}
