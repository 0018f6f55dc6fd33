//! Trying candidates: what a plan's filters leave of them, as far as the row itself decides, block by block.

use alloc::vec::Vec;

use super::found::{Best, BoundKey, Found};
use super::matches::Candidates;
use super::run::{Plan, Wanted};
use crate::arena::block::{BLOCKS, LANES, Lanes, first_places, places};
use crate::table::Schema;
use crate::view::View;

impl<'q, S: Schema> Plan<'q, S> {
    /// Before a plain query goes through all of its candidates. O(size of the first filter), and the related rows that all
    /// rows of the model would ask.
    pub(crate) fn ask_all(&self, view: &View<S>, candidates: &Candidates) {
        if let (Candidates::All(0), Some((condition, _))) = (candidates, self.filters.first()) {
            condition.ask_all(view, &self.touched);
        }
    }

    /// Passes what the filters leave of the candidates, as far as the row itself decides, to `take`: blocks of neighbours, or
    /// one of listed slots, and a set for each. O(candidates).
    pub(super) fn each_retained(
        &self,
        view: &View<S>,
        model: usize,
        mut candidates: Candidates,
        mut take: impl FnMut(Lanes<'_>, &[u64]),
    ) {
        self.ask_all(view, &candidates);
        let (slots, mut list, mut sets) = (&view.engine.relations.slots[model], [0; LANES], [0; BLOCKS]);
        // Without a question there is no call to be saved, and memory brings a block's rows better while the next one's records
        // are read.
        let most = if self.is_unfiltered() { 1 } else { BLOCKS };
        while let Some((lanes, blocks)) = candidates.next(slots, self, &mut list, &mut sets[..most]) {
            self.retain(view, lanes, &mut sets[..blocks]);
            take(lanes, &sets[..blocks]);
        }
    }

    /// The same block by block. O(candidates).
    pub(super) fn each_block(
        &self,
        view: &View<S>,
        model: usize,
        candidates: Candidates,
        mut take: impl FnMut(Lanes<'_>, u64),
    ) {
        self.each_retained(view, model, candidates, |lanes, sets| {
            sets.iter().enumerate().for_each(|(block, &set)| take(lanes.further(block), set));
        });
    }

    /// The last row that a plain query accepts, from the end. O(candidates after it), and O(slots) over free ones.
    pub(super) fn last(&self, view: &View<S>, model: usize, candidates: &Candidates) -> Option<u32> {
        let slots = &view.engine.relations.slots[model];
        let last_of = |lanes: Lanes<'_>, mut set: u64| {
            self.retain(view, lanes, core::slice::from_mut(&mut set));
            set.checked_ilog2().map(|lane| lanes.slot(lane as usize))
        };
        match candidates {
            Candidates::All(_) => {
                let mut firsts = (0..slots.used()).step_by(LANES).rev();
                firsts.find_map(|first| last_of(Lanes::Page(first), slots.places_to_ask(first, self.skips_missing())))
            }
            Candidates::Chosen(chosen, _) => chosen.rchunks(LANES).find_map(|chunk| {
                let mut list = [0; LANES];
                list[..chunk.len()].copy_from_slice(chunk);
                last_of(Lanes::Listed(&list), first_places(chunk.len()))
            }),
        }
    }

    /// How many bindings the filters leave. O(candidates and joined rows).
    pub(super) fn count(&self, view: &View<S>, model: usize, candidates: Candidates) -> usize {
        let mut count = 0;
        if !self.is_plain() {
            self.each_bound(view, model, candidates, Wanted::ALL, |_, bindings| {
                count += bindings.len() / (self.joins.len() + 1);
                true
            });
            return count;
        }
        self.each_retained(view, model, candidates, |_, sets| {
            count += sets.iter().map(|set| set.count_ones() as usize).sum::<usize>();
        });
        count
    }

    /// The first rows of a plain query in an order. O(candidates), and O(wanted × log).
    pub(crate) fn best(
        &self,
        view: &View<S>,
        model: usize,
        candidates: Candidates,
        (order, wanted): (&[BoundKey<'q, S>], usize),
    ) -> Found {
        let mut best = Best::new(view, order, wanted);
        self.each_block(view, model, candidates, |lanes, set| best.add(lanes, set));
        best.finish()
    }

    /// The rows that satisfy the filters, as far as the row itself decides. O(candidates).
    pub(super) fn selected(&self, view: &View<S>, model: usize, candidates: Candidates) -> Vec<u32> {
        let mut found = Vec::new();
        self.each_block(view, model, candidates, |lanes, set| {
            found.extend(places(set).map(|lane| lanes.slot(lane)));
        });
        found
    }

    /// Passes the same rows to `take`, of which all are looked for before the first, or none before it is wanted; ends when
    /// `take` has enough. O(candidates), or O(rows tried).
    pub(super) fn each_selected(
        &self,
        view: &View<S>,
        model: usize,
        mut candidates: Candidates,
        wanted: Wanted,
        mut take: impl FnMut(u32) -> bool,
    ) {
        if wanted.is_all() {
            self.selected(view, model, candidates).into_iter().all(take);
            return;
        }
        let (slots, mut list, mut set) = (&view.engine.relations.slots[model], [0; LANES], 0);
        while let Some((lanes, _)) = candidates.next(slots, self, &mut list, core::slice::from_mut(&mut set)) {
            self.retain(view, lanes, core::slice::from_mut(&mut set));
            if !places(set).all(|lane| take(lanes.slot(lane))) {
                return;
            }
        }
    }
}
