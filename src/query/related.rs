//! Quantified conditions on blocks of rows: related rows of several owners are asked together.

use core::cell::Cell;

use super::bound::Bound;
use super::condition::Quantifier;
use super::joins::{Step, each, each_along};
use crate::arena::block::{LANES, Lanes, first_places, places, places_where};
use crate::table::Schema;
use crate::view::View;

/// Related rows that wait to be asked, each with the place of its owner.
struct Waiting {
    slots: [u32; LANES],
    owners: [u8; LANES],
    count: usize,
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
        let mut add = |slot: u32| {
            (waiting.slots[waiting.count], waiting.owners[waiting.count]) = (slot, lane as u8);
            waiting.count += 1;
            waiting.count < LANES || ask(&mut waiting) >> lane & 1 == 0
        };
        let slot = lanes.slot(lane);
        match steps {
            [step] => each(&view.engine, *step, slot, &mut add),
            steps => each_along(&view.engine, steps, slot, &mut add),
        };
    }
    let decided = ask(&mut waiting);
    if matches!(quantifier, Quantifier::Any) { decided } else { set & !decided }
}
