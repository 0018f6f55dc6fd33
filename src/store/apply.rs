//! Applying a list of changes to a store that is in the state in which they begin.
//!
//! First it is checked that they fit, row by row; then they are written through the engine as one transaction, with the
//! rules checked as they hold at its end, since a store that fits in the changed rows may differ elsewhere.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Store;
use crate::catalog::Side;
use crate::changes::{Allocation, Changes, SlotChange};
use crate::engine::Engine;
use crate::error::Error;
use crate::id::{RawId, RowKey};
use crate::table::{CopyTo, RowPlace, Schema};
use crate::view::View;

impl<S: Schema> Store<S> {
    /// Makes changes taken from another store happen here, as one transaction: rows come with their ids, and the next ids
    /// are the same after. This store must be in the state in which the changes begin, in all rows, links and free slots
    /// that they touch. Iteration orders of reverse sets and links may differ. O(changes, and the sizes of changed rows).
    ///
    /// # Errors
    ///
    /// [`Error::ChangesDoNotFit`]; where this store differs in rows that the changes do not touch,
    /// [`Error::DanglingTarget`], [`Error::CheckViolation`], [`Error::UniqueViolation`], [`Error::DanglingReferences`].
    /// Nothing has changed then.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Piece { square: u8 }
    /// # #[derive(Schema)] struct Board { pieces: Table<Piece> }
    /// let mut here = Store::<Board>::new();
    /// let mut there = here.clone();
    /// let (rook, changes) = here.transaction_changes(|tx| Ok(tx.insert(Piece { square: 3 })?))?;
    /// there.apply(&changes)?;
    /// assert_eq!(there[rook].square, 3);
    /// assert_eq!((here.digest(), here.next_id::<Piece>()), (there.digest(), there.next_id::<Piece>()));
    /// assert!(matches!(there.apply(&changes), Err(Error::ChangesDoNotFit { .. })));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn apply(&mut self, changes: &Changes<S>) -> Result<(), Error> {
        check_fit(&self.view, changes)?;
        self.transaction(|tx| {
            let (engine, tables) = (&mut tx.view.engine, &mut tx.view.tables);
            cut_links(engine, changes);
            let moved = moved_keys(engine, tables, changes);
            for key in &moved {
                engine.detach(key.relation, key.source, || key.old);
            }
            remove_rows(engine, tables, changes)?;
            let reserved = engine.reserved();
            for allocation in &changes.allocations {
                take_slots(engine, allocation)?;
            }
            write_rows(engine, tables, changes)?;
            attach_keys(engine, tables, changes, &moved)?;
            make_links(engine, changes)?;
            for allocation in &changes.allocations {
                return_slots(engine, allocation)?;
            }
            for change in &changes.substitutes {
                engine.check_falls_back(change.relation)?;
                engine.set_substitute(change.relation, change.new);
            }
            match changes.allocations.first() {
                // Slots that the list takes and says nothing more of.
                Some(allocation) if engine.reserved() != reserved => Err(misfit_of(engine, allocation.model)),
                _ => Ok(()),
            }
        })
    }
}

fn misfit(row: RowKey) -> Error {
    Error::ChangesDoNotFit { row }
}

/// The free slots of a model are not those of the list.
fn misfit_of(engine: &Engine, model: usize) -> Error {
    misfit(engine.catalog.row_key(model, engine.relations.slots[model].next_id()))
}

fn check_fit<S: Schema>(view: &View<S>, changes: &Changes<S>) -> Result<(), Error> {
    let engine = &view.engine;
    for change in &changes.rows {
        let now = engine.relations.slots[change.model].id_at(change.slot);
        let fits = match change.old {
            None => now.is_none(),
            Some(old) => {
                let (here, there) = (RowPlace::Slot(change.slot), RowPlace::Slot(old.place));
                now == Some(old.id) && view.tables.same_row(change.model, here, &changes.kept.tables, there)
            }
        };
        if !fits {
            return Err(misfit(key_of(engine, change)));
        }
    }
    for change in &changes.links {
        let info = &engine.catalog.links()[change.link];
        let is_linked = engine.relations.is_linked(change.link, info.place, change.source, change.target);
        if is_linked == change.is_linked {
            return Err(misfit(engine.catalog.row_key(info.source, change.source)));
        }
    }
    for change in &changes.substitutes {
        if engine.substitute(change.relation) != change.old {
            return Err(misfit(engine.catalog.null_key(engine.catalog.relations()[change.relation].source)));
        }
    }
    changes.allocations.iter().try_for_each(|allocation| check_free(engine, allocation, changes.rows.len()))
}

fn key_of(engine: &Engine, change: &SlotChange) -> RowKey {
    let version = change.old.or(change.new).expect("a changed slot has a row before or after");
    engine.catalog.row_key(change.model, version.id)
}

/// A list from elsewhere may say anything: fresh slots are only taken when none is free, and for rows or to be free.
fn check_free(engine: &Engine, allocation: &Allocation, rows: usize) -> Result<(), Error> {
    let slots = &engine.relations.slots[allocation.model];
    let free = slots.free().get(allocation.common..);
    let fresh = allocation.new.used.saturating_sub(slots.used()) as usize;
    let has_generation = |&(slot, old, _): &(u32, u32, u32)| slots.generation(slot) == old;
    if free == Some(allocation.old.slots.as_slice())
        && slots.used() == allocation.old.used
        && allocation.generations.iter().all(has_generation)
        && fresh <= rows + allocation.new.slots.len()
        && (fresh == 0 || allocation.common == 0)
    {
        return Ok(());
    }
    Err(misfit_of(engine, allocation.model))
}

fn cut_links<S>(engine: &mut Engine, changes: &Changes<S>) {
    for change in changes.links.iter().filter(|change| !change.is_linked) {
        engine.unlink(change.link, engine.catalog.links()[change.link].place, change.source, change.target);
    }
}

/// A key of a row that stays, and what it named.
struct MovedKey {
    relation: usize,
    source: u32,
    old: Option<RawId>,
    new: Option<RawId>,
}

fn moved_keys<S: Schema>(engine: &Engine, tables: &S, changes: &Changes<S>) -> Vec<MovedKey> {
    let mut moved = Vec::new();
    for change in changes.rows.iter().filter(|change| change.is_update()) {
        let place = change.new.expect("an update has a new row").place;
        for (ordinal, relation) in engine.catalog.keys_of(change.model).enumerate() {
            let old = tables.table(change.model).key(change.slot, ordinal);
            let new = changes.kept.tables.table(change.model).key(place, ordinal);
            if old != new {
                moved.push(MovedKey { relation, source: change.slot, old, new });
            }
        }
    }
    moved
}

/// Takes the rows out that are gone, or whose slot another row has: nothing that stays may refer to them.
fn remove_rows<S: Schema>(engine: &mut Engine, tables: &mut S, changes: &Changes<S>) -> Result<(), Error> {
    let gone = || changes.rows.iter().filter(|change| change.old.is_some() && !change.is_update());
    for change in gone() {
        for (ordinal, relation) in engine.catalog.keys_of(change.model).enumerate() {
            engine.detach(relation, change.slot, || tables.table(change.model).key(change.slot, ordinal));
        }
    }
    for change in gone() {
        let info = &engine.catalog.models()[change.model];
        let is_linked = info
            .adjacencies
            .iter()
            .any(|&adjacency| engine.relations.neighbour_count(change.model, adjacency, change.slot) > 0);
        if is_linked || engine.has_referrers(change.model, change.slot) {
            return Err(misfit(key_of(engine, change)));
        }
    }
    for change in gone() {
        engine.own(tables, change.model, change.slot);
        tables.table_mut(change.model).withdraw(&[change.slot], engine.pile());
        engine.release(change.model, change.slot);
        engine.touch(change.model);
    }
    Ok(())
}

/// Takes all slots that change hands out of the free ones, as if the program had reserved them, and gives them the
/// generations after which they are filled or free again.
fn take_slots(engine: &mut Engine, allocation: &Allocation) -> Result<(), Error> {
    let slots = &engine.relations.slots[allocation.model];
    let freed = slots.free().len() - allocation.common;
    let fresh = allocation.new.used.saturating_sub(slots.used()) as usize;
    for _ in 0..freed + fresh {
        engine.reserve(allocation.model);
    }
    for &(slot, _, generation) in &allocation.generations {
        if !engine.is_in_hand(allocation.model, slot) {
            return Err(misfit_of(engine, allocation.model));
        }
        // Odd: the row that is there after brings its generation itself.
        engine.set_generation(allocation.model, slot, generation & !1);
    }
    Ok(())
}

fn write_rows<S: Schema>(engine: &mut Engine, tables: &mut S, changes: &Changes<S>) -> Result<(), Error> {
    let mut models: BTreeMap<usize, Vec<&SlotChange>> = BTreeMap::new();
    for change in changes.rows.iter().filter(|change| change.new.is_some()) {
        models.entry(change.model).or_default().push(change);
    }
    for (model, rows) in models {
        tables.table_mut(model).clear_bin();
        for change in &rows {
            let place = change.new.expect("only rows that are there after are written").place;
            changes.kept.tables.copy_row(model, RowPlace::Slot(place), tables, CopyTo::Staged(change.slot));
        }
        if let Err((place, broken)) = tables.table(model).check_staged(&|_| false) {
            let row = rows[place].is_update().then_some(rows[place].slot);
            let error = engine.broken(model, broken, row);
            tables.table_mut(model).clear_bin();
            return Err(error);
        }
        for change in &rows {
            let id = change.new.expect("only rows that are there after are written").id;
            if !change.is_update() && !engine.is_reserved(model, id) {
                tables.table_mut(model).clear_bin();
                return Err(misfit(key_of(engine, change)));
            }
            engine.own(tables, model, change.slot);
        }
        tables.table_mut(model).apply_staged(engine.pile());
        for change in &rows {
            if change.is_update() {
                engine.note_replaced(model, change.slot);
            } else {
                engine.fill(model, change.new.expect("only rows that are there after are written").id);
            }
        }
    }
    Ok(())
}

/// Enters the keys of new rows and the moved ones of others, once all rows are there.
fn attach_keys<S: Schema>(
    engine: &mut Engine,
    tables: &S,
    changes: &Changes<S>,
    moved: &[MovedKey],
) -> Result<(), Error> {
    let new_rows = changes.rows.iter().filter(|change| change.new.is_some() && !change.is_update());
    let mut keys: Vec<(usize, u32, Option<RawId>)> = Vec::new();
    for change in new_rows {
        for (ordinal, relation) in engine.catalog.keys_of(change.model).enumerate() {
            keys.push((relation, change.slot, tables.table(change.model).key(change.slot, ordinal)));
        }
    }
    keys.extend(moved.iter().map(|key| (key.relation, key.source, key.new)));
    for (relation, source, target) in keys {
        engine.check_holder(relation, Some(source), target)?;
        engine.attach(relation, source, target);
    }
    Ok(())
}

fn make_links<S>(engine: &mut Engine, changes: &Changes<S>) -> Result<(), Error> {
    for change in changes.links.iter().filter(|change| change.is_linked) {
        let info = &engine.catalog.links()[change.link];
        let (lists, ends) = (info.place, [(Side::Source, change.source), (Side::Target, change.target)]);
        for (side, id) in ends {
            let model = info.model(side);
            if !engine.is_live(model, id) {
                return Err(misfit(engine.catalog.row_key(model, id)));
            }
        }
        engine.link(change.link, lists, change.source, change.target);
    }
    Ok(())
}

/// Gives back the slots that were taken and not filled, in the order in which they will be handed out.
fn return_slots(engine: &mut Engine, allocation: &Allocation) -> Result<(), Error> {
    let model = allocation.model;
    let used = engine.relations.slots[model].used();
    for slot in (allocation.new.used..used).rev().chain(allocation.new.slots.iter().copied()) {
        if !engine.is_in_hand(model, slot) {
            return Err(misfit_of(engine, model));
        }
        engine.unreserve(model, slot);
    }
    // A slot whose generations are used up is neither filled nor free.
    for &(slot, _, generation) in &allocation.generations {
        if generation == 0 && engine.is_in_hand(model, slot) {
            engine.retire_reserved(model, slot);
        }
    }
    let slots = &engine.relations.slots[model];
    let is_there =
        slots.used() == allocation.new.used && slots.free().get(allocation.common..) == Some(&allocation.new.slots);
    if is_there { Ok(()) } else { Err(misfit_of(engine, model)) }
}
