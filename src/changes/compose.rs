//! Lists of changes turned round, and chained: from the first state of one to the last of the next.
//!
//! A mark in the feed that a rewind leaves behind stands on this: the way to it is kept, and later turned round.

use alloc::sync::Arc;
use alloc::vec::Vec;

use foldhash::fast::FixedState;
use indexmap::IndexMap;

use super::{Allocation, Changes, Free, Kept, LinkChange, SlotChange, SubstituteChange, Version};
use crate::table::{RowPlace, Schema};

type Map<K, V> = IndexMap<K, V, FixedState>;

impl<S: Schema> Changes<S> {
    /// The changes that lead back. O(changes).
    #[must_use]
    pub fn inverse(mut self) -> Self {
        self.rows.reverse();
        for row in &mut self.rows {
            core::mem::swap(&mut row.old, &mut row.new);
        }
        self.links.reverse();
        for link in &mut self.links {
            link.is_linked = !link.is_linked;
        }
        for change in &mut self.substitutes {
            core::mem::swap(&mut change.old, &mut change.new);
        }
        for allocation in &mut self.allocations {
            core::mem::swap(&mut allocation.old, &mut allocation.new);
            for (_, old, new) in &mut allocation.generations {
                core::mem::swap(old, new);
            }
        }
        self
    }

    /// These changes and then others, which begin where these end; netted. O(changes of both).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Piece { square: u8 }
    /// # #[derive(Schema)] struct Board { pieces: Table<Piece> }
    /// let mut db = Store::<Board>::new();
    /// let mark = db.mark()?;
    /// let rook = db.insert(Piece { square: 3 })?;
    /// let first = db.take_changes(mark)?;
    /// db.delete(rook)?;
    /// let second = db.take_changes(mark)?;
    /// assert_eq!((first.len(), second.len()), (1, 1));
    /// assert!(first.then(&second).is_empty());
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn then(&self, later: &Self) -> Self {
        let mut both = Self::empty(Arc::clone(&self.catalog));
        both.rows = chain_rows(self, later, &mut both.kept);
        let mut links: Map<_, Option<LinkChange>> = Map::default();
        for &link in self.links.iter().chain(&later.links) {
            // A link changes between made and cut: a second change takes the first back.
            let netted = links.entry((link.link, link.source, link.target)).or_insert(None);
            *netted = if netted.is_none() { Some(link) } else { None };
        }
        both.links = links.into_values().flatten().collect();
        let mut substitutes: Map<_, _> = self.substitutes.iter().map(|change| (change.relation, *change)).collect();
        for change in &later.substitutes {
            let old = substitutes.get(&change.relation).map_or(change.old, |earlier| earlier.old);
            substitutes.insert(change.relation, SubstituteChange { old, ..*change });
        }
        both.substitutes = substitutes.into_values().filter(|change| change.old != change.new).collect();
        both.allocations = chain_allocations(&self.allocations, &later.allocations);
        both
    }
}

/// The two ends of a slot: which list keeps the row, and as what.
struct Ends<'c, S> {
    old: Option<(&'c Kept<S>, Version)>,
    new: Option<(&'c Kept<S>, Version)>,
}

fn chain_rows<S: Schema>(first: &Changes<S>, later: &Changes<S>, kept: &mut Kept<S>) -> Vec<SlotChange> {
    let mut slots: Map<(usize, u32), Ends<'_, S>> = Map::default();
    for changes in [first, later] {
        for row in &changes.rows {
            let end = |version: Option<Version>| version.map(|version| (&changes.kept, version));
            let ends = slots.entry((row.model, row.slot)).or_insert_with(|| Ends { old: end(row.old), new: None });
            ends.new = end(row.new);
        }
    }
    let mut chained = Vec::new();
    for ((model, slot), Ends { old, new }) in slots {
        let mut keep = |end: Option<(&Kept<S>, Version)>| {
            end.map(|(from, version)| Version {
                place: kept.keep(model, &from.tables, RowPlace::Slot(version.place)),
                ..version
            })
        };
        let is_same = match (&old, &new) {
            (None, None) => true,
            (Some((from, old)), Some((to, new))) if old.id == new.id => {
                let (old, new) = (RowPlace::Slot(old.place), RowPlace::Slot(new.place));
                from.tables.same_row(model, old, &to.tables, new)
            }
            _ => false,
        };
        if !is_same {
            chained.push(SlotChange { model, slot, old: keep(old), new: keep(new) });
        }
    }
    chained
}

fn chain_allocations(first: &[Allocation], later: &[Allocation]) -> Vec<Allocation> {
    let mut models: Map<usize, Allocation> = first.iter().map(|one| (one.model, one.clone())).collect();
    for next in later {
        let chained = models.get(&next.model).map_or_else(|| next.clone(), |one| one.then(next));
        models.insert(next.model, chained);
    }
    let mut chained: Vec<Allocation> = models.into_values().filter(|one| !one.is_nothing()).collect();
    chained.sort_by_key(|one| one.model);
    chained
}

impl Allocation {
    /// Whether free slots and generations are as they were.
    pub(super) fn is_nothing(&self) -> bool {
        self.old == self.new && self.generations.is_empty()
    }

    /// The state between the two is told by both: above the lesser common part, each has what the other left out.
    fn then(&self, next: &Self) -> Self {
        let common = self.common.min(next.common);
        let between = |count: usize, free: &Free| free.slots[..count].to_vec();
        let mut old = between(self.common - common, &next.old);
        old.extend(&self.old.slots);
        let mut new = between(next.common - common, &self.new);
        new.extend(&next.new.slots);
        let mut generations: Map<u32, (u32, u32)> =
            self.generations.iter().map(|&(slot, old, new)| (slot, (old, new))).collect();
        for &(slot, old, new) in &next.generations {
            let old = generations.get(&slot).map_or(old, |earlier| earlier.0);
            generations.insert(slot, (old, new));
        }
        let differing = generations.into_iter().filter(|(_, (old, new))| old != new);
        Self {
            model: self.model,
            common,
            old: Free { slots: old, used: self.old.used },
            new: Free { slots: new, used: next.new.used },
            generations: differing.map(|(slot, (old, new))| (slot, old, new)).collect(),
        }
    }
}
