//! Deletes from the collection to the report: the rules of rewritten rows are checked, then everything is applied.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::collect::{Collection, Referrer, Rewrite};
use super::doomed::{DoomedRows, Run};
use super::marks::Marks;
use super::report::DeleteReport;
use crate::catalog::Side;
use crate::engine::Engine;
use crate::error::Error;
use crate::id::RawId;
use crate::table::{PileName, Tables};

/// An ordinal, and what the key of that ordinal is to name.
type NewKey = (usize, Option<RawId>);

/// Deletes live rows, given by model and slot, and all that their delete takes along, in the `room` of an earlier delete.
/// Runs the rows' `Drop` last. O(doomed rows, their keys, links and referrers).
pub(crate) fn delete(
    engine: &mut Engine,
    tables: &mut dyn Tables,
    room: &mut DoomedRows,
    roots: &[(usize, u32)],
) -> Result<DeleteReport, Error> {
    room.empty();
    let mut report = DeleteReport::default();
    if let Some(model) = root_of_tree(engine, roots) {
        fell(engine, tables, room, model, roots);
        Leaving::new(engine, tables, room).drop_all();
        room.count(&engine.catalog, &mut report);
        return Ok(report);
    }
    let collection = Collection::new(engine, core::mem::take(room), roots.iter().copied());
    collection.check()?;
    if !collection.rewrites.is_empty() {
        check_rewrites(engine, tables, &collection)?;
    }
    if !engine.in_transaction() {
        let dangling = collection.dangling();
        if !dangling.is_empty() {
            unstage(engine, tables, &collection.rewrites);
            return Err(Error::DanglingReferences(dangling));
        }
    }
    let Collection { mut doomed, rewrites, left, .. } = collection;
    own_pages(engine, tables, &doomed, &rewrites);
    if !rewrites.is_empty() {
        apply_rewrites(engine, tables, &rewrites);
    }
    leave_dangling(engine, tables, &left);
    take_away(engine, tables, &mut doomed, &mut report);
    // Last: a doomed substitute is gone now, so that keys to it dangle, and a doomed holder has left its target.
    for one in &rewrites {
        engine.attach(one.relation, one.source, one.new);
    }
    if !engine.is_recording() {
        Leaving::new(engine, tables, &doomed).drop_all();
    }
    engine.finish_statement(tables);
    doomed.count(&engine.catalog, &mut report);
    *room = doomed;
    Ok(report)
}

/// The model of rows that can be deleted without a plan, since nothing can refuse, and nothing is to be brought back.
fn root_of_tree(engine: &Engine, roots: &[(usize, u32)]) -> Option<usize> {
    let &(model, _) = roots.first()?;
    let is_tree = !engine.is_recording()
        // Copying a shared page runs `Clone`: it comes before the first change, for which the rows must be known.
        && !engine.shares()
        && engine.catalog.models()[model].is_tree
        && roots.iter().all(|&(other, _)| other == model);
    is_tree.then_some(model)
}

/// Takes rows of a model out of use and all that points at them, model by model. One walk: a row's sources are found in the
/// same record that is emptied. O(rows and their keys).
fn fell(engine: &mut Engine, tables: &dyn Tables, doomed: &mut DoomedRows, model: usize, roots: &[(usize, u32)]) {
    let DoomedRows { slots, runs, .. } = doomed;
    if let [(_, root)] = roots {
        slots.push(*root);
    } else {
        let mut marks = Marks::default();
        slots.extend(roots.iter().map(|&(_, slot)| slot).filter(|&slot| marks.insert(model, slot)));
    }
    for (ordinal, relation) in engine.catalog.keys_of(model).enumerate() {
        for &slot in slots.iter().rev() {
            engine.detach(relation, slot, || tables.table(model).key(slot, ordinal));
        }
    }
    runs.push(Run { model, relation: usize::MAX, start: 0, end: slots.len() });
    let mut next = 0;
    while let Some(&Run { model, relation, start, end }) = runs.get(next) {
        for nth in 0..engine.catalog.models()[model].incoming.len() {
            let relation = engine.catalog.models()[model].incoming[nth];
            let first = slots.len();
            engine.take_sources(relation, start..end, slots);
            if first < slots.len() {
                let model = engine.catalog.relations()[relation].source;
                runs.push(Run { model, relation, start: first, end: slots.len() });
            }
        }
        engine.release_childless(model, relation, &slots[start..end]);
        next += 1;
    }
}

/// Rows whose records are gone, and that are still in their tables. If a `Drop` panics, the others go to the bins, from
/// which a later statement drops them: the store is whole again.
struct Leaving<'a> {
    engine: &'a mut Engine,
    tables: &'a mut dyn Tables,
    slots: &'a [u32],
    runs: core::slice::Iter<'a, Run>,
    run: Run,
    /// How many rows of the run are left.
    left: usize,
}

impl<'a> Leaving<'a> {
    fn new(engine: &'a mut Engine, tables: &'a mut dyn Tables, doomed: &'a DoomedRows) -> Self {
        let run = Run { model: 0, relation: 0, start: 0, end: 0 };
        Self { engine, tables, slots: &doomed.slots, runs: doomed.runs.iter(), run, left: 0 }
    }

    fn next_run(&mut self) -> Option<&'a [u32]> {
        self.run = *self.runs.next_back()?;
        self.left = self.run.end - self.run.start;
        Some(&self.slots[self.run.start..self.run.end])
    }

    /// Drops the rows, dependents first.
    fn drop_all(mut self) {
        while let Some(slots) = self.next_run() {
            self.tables.table_mut(self.run.model).discard(slots, &mut self.left);
        }
    }
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let mut slots = &self.slots[self.run.start..self.run.start + self.left];
        loop {
            if !slots.is_empty() {
                self.tables.table_mut(self.run.model).withdraw(slots, PileName::Bin);
                self.engine.touch(self.run.model);
            }
            let Some(more) = self.next_run() else { return };
            slots = more;
        }
    }
}

/// Copying a shared page runs the rows' `Clone`, so it comes before the first change.
fn own_pages(engine: &Engine, tables: &mut dyn Tables, doomed: &DoomedRows, rewrites: &[Rewrite]) {
    if !engine.shares() {
        return;
    }
    for (model, slot) in doomed.iter() {
        engine.own(tables, model, slot);
    }
    for one in rewrites {
        engine.own(tables, engine.catalog.relations()[one.relation].source, one.source);
    }
}

/// Takes a single row away that no other row points at; its payload is still in its table. O(keys + links).
pub(crate) fn retire_alone(
    engine: &mut Engine,
    model: usize,
    slot: u32,
    key: impl Fn(usize) -> Option<RawId>,
) -> DeleteReport {
    let mut report = DeleteReport::of_one(engine.catalog.models()[model].descriptor.name);
    for (ordinal, relation) in engine.catalog.keys_of(model).enumerate() {
        engine.detach(relation, slot, || key(ordinal));
    }
    if !engine.catalog.models()[model].adjacencies.is_empty() {
        cut_links(engine, model, slot, &mut report);
    }
    engine.release(model, slot);
    report
}

/// Rows whose rules may depend on a rewritten key are prepared with their new keys, and checked as they will be when
/// the doomed rows are gone. Leaves them staged.
fn check_rewrites(engine: &Engine, tables: &mut dyn Tables, collection: &Collection<'_>) -> Result<(), Error> {
    let mut guarded: BTreeMap<(usize, u32), Vec<NewKey>> = BTreeMap::new();
    let mut taken: BTreeMap<(usize, RawId), u32> = BTreeMap::new();
    for one in &collection.rewrites {
        let info = &engine.catalog.relations()[one.relation];
        if engine.catalog.models()[info.source].guarded {
            guarded.entry((info.source, one.source)).or_default().push((info.ordinal, one.new));
        }
        if let Some(new) = one.new.filter(|_| info.is_one_to_one()) {
            let holder = engine.relations.holder(info, one.relation, new);
            let holder = holder.filter(|&holder| holder != one.source && !collection.dooms(info.source, holder));
            let earlier = taken.insert((one.relation, new), one.source);
            if holder.is_some() || earlier.is_some() {
                unstage(engine, tables, &collection.rewrites);
                return Err(engine.taken(one.relation, holder));
            }
        }
    }
    let mut staged: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for ((model, slot), keys) in &guarded {
        let slots = staged.entry(*model).or_insert_with(|| {
            // Rows that an earlier statement left staged when user code panicked in it are none of this one's.
            tables.table_mut(*model).clear_bin();
            Vec::new()
        });
        slots.push(*slot);
        tables.table_mut(*model).stage_keys(*slot, keys);
    }
    for (model, slots) in &staged {
        let leaves = |slot: u32| collection.dooms(*model, slot);
        if let Err((place, broken)) = tables.table(*model).check_staged(&leaves) {
            unstage(engine, tables, &collection.rewrites);
            return Err(engine.broken(*model, broken, Some(slots[place])));
        }
    }
    Ok(())
}

fn unstage(engine: &Engine, tables: &mut dyn Tables, rewrites: &[Rewrite]) {
    for one in rewrites {
        tables.table_mut(engine.catalog.relations()[one.relation].source).clear_bin();
    }
}

/// Writes the new keys into the rows and takes the old ones out of the index; the new ones enter it later.
fn apply_rewrites(engine: &mut Engine, tables: &mut dyn Tables, rewrites: &[Rewrite]) {
    let catalog = Arc::clone(&engine.catalog);
    let mut staged: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for one in rewrites {
        let info = &catalog.relations()[one.relation];
        engine.detach(one.relation, one.source, || Some(one.old));
        if catalog.models()[info.source].guarded {
            staged.entry(info.source).or_default().push(one.source);
        } else {
            tables.table_mut(info.source).set_key(one.source, info.ordinal, one.new);
            engine.note_key(one.relation, one.source, Some(one.old));
        }
    }
    for (model, mut slots) in staged {
        // Staged by slot, and each row once however many of its keys are rewritten.
        slots.sort_unstable();
        slots.dedup();
        tables.table_mut(model).apply_staged(engine.pile());
        for slot in slots {
            engine.note_replaced(model, slot);
        }
    }
}

/// The keys of `do_nothing` referrers leave the reverse sets of rows that go, and wait to be mended.
fn leave_dangling(engine: &mut Engine, tables: &dyn Tables, left: &[Referrer]) {
    for one in left {
        let info = &engine.catalog.relations()[one.relation];
        let target = tables.table(info.source).key(one.source, info.ordinal);
        engine.leave_dangling(one.relation, one.source, target.expect("a referrer's key is not null"));
    }
}

/// Dependents first, so that no removed row is still referred to by a living one. What is recorded leaves its table for a
/// pile; other rows stay to be dropped.
fn take_away(engine: &mut Engine, tables: &mut dyn Tables, doomed: &mut DoomedRows, report: &mut DeleteReport) {
    let catalog = Arc::clone(&engine.catalog);
    // Whoever recorded nothing brings no reverse set back: that of a row that goes is emptied at once, together with
    // its sources. Where a row came by another of its keys, that key leaves its set first.
    let at_once = !engine.is_recording();
    doomed.forget_parents();
    for (run, slots) in doomed.slots_by_run() {
        let keys = catalog.keys_of(run.model).enumerate();
        let keys = keys.filter(|&(_, relation)| !at_once || relation != run.relation);
        for (ordinal, relation) in keys {
            for &slot in slots.iter().rev() {
                engine.detach(relation, slot, || tables.table(run.model).key(slot, ordinal));
            }
        }
        if !catalog.models()[run.model].adjacencies.is_empty() {
            for &slot in slots.iter().rev() {
                cut_links(engine, run.model, slot, report);
            }
        }
    }
    for (run, slots) in doomed.slots_by_run() {
        if at_once {
            engine.release_family(run.model, run.relation, slots);
            continue;
        }
        for &slot in slots.iter().rev() {
            engine.release(run.model, slot);
        }
        tables.table_mut(run.model).withdraw(slots, PileName::Retired);
        engine.touch(run.model);
    }
}

fn cut_links(engine: &mut Engine, model: usize, slot: u32, report: &mut DeleteReport) {
    // By place, since cutting a link needs the whole engine.
    for place in 0..engine.catalog.models()[model].adjacencies.len() {
        let adjacency = engine.catalog.models()[model].adjacencies[place];
        let info = &engine.catalog.links()[adjacency.link];
        let (name, lists) = (info.name, info.place);
        let mut cut = 0;
        while let Some(last) = engine.relations.neighbour_count(model, adjacency, slot).checked_sub(1) {
            let other = engine.relations.neighbour_at(model, adjacency, slot, last);
            let (source, target) = match adjacency.side {
                Side::Source => (slot, other),
                Side::Target => (other, slot),
            };
            let id = |model: u16, slot| {
                engine.relations.slots[usize::from(model)].id_at(slot).expect("a linked row is live")
            };
            let (from, to) = (id(lists.source, source), id(lists.target, target));
            engine.unlink(adjacency.link, lists, from, to);
            cut += if lists.is_symmetrical() && source != target { 2 } else { 1 };
        }
        report.add_links(name, cut);
    }
}
