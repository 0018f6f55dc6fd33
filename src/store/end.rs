//! One end of a many-to-many relation, in slots and raw ids: what the typed calls and the by-name face share.

use alloc::vec::Vec;

use super::links::SlotSet;
use crate::catalog::{LinkStorage, Side};
use crate::engine::Engine;
use crate::error::Error;
use crate::id::RawId;
use crate::relation::Target;

/// One end of a many-to-many relation: link, side, and the row at this end.
#[derive(Clone, Copy)]
pub(crate) struct End {
    pub(crate) link: usize,
    pub(crate) side: Side,
    pub(crate) row: RawId,
}

impl End {
    pub(crate) fn new(link: usize, side: Side, row: RawId) -> Self {
        Self { link, side, row }
    }

    /// The rows at the other end must exist.
    pub(crate) fn check_others(self, engine: &Engine, others: &[RawId]) -> Result<(), Error> {
        let info = &engine.catalog.links()[self.link];
        let model = info.model(self.side.other());
        match others.iter().find(|&&other| !engine.is_live(model, other)) {
            Some(&other) => {
                Err(Error::DanglingTarget { relation: info.name, target: engine.catalog.row_key(model, other) })
            }
            None => Ok(()),
        }
    }

    /// Source and target of the link with another row.
    #[inline]
    pub(super) fn pair(self, other: RawId) -> (RawId, RawId) {
        match self.side {
            Side::Source => (self.row, other),
            Side::Target => (other, self.row),
        }
    }

    /// Links the row with another; answers whether they were not linked before. Both are there.
    pub(crate) fn link(self, engine: &mut Engine, other: RawId) -> bool {
        let (source, target) = self.pair(other);
        let lists = engine.catalog.links()[self.link].place;
        engine.link(self.link, lists, source, target).expect("both rows were found to be there")
    }

    pub(super) fn unlink(self, engine: &mut Engine, other: u32) -> bool {
        let info = &engine.catalog.links()[self.link];
        let (lists, model) = (info.place, info.model(self.side.other()));
        let Some(other) = engine.relations.slots[model].id_at(other) else { return false };
        let (source, target) = self.pair(other);
        engine.unlink(self.link, lists, source, target)
    }

    /// The two keys of the through model, if there is one.
    #[inline]
    pub(crate) fn through_keys(self, engine: &Engine) -> Option<(usize, usize)> {
        match engine.catalog.links()[self.link].storage {
            LinkStorage::Through { source_key, target_key } => Some((source_key, target_key)),
            LinkStorage::Direct | LinkStorage::Symmetrical => None,
        }
    }

    /// Linked rows that are not wanted.
    pub(crate) fn unwanted(self, engine: &Engine, wanted: &SlotSet) -> Vec<u32> {
        linked_slots(engine, self).into_iter().filter(|slot| !wanted.contains(slot)).collect()
    }

    pub(super) fn all_through_rows(self, engine: &Engine) -> Vec<(usize, u32)> {
        let Some((source_key, target_key)) = self.through_keys(engine) else {
            return Vec::new();
        };
        let here = if self.side == Side::Source { source_key } else { target_key };
        let info = &engine.catalog.relations()[here];
        engine.relations.sources(info, self.row.slot()).map(|row| (info.source, row)).collect()
    }
}

/// Slots linked with one end, in order; with a through model once for each of its rows.
pub(crate) fn linked_slots(engine: &Engine, end: End) -> Vec<u32> {
    let info = &engine.catalog.links()[end.link];
    let Some((source_key, target_key)) = end.through_keys(engine) else {
        let adjacency = engine.catalog.adjacency(end.link, end.side);
        return engine.relations.neighbours(info.model(end.side), adjacency, end.row.slot()).collect();
    };
    let (here, there) = if end.side == Side::Source { (source_key, target_key) } else { (target_key, source_key) };
    let rows = engine.relations.sources(&engine.catalog.relations()[here], end.row.slot());
    let there = &engine.catalog.relations()[there];
    rows.filter_map(|row| match engine.relations.target(there, row) {
        Target::Slot(slot) => Some(slot),
        Target::Null | Target::Dangling => None,
    })
    .collect()
}

/// Through rows of one end whose other end is accepted.
pub(super) fn through_rows(engine: &Engine, end: End, accept: impl Fn(u32) -> bool) -> impl Iterator<Item = u32> {
    let (source_key, target_key) = end.through_keys(engine).expect("the caller has a through relation");
    let (here, there) = if end.side == Side::Source { (source_key, target_key) } else { (target_key, source_key) };
    let rows = engine.relations.sources(&engine.catalog.relations()[here], end.row.slot());
    let there = &engine.catalog.relations()[there];
    rows.filter(move |&row| matches!(engine.relations.target(there, row), Target::Slot(slot) if accept(slot)))
}
