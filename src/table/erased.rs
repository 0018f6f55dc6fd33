//! A table without its model: the narrow, object-safe face that the engine, the audit and the by-name face speak.
//!
//! Speaks slots and ordinals; a key that it writes has been checked by the engine. Absent here: any rule of its own.

use alloc::vec::Vec;

use super::{Broken, Staged, Table, failed_check};
use crate::arena::hash_index::HashIndex;
use crate::error::Error;
use crate::id::RawId;
use crate::model::{Input, Model, ModelDescriptor, misfit_error};
use crate::value::Value;

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
    /// Takes rows out, and keeps them for a rollback or puts them into the bin. O(rows).
    fn retire(&mut self, slots: &[u32], keep: bool);
    /// Undoes the latest `retire` of one row. O(rules).
    fn restore(&mut self, slot: u32);
    /// Undoes the latest replacement: the row before it comes back. O(rules).
    fn revert(&mut self, slot: u32);
    /// Undoes an insert: the row goes into the bin. O(rules).
    fn discard(&mut self, slot: u32);
    /// Forgets rows kept for a rollback, staged rows and the bin, and drops them. O(rows).
    fn clear_retired(&mut self);
    /// Drops the bin and staged rows. O(rows).
    fn clear_bin(&mut self);
    /// Prepares a copy of a row with other keys for the statement. O(rules).
    fn stage_keys(&mut self, slot: u32, keys: &[(usize, Option<RawId>)]);
    /// Checks the staged rows as they will be together with those that stay; `leaves` says which rows go. Answers
    /// the place of the first offender among the staged. O(staged).
    fn check_staged(&self, leaves: &dyn Fn(u32) -> bool) -> Result<(), (usize, Broken)>;
    /// Puts the staged rows into their places, oldest first; keeps the old ones for a rollback if asked to. O(staged).
    fn apply_staged(&mut self, keep: bool);
    /// Reads a plain field. O(size of the value).
    fn value(&self, slot: u32, field: usize) -> Value;
    /// Builds a row by name, checks its keys with `check`, then its rules, and leaves it staged. O(fields).
    fn stage_built(&mut self, input: &mut Input) -> Result<(), Error>;
    /// Stages a copy of a row with other plain fields and keys. O(fields).
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
    /// Slots with a row, in order. O(slots).
    fn slots(&self) -> Vec<u32>;
    /// Rows kept for a rollback. Rows in the bin do not count: after a panic they wait for the next statement. O(1).
    fn leftovers(&self) -> usize;
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

    fn retire(&mut self, slots: &[u32], keep: bool) {
        for &slot in slots {
            if keep && !self.uniques.is_empty() {
                self.retired_hashes.extend_from_slice(self.hashes.record(slot));
            }
            let row = self.take(slot);
            if keep { self.retired.push(row) } else { self.bin.push(row) }
        }
    }

    fn restore(&mut self, slot: u32) {
        let row = self.retired.pop().expect("a retired row waits for its rollback");
        self.rows.put(slot, row);
        let hashes = self.pop_retired_hashes();
        self.index(slot, &hashes);
    }

    fn revert(&mut self, slot: u32) {
        let row = self.retired.pop().expect("a replaced row waits for its rollback");
        let hashes = self.pop_retired_hashes();
        self.reindex(slot, &hashes);
        let cell = self.rows.get_mut(slot).expect("a replaced row is live");
        self.bin.push(core::mem::replace(cell, row));
    }

    fn discard(&mut self, slot: u32) {
        let row = self.take(slot);
        self.bin.push(row);
    }

    fn clear_retired(&mut self) {
        self.retired_hashes.clear();
        let retired = core::mem::take(&mut self.retired);
        self.clear_bin();
        drop(retired);
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
        let mut earlier = alloc::vec![HashIndex::new(); self.uniques.len()];
        for (place, Staged { row, hashes, .. }) in self.staged.iter().enumerate() {
            if let Some(check) = failed_check(row) {
                return Err((place, Broken::Check(check)));
            }
            for (constraint, &hash) in hashes.iter().enumerate().filter(|(_, hash)| **hash != 0) {
                if let Some(holder) = self.holder(constraint, hash, row, stays) {
                    return Err((place, Broken::Unique(constraint, Some(holder))));
                }
                let same = |other: u32| row.same_unique(constraint, &self.staged[other as usize].row);
                if earlier[constraint].find(hash, same).is_some() {
                    return Err((place, Broken::Unique(constraint, None)));
                }
                earlier[constraint].insert(hash, place as u32);
            }
        }
        Ok(())
    }

    fn apply_staged(&mut self, keep: bool) {
        for Staged { slot, row, hashes } in core::mem::take(&mut self.staged) {
            let old = self.swap_in(slot, row, &hashes, keep);
            self.bin.extend(old);
        }
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
        let Staged { row, hashes, .. } = self.staged.pop().expect("an insert by name has staged its row");
        self.prepared.clear();
        self.prepared.extend_from_slice(&hashes);
        self.put(slot, row);
    }

    fn audit_uniques(&self) -> Vec<(u32, usize)> {
        let mut wrong = Vec::new();
        for constraint in 0..self.uniques.len() {
            let mut indexed = 0;
            for (slot, row) in self.rows.iter() {
                let hash = self.hash(constraint, row);
                let kept = self.hashes.word(slot, constraint);
                let found = hash == 0 || self.uniques[constraint].find(hash, |other| other == slot).is_some();
                let doubled = self.holder(constraint, hash, row, |other| other != slot).is_some();
                if hash != kept || !found || doubled {
                    wrong.push((slot, constraint));
                }
                indexed += usize::from(hash != 0);
            }
            if indexed != self.uniques[constraint].len() {
                wrong.push((u32::MAX, constraint));
            }
        }
        wrong
    }

    fn slots(&self) -> Vec<u32> {
        self.rows.iter().map(|(slot, _)| slot).collect()
    }

    fn leftovers(&self) -> usize {
        self.retired.len()
    }
}
