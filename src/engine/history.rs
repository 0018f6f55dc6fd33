//! History over committed transactions: checkpoints to go back to, groups to undo and redo.
//!
//! Nothing here costs anything until the first checkpoint, or until undo is asked for; then the journal keeps committed
//! changes back to the oldest position that somebody may return to.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::BuildHasher as _;

use foldhash::fast::RandomState;

use super::Engine;
use super::undo::Piles;
use crate::error::Error;
use crate::journal::Change;
use crate::table::{PileName, Tables};

/// Positions to return to.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// Serial numbers and positions, oldest first.
    checkpoints: VecDeque<(u64, u64)>,
    next_serial: u64,
    /// Tells a store's checkpoints from another's. Random, and shows nowhere else.
    identity: u64,
    checkpoint_limit: Option<usize>,
    /// What can be undone, oldest first; each begins where the one before ends.
    groups: VecDeque<Group>,
    undone: Vec<Undone>,
    /// Up to here changes belong to groups, or to nobody.
    settled: u64,
    /// Bytes that undo and redo may take; none while undo is off.
    undo_budget: Option<usize>,
    label: Option<Box<str>>,
    /// Readers of changes: serial numbers, and the positions up to which each has read.
    marks: Vec<(u64, u64)>,
}

/// A committed transaction, or a statement outside one.
#[derive(Clone, Debug)]
struct Group {
    start: u64,
    label: Option<Box<str>>,
}

/// An undone group: its inverse changes, the first to be redone last.
#[derive(Clone, Debug)]
struct Undone {
    changes: Vec<Change>,
    label: Option<Box<str>>,
}

impl History {
    /// No history, of a store of its own.
    pub(crate) fn fresh() -> Self {
        Self { identity: RandomState::default().hash_one(()), ..Self::default() }
    }

    pub(crate) fn identity(&self) -> u64 {
        self.identity
    }

    fn is_on(&self) -> bool {
        self.undo_budget.is_some() || !self.checkpoints.is_empty() || !self.marks.is_empty()
    }

    /// The oldest position that somebody may return to.
    fn oldest(&self) -> Option<u64> {
        let checkpoint = self.checkpoints.front().map(|&(_, position)| position);
        let group = self.groups.front().map(|group| group.start);
        let mark = self.marks.iter().map(|&(_, position)| position).min();
        [checkpoint, group, mark].into_iter().flatten().min()
    }

    /// Lets the oldest checkpoints go that are more than the limit.
    fn keep_ring(&mut self) {
        while self.checkpoint_limit.is_some_and(|limit| self.checkpoints.len() > limit) {
            self.checkpoints.pop_front();
        }
    }

    /// The position of a checkpoint that can still be gone back to. O(checkpoints).
    pub(crate) fn checkpoint_position(&self, serial: u64) -> Option<u64> {
        self.checkpoints.iter().find(|(other, _)| *other == serial).map(|&(_, position)| position)
    }

    /// Where the latest group begins, to which an undo goes back. O(1).
    pub(crate) fn undo_position(&self) -> Option<u64> {
        self.groups.back().map(|group| group.start)
    }

    /// The marks, with the positions up to which each has read. O(1).
    pub(crate) fn marks(&self) -> &[(u64, u64)] {
        &self.marks
    }

    /// Marks beyond a position that is gone back to stand there now. O(marks).
    fn pull_marks(&mut self, position: u64) {
        for (_, mark) in &mut self.marks {
            *mark = (*mark).min(position);
        }
    }

    pub(crate) fn checkpoints(&self) -> usize {
        self.checkpoints.len()
    }

    pub(crate) fn undo_label(&self) -> Option<&str> {
        self.groups.back().and_then(|group| group.label.as_deref())
    }

    pub(crate) fn redo_label(&self) -> Option<&str> {
        self.undone.last().and_then(|group| group.label.as_deref())
    }

    pub(crate) fn can_undo(&self) -> bool {
        !self.groups.is_empty()
    }

    pub(crate) fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }
}

impl Engine {
    /// Marks the state of now. O(1).
    pub(crate) fn checkpoint(&mut self) -> u64 {
        let serial = self.history.next_serial;
        self.history.next_serial += 1;
        self.history.checkpoints.push_back((serial, self.journal.end_position()));
        self.history.keep_ring();
        self.journal.set_keeps(true);
        serial
    }

    pub(crate) fn limit_checkpoints(&mut self, limit: usize) {
        self.history.checkpoint_limit = Some(limit);
        self.history.keep_ring();
    }

    /// Forgets a checkpoint and those before it. O(checkpoints).
    pub(crate) fn forget_checkpoint(&mut self, serial: u64) {
        self.history.checkpoints.retain(|&(other, _)| other > serial);
    }

    /// Starts a reader of changes here. O(1).
    pub(crate) fn mark(&mut self) -> u64 {
        let serial = self.history.next_serial;
        self.history.next_serial += 1;
        self.history.marks.push((serial, self.journal.end_position()));
        self.journal.set_keeps(true);
        serial
    }

    /// A reader has read everything up to now. O(marks).
    pub(crate) fn move_mark(&mut self, serial: u64) {
        let end = self.journal.end_position();
        for (_, position) in self.history.marks.iter_mut().filter(|(other, _)| *other == serial) {
            *position = end;
        }
    }

    /// Ends a reader of changes. O(marks); what was kept for it goes when the statement ends.
    pub(crate) fn forget_mark(&mut self, serial: u64) {
        self.history.marks.retain(|(other, _)| *other != serial);
    }

    /// Goes back to a checkpoint, which stays; those after it are gone, and so is what could be redone. O(changes).
    pub(crate) fn rewind(&mut self, serial: u64, tables: &mut dyn Tables) -> Result<(), Error> {
        let position = self.history.checkpoint_position(serial).ok_or(Error::CheckpointGone)?;
        self.own_pages_since(position, tables);
        let catalog = Arc::clone(&self.catalog);
        while let Some(change) = self.journal.pop_after(position) {
            self.reverse(&catalog, change, Piles::ROLLBACK, tables);
        }
        self.history.checkpoints.retain(|&(other, _)| other <= serial);
        self.history.groups.retain(|group| group.start < position);
        self.history.pull_marks(position);
        self.history.settled = self.history.settled.min(position);
        self.forget_undone(tables);
        Ok(())
    }

    /// Lets undo take this many bytes. O(what goes); the caller ends the statement.
    pub(crate) fn set_undo_budget(&mut self, bytes: usize, tables: &mut dyn Tables) {
        if self.history.undo_budget.is_none() {
            // What happened before undo was asked for is no group.
            self.history.settled = self.journal.end_position();
            self.journal.set_keeps(true);
        }
        self.history.undo_budget = Some(bytes);
        self.keep_budget(tables);
    }

    /// Ends the recording for undo. O(what was recorded).
    pub(crate) fn stop_undo(&mut self, tables: &mut dyn Tables) {
        self.history.undo_budget = None;
        self.history.groups.clear();
        self.forget_undone(tables);
    }

    pub(crate) fn set_label(&mut self, label: Box<str>) {
        self.history.label = Some(label);
    }

    /// Undoes the latest group. O(its changes).
    pub(crate) fn undo(&mut self, tables: &mut dyn Tables) -> bool {
        let Some(start) = self.history.groups.back().map(|group| group.start) else { return false };
        // May panic, and then the group must still be there.
        self.own_pages_since(start, tables);
        let group = self.history.groups.pop_back().expect("it was there a moment ago");
        let (mut changes, catalog) = (Vec::new(), Arc::clone(&self.catalog));
        while let Some(change) = self.journal.pop_after(group.start) {
            changes.push(self.reverse(&catalog, change, Piles::UNDO, tables));
        }
        // A checkpoint inside the group is of a state that is no more.
        self.history.checkpoints.retain(|&(_, position)| position <= group.start);
        self.history.settled = group.start;
        self.history.pull_marks(group.start);
        self.history.undone.push(Undone { changes, label: group.label });
        true
    }

    /// Redoes the group undone last. O(its changes).
    pub(crate) fn redo(&mut self, tables: &mut dyn Tables) -> bool {
        let Some(next) = self.history.undone.last() else { return false };
        // May panic, and then the group must still be there.
        self.own_pages(next.changes.iter().copied(), tables);
        let Undone { mut changes, label } = self.history.undone.pop().expect("it was there a moment ago");
        let (start, catalog) = (self.journal.end_position(), Arc::clone(&self.catalog));
        while let Some(change) = changes.pop() {
            let redone = self.reverse(&catalog, change, Piles::REDO, tables);
            self.journal.note(redone);
        }
        self.history.settled = self.journal.end_position();
        self.history.groups.push_back(Group { start, label });
        true
    }

    /// Forgets all history: nobody goes back from here. O(models).
    pub(crate) fn forget_history(&mut self, tables: &mut dyn Tables) {
        self.history = History::fresh();
        self.empty_shelves(tables);
        self.journal.set_keeps(false);
        self.journal.clear();
    }

    /// Bytes that history takes, without what rows own on the heap. O(models).
    pub(crate) fn history_bytes(&self, tables: &dyn Tables) -> usize {
        let rows = (0..self.touched.len()).map(|model| tables.table(model).kept_bytes());
        let undone = self.history.undone.iter().map(|group| group.changes.len() * size_of::<Change>());
        self.journal.bytes() + rows.sum::<usize>() + undone.sum::<usize>()
    }

    /// After a statement or transaction: what it changed becomes an undo group and ends what could be redone, and what
    /// nobody returns to is forgotten. O(1) while history is off.
    pub(super) fn settle_history(&mut self, tables: &mut dyn Tables) {
        let label = self.history.label.take();
        if !self.journal.keeps() {
            return;
        }
        let (start, end) = (self.history.settled, self.journal.end_position());
        if self.history.undo_budget.is_some() && start < end {
            self.history.groups.push_back(Group { start, label });
            self.forget_undone(tables);
            self.keep_budget(tables);
        }
        self.history.settled = end;
        self.trim(tables);
    }

    fn forget_undone(&mut self, tables: &mut dyn Tables) {
        if self.history.undone.is_empty() {
            return;
        }
        self.history.undone.clear();
        self.empty_shelves(tables);
    }

    /// Rows that no redo brings back any more go into the bins, and every table is looked at when the statement ends.
    fn empty_shelves(&mut self, tables: &mut dyn Tables) {
        for model in 0..self.touched.len() {
            tables.table_mut(model).forget(PileName::Shelf);
            self.touched[model] = true;
        }
    }

    fn keep_budget(&mut self, tables: &mut dyn Tables) {
        let Some(budget) = self.history.undo_budget else { return };
        while !self.history.groups.is_empty() && self.history_bytes(tables) > budget {
            self.history.groups.pop_front();
            self.trim(tables);
        }
    }

    /// Forgets changes that nobody returns to, and the rows kept for them.
    fn trim(&mut self, tables: &mut dyn Tables) {
        let needed = self.history.oldest().unwrap_or(self.journal.end_position());
        while let Some(change) = self.journal.pop_before(needed) {
            if let Some(model) = change.keeper() {
                tables.table_mut(model).forget_oldest();
                self.touched[model] = true;
            }
        }
        self.journal.set_keeps(self.history.is_on());
    }

    fn own_pages_since(&self, position: u64, tables: &mut dyn Tables) {
        self.own_pages(self.journal.since(position), tables);
    }

    /// Copying a shared page runs the rows' `Clone`, so it comes before the first reversal.
    fn own_pages(&self, changes: impl Iterator<Item = Change>, tables: &mut dyn Tables) {
        if !self.shares() {
            return;
        }
        for change in changes {
            let key = |relation: u16| self.catalog.relations()[usize::from(relation)].source;
            let row = match change {
                Change::KeyWritten { relation, source, .. } | Change::Moved { relation, source, .. } => {
                    Some((key(relation), source))
                }
                other => other.row(),
            };
            if let Some((model, slot)) = row {
                self.own(tables, model, slot);
            }
        }
    }
}
