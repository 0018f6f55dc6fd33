//! Where rows wait outside their slots: for a rollback or rewind, for a redo, for the end of a statement.
//!
//! Knows places and index words, never rows, so that it is compiled once and not for each model: the rows themselves are
//! in their table, at the places that this hands out.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Which pile of a table a row goes to or comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(unnameable_types, reason = "only the engine names it")]
pub enum PileName {
    /// Rows that going back may bring back.
    Retired,
    /// Rows that a redo may bring back.
    Shelf,
    /// Rows of no further use; dropped at the end of a statement, since a row's `Drop` is user code.
    Bin,
}

/// A row prepared by a statement.
#[derive(Clone)]
pub(super) struct Staging {
    /// Where it goes.
    pub(super) slot: u32,
    /// Where it waits.
    pub(super) place: u32,
    /// Its index words.
    pub(super) words: Vec<u32>,
}

/// The places of all rows of a table that wait.
#[derive(Clone, Default)]
pub(super) struct Waiting {
    retired: Pile,
    shelf: Pile,
    /// Of no further use.
    gone: VecDeque<u32>,
    staging: Vec<Staging>,
    free: Vec<u32>,
    /// Places handed out so far, free ones included.
    used: u32,
}

/// Rows in the order in which they left their slots.
#[derive(Clone, Default)]
struct Pile {
    places: VecDeque<u32>,
    words: VecDeque<u32>,
}

impl Pile {
    fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

impl Waiting {
    /// Whether no row is kept.
    pub(super) fn keeps_none(&self) -> bool {
        self.retired.is_empty() && self.shelf.is_empty()
    }

    /// Rows kept for going back, and those kept for a redo.
    pub(super) fn kept(&self) -> (usize, usize) {
        (self.retired.places.len(), self.shelf.places.len())
    }

    #[inline]
    fn free_place(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.used += 1;
            self.used - 1
        })
    }

    /// A place for a row that goes to a pile with its index words. O(words) amortized.
    #[inline]
    pub(super) fn lay(&mut self, to: PileName, words: &[u32]) -> u32 {
        let place = self.free_place();
        let pile = match to {
            PileName::Retired => &mut self.retired,
            PileName::Shelf => &mut self.shelf,
            PileName::Bin => unreachable!("rows in the bin have no places"),
        };
        pile.places.push_back(place);
        if !words.is_empty() {
            pile.words.extend(words);
        }
        place
    }

    /// The place of the latest row of a pile, which leaves it, with its `count` index words. O(words).
    pub(super) fn bring(&mut self, from: PileName, count: usize) -> (u32, Vec<u32>) {
        let pile = match from {
            PileName::Retired => &mut self.retired,
            PileName::Shelf => &mut self.shelf,
            PileName::Bin => unreachable!("nothing comes back from the bin"),
        };
        let place = pile.places.pop_back().expect("a row that comes back was kept");
        let words = if count == 0 { Vec::new() } else { pile.words.split_off(pile.words.len() - count).into() };
        self.free.push(place);
        (place, words)
    }

    /// Moves the oldest row kept for going back into the bin, and forgets its `count` index words. O(words).
    pub(super) fn forget_oldest(&mut self, count: usize) {
        let Pile { places, words } = &mut self.retired;
        words.drain(..count.min(words.len()));
        self.gone.extend(places.pop_front());
    }

    /// Moves all rows of a pile into the bin. O(rows).
    pub(super) fn forget(&mut self, pile: PileName) {
        let pile = match pile {
            PileName::Retired => &mut self.retired,
            PileName::Shelf => &mut self.shelf,
            PileName::Bin => return,
        };
        pile.words.clear();
        self.gone.append(&mut pile.places);
    }

    /// The place of a row kept for going back: how many were kept before it.
    pub(super) fn retired(&self, place: usize) -> Option<u32> {
        self.retired.places.get(place).copied()
    }

    /// A place for a row that a statement prepares. O(1) amortized.
    pub(super) fn stage(&mut self, slot: u32, words: Vec<u32>) -> u32 {
        let place = self.free_place();
        self.staging.push(Staging { slot, place, words });
        place
    }

    /// The rows that a statement has prepared, oldest first.
    pub(super) fn staging(&self) -> &[Staging] {
        &self.staging
    }

    /// The row prepared last.
    pub(super) fn last_staged(&mut self) -> Option<&mut Staging> {
        self.staging.last_mut()
    }

    /// Ends the staging; each place is to be left when its row is taken. O(1).
    pub(super) fn take_staging(&mut self) -> Vec<Staging> {
        core::mem::take(&mut self.staging)
    }

    /// Lets the row at a place leave it. O(1) amortized.
    pub(super) fn leave(&mut self, place: u32) {
        self.free.push(place);
    }

    /// Moves the row prepared last into the bin. O(1) amortized.
    pub(super) fn refuse_last(&mut self) {
        self.gone.extend(self.staging.pop().map(|staged| staged.place));
    }

    /// Moves all prepared rows into the bin. O(staged).
    #[inline]
    pub(super) fn refuse_staged(&mut self) {
        if self.staging.is_empty() {
            return;
        }
        self.gone.extend(self.staging.drain(..).map(|staged| staged.place));
    }

    /// The place of the next row to drop, which leaves it. O(1) amortized.
    #[inline]
    pub(super) fn next_gone(&mut self) -> Option<u32> {
        let Some(place) = self.gone.pop_front() else {
            // Where nothing waits, the next places are the first ones again.
            if self.free.len() == self.used as usize {
                self.free.clear();
                self.used = 0;
            }
            return None;
        };
        self.free.push(place);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_leave_a_pile_at_both_ends() {
        let mut waiting = Waiting::default();
        let places: Vec<u32> = (0..100).map(|row| waiting.lay(PileName::Retired, &[row])).collect();
        for _ in 0..40 {
            waiting.forget_oldest(1);
        }
        assert_eq!((waiting.kept(), waiting.retired(0), waiting.retired(60)), ((60, 0), Some(places[40]), None));
        assert_eq!(waiting.bring(PileName::Retired, 1), (places[99], alloc::vec![99]));
        waiting.forget(PileName::Retired);
        let gone: Vec<u32> = core::iter::from_fn(|| waiting.next_gone()).collect();
        assert_eq!((gone, waiting.keeps_none()), (places[..99].to_vec(), true));
    }

    #[test]
    fn a_place_serves_one_row_at_a_time() {
        let mut waiting = Waiting::default();
        let (kept, gone) = (waiting.lay(PileName::Shelf, &[]), waiting.lay(PileName::Retired, &[]));
        waiting.forget(PileName::Retired);
        assert_eq!(waiting.next_gone(), Some(gone));
        let staged = waiting.stage(7, Vec::new());
        assert_eq!((staged, waiting.staging()[0].slot), (gone, 7));
        waiting.refuse_staged();
        assert_eq!(waiting.next_gone(), Some(staged));
        assert_eq!(waiting.bring(PileName::Shelf, 0).0, kept);
        assert_eq!((waiting.next_gone(), waiting.lay(PileName::Shelf, &[])), (None, 0));
    }
}
