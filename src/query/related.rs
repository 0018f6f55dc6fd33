//! Quantified conditions on blocks of rows: related rows of several owners are asked together.

use core::cell::Cell;

use super::bound::Bound;
use super::joins::{Step, each_along};
use super::tree::Quantifier;
use crate::arena::block::{LANES, Lanes, first_places, places, places_where};
use crate::table::Schema;
use crate::view::View;

/// Related rows that wait to be asked, each with the place of its owner.
struct Waiting {
    slots: [u32; LANES],
    owners: [u8; LANES],
    count: usize,
}

impl Waiting {
    /// Adds related rows of one owner; `ask` empties what is full, and answers whether the owner has any use for more. Answers
    /// the same.
    #[inline]
    fn add_all<'a>(
        &mut self,
        runs: impl IntoIterator<Item = &'a [u32]>,
        owner: u8,
        mut ask: impl FnMut(&mut Self) -> bool,
    ) -> bool {
        for mut run in runs {
            while !run.is_empty() {
                let (now, later) = run.split_at(run.len().min(LANES - self.count));
                let end = self.count + now.len();
                self.slots[self.count..end].copy_from_slice(now);
                self.owners[self.count..end].fill(owner);
                (self.count, run) = (end, later);
                if end == LANES && !ask(self) {
                    return false;
                }
            }
        }
        true
    }
}

/// Which rows of a block have related rows as the quantifier wants them. O(block + related rows looked at).
pub(super) fn select<S: Schema>(
    view: &View<S>,
    (lanes, set): (Lanes<'_>, u64),
    steps: &[Step],
    quantifier: &Quantifier<'_>,
    condition: &Bound<'_, S>,
    touched: &Cell<usize>,
) -> u64 {
    if let Quantifier::Count(accepts) = quantifier {
        return places_where(set, |lane| {
            let mut count = 0;
            each_along(&view.engine, steps, lanes.slot(lane), &mut |_| {
                count += 1;
                true
            });
            touched.set(touched.get() + count);
            accepts(count)
        });
    }
    // Owners for which it is decided: one that satisfies the condition, or, of all, one that does not.
    let mut decided = 0_u64;
    let mut ask = |waiting: &mut Waiting| {
        let asked = first_places(core::mem::take(&mut waiting.count));
        touched.set(touched.get() + asked.count_ones() as usize);
        let found = condition.select(view, Lanes::Listed(&waiting.slots), asked, touched);
        let deciding = if matches!(quantifier, Quantifier::All) { asked & !found } else { found };
        for place in places(deciding) {
            decided |= 1 << waiting.owners[place];
        }
        decided
    };
    let mut waiting = Waiting { slots: [0; LANES], owners: [0; LANES], count: 0 };
    for lane in places(set) {
        let slot = lanes.slot(lane);
        if let [Step::Sources(relation)] = steps {
            let relation = &view.engine.catalog.relations()[*relation];
            let runs = view.engine.relations.source_runs(relation, slot);
            waiting.add_all(runs, lane as u8, |waiting| ask(waiting) >> lane & 1 == 0);
            continue;
        }
        each_along(&view.engine, steps, slot, &mut |slot| {
            waiting.add_all([&[slot][..]], lane as u8, |waiting| ask(waiting) >> lane & 1 == 0)
        });
    }
    let decided = ask(&mut waiting);
    if matches!(quantifier, Quantifier::Any) { decided } else { set & !decided }
}
