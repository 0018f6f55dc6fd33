//! Deletes from the collection to the report: the rules of rewritten rows are checked, then everything is applied.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::collect::{Collection, Referrer, Rewrite};
use super::doomed::DoomedRows;
use super::report::DeleteReport;
use crate::catalog::Side;
use crate::engine::Engine;
use crate::error::Error;
use crate::id::RawId;
use crate::table::Tables;

/// An ordinal, and what the key of that ordinal is to name.
type NewKey = (usize, Option<RawId>);

/// Deletes live rows and all that their delete takes along, in the `room` of an earlier delete.
/// O(doomed rows, their keys, links and referrers).
pub(crate) fn delete(
    engine: &mut Engine,
    tables: &mut dyn Tables,
    room: &mut DoomedRows,
    roots: impl Iterator<Item = (usize, u32)>,
) -> Result<DeleteReport, Error> {
    let collection = Collection::new(engine, core::mem::take(room), roots);
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
    let report = take_away(engine, tables, &mut doomed);
    *room = doomed;
    // Last: a doomed substitute is gone now, so that keys to it dangle, and a doomed holder has left its target.
    for one in &rewrites {
        engine.attach(one.relation, one.source, one.new);
    }
    Ok(report)
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

/// Dependents first, so that no removed row is still referred to by a living one.
fn take_away(engine: &mut Engine, tables: &mut dyn Tables, doomed: &mut DoomedRows) -> DeleteReport {
    let catalog = Arc::clone(&engine.catalog);
    let (mut slots, mut counts) = (core::mem::take(&mut doomed.slots), core::mem::take(&mut doomed.counts));
    let mut report = DeleteReport::default();
    // Whoever recorded nothing brings no reverse set back: that of a row that goes is emptied at once, together with
    // its sources. Where a row came by another of its keys, that key leaves its set first.
    let at_once = !engine.is_recording();
    for (run, rows) in doomed.runs().rev() {
        let keys = catalog.keys_of(run.model).enumerate();
        let keys = keys.filter(|&(_, relation)| !at_once || relation != run.relation);
        for (ordinal, relation) in keys {
            for row in rows.iter().rev() {
                engine.detach(relation, row.slot, || tables.table(run.model).key(row.slot, ordinal));
            }
        }
        if !catalog.models()[run.model].adjacencies.is_empty() {
            for row in rows.iter().rev() {
                cut_links(engine, run.model, row.slot, &mut report);
            }
        }
    }
    counts.clear();
    counts.resize(catalog.models().len(), 0);
    for (run, rows) in doomed.runs().rev() {
        counts[run.model] += rows.len();
        slots.clear();
        slots.extend(rows.iter().rev().map(|row| row.slot));
        if at_once {
            engine.release_family(run.model, run.relation, &slots);
        } else {
            for &slot in &slots {
                engine.release(run.model, slot);
            }
        }
        tables.table_mut(run.model).withdraw(&slots, engine.pile());
        engine.touch(run.model);
    }
    for (model, &count) in counts.iter().enumerate() {
        report.add_rows(catalog.models()[model].descriptor.name, count);
    }
    (doomed.slots, doomed.counts) = (slots, counts);
    report
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
