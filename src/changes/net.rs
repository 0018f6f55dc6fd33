//! From the journal to a list of changes: a walk back over what happened, which ends at the state of the mark.
//!
//! Each row, link and free list is followed from how it is now to how it was; what ends where it began is left out.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::num::NonZeroU32;

use foldhash::fast::FixedState;
use indexmap::IndexMap;

use super::{Allocation, Changes, Free, LinkChange, SlotChange, SubstituteChange, Version};
use crate::catalog::LinkStorage;
use crate::engine::Engine;
use crate::id::RawId;
use crate::journal::{Change, Substitute};
use crate::table::{RowPlace, Schema};
use crate::view::View;

type Map<K, V> = IndexMap<K, V, FixedState>;

/// A slot at the time to which the walk has come.
struct Earlier {
    generation: u32,
    /// Where its row lies today.
    row: Option<RowPlace>,
    /// Keys that the row had then, and has no more where it lies today.
    keys: Vec<(usize, Option<RawId>)>,
    /// When the walk came here last: the greater, the earlier the slot was touched.
    step: usize,
}

/// A link at the time to which the walk has come.
struct EarlierLink {
    is_linked_now: bool,
    was_linked: bool,
    step: usize,
}

/// A model's free slots at the time to which the walk has come.
struct EarlierFree {
    common: usize,
    slots: Vec<u32>,
    used: u32,
}

struct Walk<'v> {
    engine: &'v Engine,
    slots: Map<(usize, u32), Earlier>,
    links: Map<(usize, RawId, RawId), EarlierLink>,
    substitutes: Map<usize, Substitute>,
    free: Map<usize, EarlierFree>,
    /// For each model how many of its retired rows were kept before the time of the walk.
    retired: Vec<usize>,
}

/// What happened since a position of the journal, netted. O(what happened, and the sizes of changed rows).
pub(crate) fn since<S: Schema>(view: &View<S>, position: u64) -> Changes<S> {
    let models = 0..view.catalog().models().len();
    let mut walk = Walk {
        engine: &view.engine,
        slots: Map::default(),
        links: Map::default(),
        substitutes: Map::default(),
        free: Map::default(),
        retired: models.map(|model| view.tables.table(model).kept()).collect(),
    };
    for (step, change) in view.engine.journal.since(position).enumerate() {
        walk.step_back(step, change);
    }
    let mut changes = Changes::empty(Arc::clone(&view.engine.catalog));
    walk.keep_rows(view, &mut changes);
    walk.keep_links(&mut changes);
    walk.keep_rest(&mut changes);
    changes
}

impl Walk<'_> {
    fn step_back(&mut self, step: usize, change: Change) {
        match change {
            Change::Reserved { model, slot } => self.give_back(model.into(), slot),
            Change::Unreserved { model, slot } => self.take_again(model.into(), slot),
            Change::Inserted { model, slot, filled } => self.uninsert((model.into(), slot), filled, step),
            Change::InsertedKeyed { model, slot } => self.uninsert((model.into(), slot), false, step),
            Change::Removed { model, slot } | Change::RemovedKeyed { model, slot, .. } => {
                self.unremove((model.into(), slot), step);
            }
            Change::Replaced { model, slot } => {
                let row = self.unretire(model.into());
                let earlier = self.slot(model.into(), slot, step);
                earlier.row = Some(row);
                earlier.keys.clear();
            }
            Change::KeyWritten { relation, source, old } => self.unwrite_key(relation.into(), source, old, step),
            Change::Moved { relation, source, target, .. } => {
                let old = self.id(self.engine.catalog.relations()[usize::from(relation)].target, target);
                self.unwrite_key(relation.into(), source, Some(old), step);
            }
            Change::GenerationSet { model, slot, old } => self.slot(model.into(), slot, step).generation = old,
            Change::Linked { link, source, target } => self.link(link.into(), source, target, step, true),
            Change::Unlinked { link, source, target, .. } => self.link(link.into(), source, target, step, false),
            Change::SubstituteSet { relation, old } => {
                self.substitutes.insert(relation.into(), old);
            }
            // Derived from the rows' keys, as `audit` checks.
            Change::Attached { .. }
            | Change::Detached { .. }
            | Change::DanglingAdded { .. }
            | Change::DanglingRemoved { .. } => {}
            Change::Uninserted { .. }
            | Change::UninsertedKeyed { .. }
            | Change::Unremoved { .. }
            | Change::UnremovedKeyed { .. } => {
                unreachable!("what was undone is not in the journal")
            }
        }
    }

    fn uninsert(&mut self, (model, slot): (usize, u32), filled: bool, step: usize) {
        let earlier = self.slot(model, slot, step);
        earlier.generation = earlier.generation.wrapping_sub(1);
        earlier.row = None;
        earlier.keys.clear();
        if !filled {
            self.give_back(model, slot);
        }
    }

    fn unremove(&mut self, (model, slot): (usize, u32), step: usize) {
        let row = self.unretire(model);
        let earlier = self.slot(model, slot, step);
        let is_free = earlier.generation != 0;
        earlier.generation = earlier.generation.wrapping_sub(1);
        earlier.row = Some(row);
        if is_free {
            self.take_again(model, slot);
        }
    }

    fn unwrite_key(&mut self, relation: usize, source: u32, old: Option<RawId>, step: usize) {
        let info = &self.engine.catalog.relations()[relation];
        let keys = &mut self.slot(info.source, source, step).keys;
        keys.retain(|(other, _)| *other != info.ordinal);
        keys.push((info.ordinal, old));
    }

    fn slot(&mut self, model: usize, slot: u32, step: usize) -> &mut Earlier {
        let slots = &self.engine.relations.slots[model];
        let earlier = self.slots.entry((model, slot)).or_insert_with(|| Earlier {
            generation: slots.generation(slot),
            row: slots.id_at(slot).map(|_| RowPlace::Slot(slot)),
            keys: Vec::new(),
            step,
        });
        earlier.step = step;
        earlier
    }

    /// The latest of a model's retired rows at the time of the walk, which was in its slot before.
    fn unretire(&mut self, model: usize) -> RowPlace {
        self.retired[model] -= 1;
        RowPlace::Retired(self.retired[model])
    }

    fn free(&mut self, model: usize) -> &mut EarlierFree {
        let slots = &self.engine.relations.slots[model];
        self.free.entry(model).or_insert_with(|| EarlierFree {
            common: slots.free().len(),
            slots: Vec::new(),
            used: slots.used(),
        })
    }

    /// A slot that was taken is free at the time of the walk; see `Slots::undo_reserve`.
    fn give_back(&mut self, model: usize, slot: u32) {
        let is_fresh = self.generation(model, slot) == 0;
        let free = self.free(model);
        if is_fresh && slot + 1 == free.used {
            free.used -= 1;
        } else {
            free.slots.push(slot);
        }
    }

    /// A slot that became free is not yet at the time of the walk; see `Slots::redo_reserve`.
    fn take_again(&mut self, model: usize, slot: u32) {
        let free = self.free(model);
        if slot == free.used {
            free.used += 1;
        } else if free.slots.pop().is_none() {
            free.common -= 1;
        }
    }

    fn generation(&self, model: usize, slot: u32) -> u32 {
        let now = || self.engine.relations.slots[model].generation(slot);
        self.slots.get(&(model, slot)).map_or_else(now, |earlier| earlier.generation)
    }

    /// The id of a row that had a link at the time of the walk.
    fn id(&self, model: usize, slot: u32) -> RawId {
        let generation = NonZeroU32::new(self.generation(model, slot));
        RawId::new(slot, generation.expect("a linked row is live, and its generation odd"))
    }

    fn link(&mut self, link: usize, source: u32, target: u32, step: usize, was_made: bool) {
        let info = &self.engine.catalog.links()[link];
        let is_turned = info.storage == LinkStorage::Symmetrical && source > target;
        let (source, target) = if is_turned { (target, source) } else { (source, target) };
        let key = (link, self.id(info.source, source), self.id(info.target, target));
        let earlier = self.links.entry(key).or_insert(EarlierLink { is_linked_now: was_made, was_linked: false, step });
        (earlier.was_linked, earlier.step) = (!was_made, step);
    }

    fn keep_rows<S: Schema>(&mut self, view: &View<S>, changes: &mut Changes<S>) {
        self.slots.sort_by(|_, one, _, other| other.step.cmp(&one.step));
        for (&(model, slot), earlier) in &self.slots {
            let now = self.engine.relations.slots[model].id_at(slot);
            let then = NonZeroU32::new(earlier.generation).filter(|_| earlier.row.is_some());
            let then = then.map(|generation| RawId::new(slot, generation));
            let row = earlier.row.unwrap_or(RowPlace::Slot(slot));
            let is_untouched = row == RowPlace::Slot(slot) && earlier.keys.is_empty();
            if then == now && (now.is_none() || is_untouched) {
                continue;
            }
            let old = then.map(|id| {
                let place = changes.kept.keep(model, &view.tables, row);
                for &(ordinal, target) in &earlier.keys {
                    changes.kept.tables.table_mut(model).set_key(place, ordinal, target);
                }
                Version { id, place }
            });
            if let Some(old) = old.filter(|_| then == now)
                && view.tables.same_row(model, RowPlace::Slot(slot), &changes.kept.tables, RowPlace::Slot(old.place))
            {
                changes.kept.forget_last(model);
                continue;
            }
            let new = now.map(|id| Version { id, place: changes.kept.keep(model, &view.tables, RowPlace::Slot(slot)) });
            changes.rows.push(SlotChange { model, slot, old, new });
        }
    }

    fn keep_links<S>(&mut self, changes: &mut Changes<S>) {
        self.links.sort_by(|_, one, _, other| other.step.cmp(&one.step));
        let netted = self.links.iter().filter(|(_, earlier)| earlier.is_linked_now != earlier.was_linked);
        changes.links.extend(netted.map(|(&(link, source, target), earlier)| LinkChange {
            link,
            source,
            target,
            is_linked: earlier.is_linked_now,
        }));
    }

    fn keep_rest<S>(self, changes: &mut Changes<S>) {
        for (&relation, &old) in &self.substitutes {
            let new = self.engine.substitute(relation);
            if new != old {
                changes.substitutes.push(SubstituteChange { relation, old, new });
            }
        }
        changes.substitutes.sort_by_key(|change| change.relation);
        for (model, earlier) in self.free {
            let slots = &self.engine.relations.slots[model];
            let of_model = self.slots.iter().filter(|((other, _), _)| *other == model);
            let generations = of_model
                .map(|(&(_, slot), earlier)| (slot, earlier.generation, slots.generation(slot)))
                .filter(|(_, old, new)| old != new);
            let allocation = Allocation {
                model,
                common: earlier.common,
                old: Free { slots: earlier.slots, used: earlier.used },
                new: Free { slots: slots.free()[earlier.common..].to_vec(), used: slots.used() },
                generations: generations.collect(),
            };
            changes.allocations.extend(Some(allocation).filter(|allocation| !allocation.is_nothing()));
        }
        changes.allocations.sort_by_key(|allocation| allocation.model);
    }
}
