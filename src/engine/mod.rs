//! The one door for writes: rows, key indexes and journal change together here, and nowhere else.
//!
//! Speaks slots and places, never a model type; reaches rows through [`Tables`]. Checks answer errors and change nothing;
//! what changes something cannot fail, and runs no code of the user's.

mod checks;
mod history;
mod statement;
mod undo;

pub(crate) use history::History;
pub(crate) use statement::{insert_built, update_staged};

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use crate::catalog::{Catalog, KeyPlace, LinkPlace};
use crate::id::{RawId, RowKey};
use crate::journal::{Change, Journal, Substitute};
use crate::relation::{Detached, Relations};
use crate::table::{PileName, Tables};

/// All state of a store but its rows.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) relations: Relations,
    pub(crate) journal: Journal,
    substitutes: Vec<Substitute>,
    /// Slots whose ids the program has reserved and not inserted yet.
    reserved: BTreeSet<(usize, u32)>,
    /// Models whose tables hold rows for a rollback or for the bin.
    touched: Vec<bool>,
    /// Whether pages may be shared with a fork: then a statement makes the pages it will write its own while it can
    /// still fail, since copying a page runs the rows' `Clone`.
    shares: bool,
    pub(crate) history: History,
}

impl Engine {
    pub(crate) fn new(catalog: Catalog) -> Self {
        Self {
            relations: Relations::new(&catalog),
            journal: Journal::default(),
            substitutes: alloc::vec![Substitute::Unnamed; catalog.relations().len()],
            reserved: BTreeSet::new(),
            touched: alloc::vec![false; catalog.models().len()],
            shares: false,
            history: History::fresh(),
            catalog: Arc::new(catalog),
        }
    }

    /// Whether what happens now may have to be reversed. O(1).
    #[inline]
    pub(crate) fn is_recording(&self) -> bool {
        self.journal.records()
    }

    /// Whether a transaction is open. O(1).
    #[inline]
    pub(crate) fn in_transaction(&self) -> bool {
        self.journal.depth() > 0
    }

    /// Where rows go that leave their slots now. O(1).
    pub(crate) fn pile(&self) -> PileName {
        if self.is_recording() { PileName::Retired } else { PileName::Bin }
    }

    /// Makes the page of a slot that is going to be written the table's own. O(1), or a copy of the page.
    #[inline]
    pub(crate) fn own(&self, tables: &mut dyn Tables, model: usize, slot: u32) {
        if self.shares {
            tables.table_mut(model).own(slot);
        }
    }

    #[inline]
    pub(crate) fn shares(&self) -> bool {
        self.shares
    }

    /// A second engine in the same state, without history; all pages are shared until either writes. O(pages).
    pub(crate) fn share(&mut self) -> Self {
        self.shares = true;
        Self {
            catalog: Arc::clone(&self.catalog),
            relations: self.relations.share(),
            journal: Journal::default(),
            substitutes: self.substitutes.clone(),
            reserved: BTreeSet::new(),
            touched: alloc::vec![false; self.touched.len()],
            shares: true,
            history: History::fresh(),
        }
    }

    #[inline]
    pub(crate) fn is_live(&self, model: usize, id: RawId) -> bool {
        self.relations.slots[model].is_live(id)
    }

    pub(crate) fn is_reserved(&self, model: usize, id: RawId) -> bool {
        !self.reserved.is_empty()
            && self.reserved.contains(&(model, id.slot()))
            && self.relations.slots[model].records.word(id.slot(), 0) + 1 == id.generation()
    }

    /// Whether a slot is taken and not in use yet. O(log reserved).
    pub(crate) fn is_in_hand(&self, model: usize, slot: u32) -> bool {
        self.reserved.contains(&(model, slot))
    }

    /// The key of a live slot, for messages and reports. O(1).
    pub(crate) fn row_key(&self, model: usize, slot: u32) -> RowKey {
        self.catalog.row_key(model, self.relations.slots[model].id_at(slot).unwrap_or(RawId::NULL))
    }

    /// Whether any row points at a row. O(relations towards its model).
    #[inline]
    pub(crate) fn has_referrers(&self, model: usize, slot: u32) -> bool {
        // A head's first word is its length, or the one source; the record is looked up once for all of them.
        let (relations, record) = (self.catalog.relations(), self.relations.slots[model].records.record(slot));
        self.catalog.models()[model].incoming.iter().any(|&relation| record[relations[relation].place.head()] != 0)
    }

    /// The relation of a model's key. O(1).
    #[inline]
    pub(crate) fn relation_of(&self, model: usize, ordinal: usize) -> usize {
        self.catalog.models()[model].first_relation + ordinal
    }

    pub(crate) fn substitute(&self, relation: usize) -> Substitute {
        self.substitutes[relation]
    }

    pub(crate) fn reserved(&self) -> usize {
        self.reserved.len()
    }

    // Changes. Nothing below can fail.

    /// Takes a slot into use. O(1) amortized.
    #[inline]
    pub(crate) fn occupy(&mut self, model: usize) -> RawId {
        let (id, _) = self.relations.slots[model].take();
        self.journal.note(Change::Inserted { model: model as u16, slot: id.slot(), filled: false });
        id
    }

    /// Takes a slot into use for a row whose only key is this foreign key, and enters that, if the row exists that it names.
    /// Two records are looked at, once each. O(1) amortized.
    pub(crate) fn occupy_keyed(&mut self, key: KeyPlace, target: RawId) -> Option<RawId> {
        let id = self.relations.insert_keyed(key, target)?;
        self.journal.note(Change::InsertedKeyed { model: key.source() as u16, slot: id.slot() });
        Some(id)
    }

    /// Takes a row out of use whose only key is this foreign key, and that has no referrers and no links, if that is all
    /// there is to it; answers whether it is. The row's record is looked at once. O(relations towards its model).
    pub(crate) fn retire_keyed(&mut self, key: KeyPlace, id: RawId) -> bool {
        let heads = &self.catalog.models()[key.source()].heads;
        let Some((target, position)) = self.relations.retire_keyed(key, id, heads) else { return false };
        let (model, slot) = (key.source() as u16, id.slot());
        self.journal.note(Change::RemovedKeyed { model, slot, target, position });
        true
    }

    /// Reserves an id to be inserted later. O(log reserved).
    pub(crate) fn reserve(&mut self, model: usize) -> RawId {
        let id = self.relations.slots[model].reserve();
        self.reserved.insert((model, id.slot()));
        self.journal.note(Change::Reserved { model: model as u16, slot: id.slot() });
        id
    }

    /// Gives a reserved slot back, as if it had not been taken. O(log reserved).
    pub(crate) fn unreserve(&mut self, model: usize, slot: u32) {
        self.reserved.remove(&(model, slot));
        self.relations.slots[model].undo_reserve(slot);
        self.journal.note(Change::Unreserved { model: model as u16, slot });
    }

    /// Lets a reserved slot be neither used nor free: its generations are used up. O(log reserved).
    pub(crate) fn retire_reserved(&mut self, model: usize, slot: u32) {
        self.reserved.remove(&(model, slot));
    }

    /// Gives a reserved slot another generation. O(1).
    pub(crate) fn set_generation(&mut self, model: usize, slot: u32, generation: u32) {
        let old = self.relations.slots[model].set_generation(slot, generation);
        self.journal.note(Change::GenerationSet { model: model as u16, slot, old });
    }

    /// Takes a reserved slot into use, and enters the keys that named it before into their reverse sets, by source.
    /// O(log reserved + referrers).
    pub(crate) fn fill(&mut self, model: usize, id: RawId) {
        self.reserved.remove(&(model, id.slot()));
        self.relations.slots[model].occupy(id);
        self.journal.note(Change::Inserted { model: model as u16, slot: id.slot(), filled: true });
        let catalog = Arc::clone(&self.catalog);
        for &relation in &catalog.models()[model].incoming {
            let waiting = self.relations.dangling.range((relation, id, 0)..=(relation, id, u32::MAX));
            let sources: Vec<u32> = waiting.map(|&(_, _, source)| source).collect();
            for source in sources {
                self.detach(relation, source, || Some(id));
                self.attach(relation, source, Some(id));
            }
        }
    }

    /// Takes a slot out of use, whose keys and links are gone. O(1).
    #[inline]
    pub(crate) fn release(&mut self, model: usize, slot: u32) {
        self.relations.slots[model].release(slot);
        self.journal.note(Change::Removed { model: model as u16, slot });
    }

    /// Enters a row's key into the index. O(1) amortized.
    #[inline]
    pub(crate) fn attach(&mut self, relation: usize, source: u32, target: Option<RawId>) {
        let Some(target) = target else { return };
        let info = &self.catalog.relations()[relation];
        if self.relations.attach(info, source, target) {
            self.journal.note(Change::Attached { relation: relation as u16, source });
        } else {
            self.relations.add_dangling(info, relation, source, target);
            self.journal.note(Change::DanglingAdded { relation: relation as u16, source, target });
        }
    }

    /// Takes a row's key out of the index; `old` is what the row's field says, asked for only if the key dangles. O(1).
    #[inline]
    pub(crate) fn detach(&mut self, relation: usize, source: u32, old: impl FnOnce() -> Option<RawId>) {
        let info = &self.catalog.relations()[relation];
        match self.relations.detach(info, source) {
            Detached::Null => {}
            Detached::From { target, position } => {
                self.journal.note(Change::Detached { relation: relation as u16, source, target, position });
            }
            Detached::Dangling => {
                let target = old().expect("a dangling key is not null");
                self.relations.remove_dangling(info, relation, source, target);
                self.journal.note(Change::DanglingRemoved { relation: relation as u16, source, target });
            }
        }
    }

    /// Takes rows of a model out of use that go with all their sources, and that go because of their key `came_by`, if
    /// there is such a relation; nobody brings them back. O(rows × relations towards the model).
    pub(crate) fn release_family(&mut self, model: usize, came_by: usize, rows: &[u32]) {
        debug_assert!(!self.is_recording(), "what is recorded must be reversible");
        let came_by = self.catalog.relations().get(came_by);
        self.relations.release_family(&self.catalog, model, came_by, rows);
    }

    /// The same of rows whose sets were emptied by `take_sources`. O(rows).
    pub(crate) fn release_childless(&mut self, model: usize, came_by: usize, rows: &[u32]) {
        debug_assert!(!self.is_recording(), "what is recorded must be reversible");
        self.relations.release_childless(model, self.catalog.relations().get(came_by), rows);
    }

    /// Empties the sets of rows that go, which stand in a part of a list of slots, and appends what was in them to that list;
    /// nobody brings them back. O(rows + sources).
    pub(crate) fn take_sources(&mut self, relation: usize, targets: Range<usize>, rows: &mut Vec<u32>) {
        debug_assert!(!self.is_recording(), "what is recorded must be reversible");
        self.relations.take_sources(&self.catalog.relations()[relation], targets, rows);
    }

    /// Takes a key out of the reverse set of a row that goes; it dangles until it is mended. O(log dangling).
    pub(crate) fn leave_dangling(&mut self, relation: usize, source: u32, target: RawId) {
        self.detach(relation, source, || Some(target));
        let info = &self.catalog.relations()[relation];
        self.relations.add_dangling(info, relation, source, target);
        self.journal.note(Change::DanglingAdded { relation: relation as u16, source, target });
    }

    /// Moves a live row's foreign key in the index from one row that exists to another, if that is all there is to it;
    /// answers whether it is. The row's own field is the caller's. O(1) amortized.
    #[inline]
    pub(crate) fn try_move(&mut self, relation: u16, key: KeyPlace, source: RawId, target: RawId) -> bool {
        let Some((old, position)) = self.relations.move_key(key, source, target) else { return false };
        self.journal.note(Change::Moved { relation, source: source.slot(), target: old, position });
        true
    }

    /// Moves a row's key in the index. O(1) amortized.
    pub(crate) fn repoint(&mut self, relation: usize, source: u32, old: Option<RawId>, new: Option<RawId>) {
        self.detach(relation, source, || old);
        self.attach(relation, source, new);
    }

    /// Notes that a key was overwritten in the row itself.
    pub(crate) fn note_key(&mut self, relation: usize, source: u32, old: Option<RawId>) {
        self.journal.note(Change::KeyWritten { relation: relation as u16, source, old });
    }

    /// Notes that a row was replaced; its table keeps the old one while recording.
    pub(crate) fn note_replaced(&mut self, model: usize, slot: u32) {
        self.journal.note(Change::Replaced { model: model as u16, slot });
        self.touch(model);
    }

    /// Links two rows; answers whether they were not linked before, or nothing if one of them is not there. O(1)
    /// amortized.
    pub(crate) fn link(&mut self, link: usize, lists: LinkPlace, source: RawId, target: RawId) -> Option<bool> {
        let is_new = self.relations.link(link, lists, source, target)?;
        if is_new {
            let (source, target) = (source.slot(), target.slot());
            self.journal.note(Change::Linked { link: link as u16, source, target });
        }
        Some(is_new)
    }

    /// Unlinks two rows; answers whether they were there and linked. O(1).
    pub(crate) fn unlink(&mut self, link: usize, lists: LinkPlace, source: RawId, target: RawId) -> bool {
        let Some((place, mirror)) = self.relations.unlink(link, lists, source, target) else { return false };
        let (source, target) = (source.slot(), target.slot());
        self.journal.note(Change::Unlinked { link: link as u16, source, target, place, mirror });
        true
    }

    /// Names the row that a key falls back to. O(1).
    pub(crate) fn set_substitute(&mut self, relation: usize, substitute: Substitute) {
        let old = core::mem::replace(&mut self.substitutes[relation], substitute);
        self.journal.note(Change::SubstituteSet { relation: relation as u16, old });
    }

    /// A table now holds rows to be dropped, or kept for a rollback. O(1).
    #[inline]
    pub(crate) fn touch(&mut self, model: usize) {
        self.touched[model] = true;
    }

    /// Ends a statement: completes its undo group, and drops what it left in bins. Runs the rows' `Drop`, so it comes
    /// last. O(dropped + models).
    pub(crate) fn finish_statement(&mut self, tables: &mut dyn Tables) {
        if !self.in_transaction() {
            self.settle_history(tables);
        }
        let is_recording = self.is_recording();
        if !is_recording && self.journal.take_recorded() {
            // In all tables before any is cleared: a `Drop` that panics then leaves nothing kept, only rows to drop.
            for model in (0..self.touched.len()).filter(|&model| self.touched[model]) {
                tables.table_mut(model).forget(PileName::Retired);
            }
        }
        for (model, touched) in self.touched.iter_mut().enumerate().filter(|(_, touched)| **touched) {
            *touched = is_recording;
            tables.table_mut(model).clear_bin();
        }
    }
}
