//! The rows that may be results, block by block, and the iterator over those that are.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::marker::PhantomData;

use super::run::Plan;
use crate::arena::block::{BLOCKS, LANES, Lanes, first_places, places};
use crate::arena::in_order::InOrder;
use crate::arena::slots::Slots;
use crate::model::Model;
use crate::table::{Has, Schema};
use crate::view::{Row, View};

/// The rows that may be results, block by block.
#[derive(Clone)]
pub(crate) enum Candidates {
    /// All, from a slot on.
    All(u32),
    /// Some that were found, from a place on.
    Chosen(Vec<u32>, usize),
}

impl Candidates {
    pub(crate) fn new(chosen: Option<Vec<u32>>) -> Self {
        chosen.map_or(Self::All(0), |slots| Self::Chosen(slots, 0))
    }

    /// The next blocks with rows in one of them, as many as there is room for, and how many they are; perhaps with slots of no
    /// row too, if the plan does not mind. O(blocks), and O(slots) over runs of free ones.
    #[inline]
    pub(crate) fn next<'b, S: Schema>(
        &mut self,
        slots: &Slots,
        plan: &Plan<'_, S>,
        list: &'b mut [u32; LANES],
        sets: &mut [u64],
    ) -> Option<(Lanes<'b>, usize)> {
        match self {
            Self::All(next) => {
                while *next < slots.used() {
                    let (first, blocks) = (*next, (slots.used() - *next).div_ceil(LANES as u32) as usize);
                    let blocks = blocks.min(sets.len());
                    for set in &mut sets[..blocks] {
                        *set = slots.places_to_ask(*next, plan.skips_missing());
                        *next += LANES as u32;
                    }
                    if sets[..blocks].iter().any(|&set| set != 0) {
                        return Some((Lanes::Page(first), blocks));
                    }
                }
                None
            }
            Self::Chosen(chosen, at) => {
                let rest = &chosen[*at..];
                let count = rest.len().min(LANES);
                list[..count].copy_from_slice(&rest[..count]);
                *at += count;
                sets[0] = first_places(count);
                (count > 0).then_some((Lanes::Listed(list), 1))
            }
        }
    }
}

/// The rows that a query finds, borrowed from the store.
pub struct Matches<'q, S, M> {
    view: &'q View<S>,
    walk: Walk<'q, S>,
    model: PhantomData<fn(M)>,
}

enum Walk<'q, S> {
    /// Rows are tried block after block, as far as the caller goes. In a box, since rows that were found are moved a lot.
    Tried(Box<Tried<'q, S>>),
    Found(InOrder<'q>),
}

/// Rows that are tried, and the blocks that are under way.
struct Tried<'q, S> {
    plan: Plan<'q, S>,
    candidates: Candidates,
    slots: [u32; LANES],
    /// The first slot of the blocks, if they are neighbours.
    first: Option<u32>,
    /// Results of the blocks that are left: how many blocks there are, and the one that is looked at.
    sets: [u64; BLOCKS],
    blocks: usize,
    at: usize,
    /// How many blocks are asked next: ever more, since rows that nobody wants should not be asked.
    most: usize,
    /// Results at most.
    left: usize,
}

impl<'q, S: Has<M>, M: Model> Matches<'q, S, M> {
    /// Those of the candidates that a plain query accepts, without so many at the beginning, and so many at most.
    pub(super) fn tried(
        view: &'q View<S>,
        plan: Plan<'q, S>,
        candidates: Candidates,
        (offset, limit): (usize, usize),
    ) -> Self {
        let (slots, sets, left) = ([0; LANES], [0; BLOCKS], usize::MAX);
        let tried = Tried { plan, candidates, slots, first: None, sets, blocks: 1, at: 0, most: 1, left };
        let mut matches = Self { view, walk: Walk::Tried(Box::new(tried)), model: PhantomData };
        if offset > 0 {
            matches.nth(offset - 1);
        }
        if let Walk::Tried(tried) = &mut matches.walk {
            tried.left = tried.left.min(limit);
        }
        matches
    }

    /// Rows that were found.
    #[inline]
    pub(super) fn found(view: &'q View<S>, slots: InOrder<'q>) -> Self {
        Self { view, walk: Walk::Found(slots), model: PhantomData }
    }
}

impl<S: Schema> Tried<'_, S> {
    /// Goes on to the next block with results; answers whether there is one.
    #[inline]
    fn advance(&mut self, view: &View<S>, model: usize) -> bool {
        while self.sets[self.at] == 0 {
            self.at += 1;
            if self.at >= self.blocks && !self.ask(view, model) {
                return false;
            }
        }
        true
    }

    /// Asks the next blocks; answers whether there are any.
    fn ask(&mut self, view: &View<S>, model: usize) -> bool {
        (self.at, self.blocks) = (0, 0);
        let (slots, sets) = (&view.engine.relations.slots[model], &mut self.sets[..self.most]);
        let Some((lanes, blocks)) = self.candidates.next(slots, &self.plan, &mut self.slots, sets) else {
            return false;
        };
        self.plan.retain(view, lanes, &mut sets[..blocks]);
        self.first = if let Lanes::Page(first) = lanes { Some(first) } else { None };
        (self.blocks, self.most) = (blocks, (2 * self.most).min(BLOCKS));
        true
    }

    /// Takes the results that are left of the block that is looked at.
    #[inline]
    fn take(&mut self) -> u64 {
        core::mem::take(&mut self.sets[self.at])
    }

    #[inline]
    fn slot(&self, lane: usize) -> u32 {
        self.first.map_or_else(|| self.slots[lane], |first| first + (self.at * LANES + lane) as u32)
    }
}

impl<'q, S: Has<M>, M: Model> Iterator for Matches<'q, S, M> {
    type Item = Row<'q, S, M>;

    #[inline]
    fn next(&mut self) -> Option<Row<'q, S, M>> {
        let slot = match &mut self.walk {
            Walk::Found(slots) => slots.next()?,
            Walk::Tried(tried) => {
                if tried.left == 0 || !tried.advance(self.view, S::MODEL) {
                    return None;
                }
                let set = &mut tried.sets[tried.at];
                let lane = set.trailing_zeros() as usize;
                *set &= *set - 1;
                tried.left -= 1;
                tried.slot(lane)
            }
        };
        Some(Row::at(self.view, slot))
    }

    /// Block by block, without a look at the rows themselves.
    fn count(self) -> usize {
        match self.walk {
            Walk::Found(slots) => slots.len(),
            Walk::Tried(mut tried) => {
                if tried.left == usize::MAX {
                    let left = &tried.sets[tried.at..tried.blocks];
                    let left = left.iter().map(|set| set.count_ones() as usize).sum::<usize>();
                    return left + tried.plan.count(self.view, S::MODEL, tried.candidates);
                }
                let mut count = 0;
                while count < tried.left && tried.advance(self.view, S::MODEL) {
                    count += tried.take().count_ones() as usize;
                }
                count.min(tried.left)
            }
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, start: B, mut step: F) -> B {
        match self.walk {
            Walk::Found(slots) => slots.fold(start, |folded, slot| step(folded, Row::at(self.view, slot))),
            Walk::Tried(mut tried) => {
                if tried.left == usize::MAX {
                    tried.plan.ask_all(self.view, &tried.candidates);
                    tried.most = BLOCKS;
                }
                let mut folded = start;
                while tried.left > 0 && tried.advance(self.view, S::MODEL) {
                    for lane in places(tried.take()).take(tried.left) {
                        folded = step(folded, Row::at(self.view, tried.slot(lane)));
                        tried.left -= 1;
                    }
                }
                folded
            }
        }
    }
}
