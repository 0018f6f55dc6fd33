//! Statements over staged rows: inserts and updates whose rows are prepared in their table.
//!
//! Keys are checked first, then checks and unique rules as they will hold at the statement's end, so that two rows may
//! swap a unique value or a one-to-one target. On an error nothing has changed and nothing stays staged.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::Engine;
use crate::error::Error;
use crate::id::RawId;
use crate::model::Input;
use crate::table::{ErasedTable, Tables};

/// A key that a statement moves.
struct Move {
    relation: usize,
    source: u32,
    old: Option<RawId>,
    new: Option<RawId>,
}

/// A statement's staged rows in a model's table, which are gone at its end, however it ends: rules and copies of pages run
/// user code, which may panic.
struct Staged<'t> {
    tables: &'t mut dyn Tables,
    model: usize,
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        self.tables.table_mut(self.model).clear_bin();
    }
}

/// Builds a row by name and inserts it. O(fields + keys + rules).
pub(crate) fn insert_built(
    engine: &mut Engine,
    tables: &mut dyn Tables,
    model: usize,
    input: &mut Input,
) -> Result<RawId, Error> {
    let staged = Staged { tables, model };
    staged.tables.table_mut(model).stage_built(input)?;
    check_new(engine, staged.tables.table(model), model)?;
    engine.own(staged.tables, model, engine.relations.slots[model].next_id().slot());
    let id = engine.occupy(model);
    staged.tables.table_mut(model).put_staged(id.slot());
    let table = staged.tables.table(model);
    for (ordinal, relation) in engine.catalog.keys_of(model).enumerate() {
        engine.attach(relation, id.slot(), table.key(id.slot(), ordinal));
    }
    Ok(id)
}

fn check_new(engine: &Engine, table: &dyn ErasedTable, model: usize) -> Result<(), Error> {
    let keys = engine.catalog.keys_of(model).enumerate();
    for (ordinal, relation) in keys.clone() {
        engine.check_target(relation, table.staged_key(0, ordinal))?;
    }
    let rules = table.check_staged(&|_| false);
    rules.map_err(|(_, broken)| engine.broken(model, broken, None))?;
    let mut keys = keys;
    keys.try_for_each(|(ordinal, relation)| engine.check_holder(relation, None, table.staged_key(0, ordinal)))
}

/// Puts the rows staged in a model's table into their slots, which are all different. Keys of the ordinals in `written`
/// are checked even where they do not change. O(rows × (keys + rules)).
pub(crate) fn update_staged(
    engine: &mut Engine,
    tables: &mut dyn Tables,
    model: usize,
    slots: &[u32],
    written: &[usize],
) -> Result<(), Error> {
    let moves = match check_changed(engine, tables, model, slots, written) {
        Ok(moves) => moves,
        Err(error) => {
            tables.table_mut(model).clear_bin();
            return Err(error);
        }
    };
    for &slot in slots {
        engine.own(tables, model, slot);
    }
    for one in &moves {
        engine.detach(one.relation, one.source, || one.old);
    }
    tables.table_mut(model).apply_staged(engine.pile());
    for &slot in slots {
        engine.note_replaced(model, slot);
    }
    for one in &moves {
        engine.attach(one.relation, one.source, one.new);
    }
    Ok(())
}

fn check_changed(
    engine: &Engine,
    tables: &dyn Tables,
    model: usize,
    slots: &[u32],
    written: &[usize],
) -> Result<Vec<Move>, Error> {
    let (table, mut moves) = (tables.table(model), Vec::new());
    for (place, &source) in slots.iter().enumerate() {
        for (ordinal, relation) in engine.catalog.keys_of(model).enumerate() {
            let (old, new) = (table.key(source, ordinal), table.staged_key(place, ordinal));
            if old != new || written.contains(&ordinal) {
                engine.check_target(relation, new)?;
            }
            if old != new {
                moves.push(Move { relation, source, old, new });
            }
        }
    }
    let rules = table.check_staged(&|_| false);
    rules.map_err(|(place, broken)| engine.broken(model, broken, Some(slots[place])))?;
    check_holders(engine, &moves)?;
    Ok(moves)
}

/// One-to-one keys as they will be at the statement's end.
fn check_holders(engine: &Engine, moves: &[Move]) -> Result<(), Error> {
    let one_to_one = |one: &&Move| engine.catalog.relations()[one.relation].is_one_to_one();
    if !moves.iter().any(|one| one_to_one(&one)) {
        return Ok(());
    }
    let leaving: BTreeSet<(usize, u32)> = moves.iter().map(|one| (one.relation, one.source)).collect();
    let mut arriving: BTreeMap<(usize, RawId), u32> = BTreeMap::new();
    for one in moves.iter().filter(one_to_one) {
        let Some(new) = one.new else { continue };
        let holder = engine.relations.holder(&engine.catalog.relations()[one.relation], one.relation, new);
        let holder = holder.filter(|&holder| !leaving.contains(&(one.relation, holder)));
        let earlier = arriving.insert((one.relation, new), one.source);
        if holder.is_some() || earlier.is_some() {
            return Err(engine.taken(one.relation, holder));
        }
    }
    Ok(())
}
