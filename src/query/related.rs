//! Quantified conditions on blocks of rows: related rows of several owners are asked together, or, where a query will ask all
//! owners, all of them beforehand, as they lie.

use alloc::vec::Vec;
use core::cell::{Cell, OnceCell};

use super::bound::Bound;
use super::joins::{Step, count_along, each_along};
use super::tree::Quantifier;
use crate::arena::block::{BLOCKS, LANES, Lanes, first_places, places, places_where};
use crate::catalog::RelationInfo;
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

/// What is asked of related rows.
pub(crate) struct Related<'q, S> {
    pub(crate) steps: Vec<Step>,
    pub(crate) quantifier: Quantifier<'q>,
    pub(crate) condition: Bound<'q, S>,
    /// The owners for which it is decided by one related row, a bit for each slot, if all were asked beforehand.
    decided: OnceCell<Vec<u64>>,
}

impl<'q, S> Related<'q, S> {
    pub(crate) const fn new(steps: Vec<Step>, quantifier: Quantifier<'q>, condition: Bound<'q, S>) -> Self {
        Self { steps, quantifier, condition, decided: OnceCell::new() }
    }
}

impl<S: Schema> Related<'_, S> {
    /// Asks all related rows before every owner asks for its own. Not where lists are long, which may be decided early.
    /// O(owners + related rows).
    pub(crate) fn ask_all(&self, view: &View<S>, touched: &Cell<usize>) {
        let [Step::Sources(relation)] = self.steps[..] else { return };
        let (slots, info) = (&view.engine.relations.slots, &view.catalog().relations()[relation]);
        let is_long = slots[info.source].live() as usize > LANES * slots[info.target].live() as usize;
        let is_decided = matches!(self.quantifier, Quantifier::Count(_)) || self.decided.get().is_some();
        if is_long || is_decided || !name_most(view, info) {
            return;
        }
        self.condition.ask_all(view, touched);
        let is_all = matches!(self.quantifier, Quantifier::All);
        let skips_missing = !is_all && self.condition.skips_missing();
        let found = ask_sources(view, info, skips_missing, touched, |lanes, sets| {
            let mut asked = [0; BLOCKS];
            asked[..sets.len()].copy_from_slice(sets);
            self.condition.retain(view, lanes, sets, touched);
            if is_all {
                sets.iter_mut().zip(asked).for_each(|(set, asked)| *set = asked & !*set);
            }
        });
        self.decided.get_or_init(|| found.1);
    }

    /// Which rows of a block have related rows as the quantifier wants them. O(block + related rows looked at).
    pub(crate) fn select(&self, view: &View<S>, lanes: Lanes<'_>, set: u64, touched: &Cell<usize>) -> u64 {
        let decided = match self.decided.get() {
            Some(decided) => places_in(decided, lanes, set),
            None => return select(view, (lanes, set), &self.steps, &self.quantifier, &self.condition, touched),
        };
        if matches!(self.quantifier, Quantifier::Any) { decided } else { set & !decided }
    }
}

/// Whether the lists of a relation name most of the rows that have its key. O(1), and O(targets) if it may be null.
pub(super) fn name_most<S: Schema>(view: &View<S>, info: &RelationInfo) -> bool {
    let relations = &view.engine.relations;
    let lengths = || (0..relations.slots[info.target].used()).map(|target| relations.source_count(info, target));
    !info.nullable || 3 * lengths().sum::<usize>() >= 2 * relations.slots[info.source].live() as usize
}

/// Asks all sources of a relation in the order in which they lie, not here and there as lists name them: which of them are
/// selected, and which targets these point at, a bit for each slot. O(sources).
pub(super) fn ask_sources<S: Schema>(
    view: &View<S>,
    info: &RelationInfo,
    skips_missing: bool,
    touched: &Cell<usize>,
    mut retain: impl FnMut(Lanes<'_>, &mut [u64]),
) -> (Vec<u64>, Vec<u64>) {
    let relations = &view.engine.relations;
    let (targets, sources) = (&relations.slots[info.target], &relations.slots[info.source]);
    touched.set(touched.get() + sources.live() as usize);
    let mut pointed = alloc::vec![0_u64; (targets.used() as usize).div_ceil(LANES)];
    let mut selected = sources.all_to_ask(skips_missing);
    for (sets, first) in selected.chunks_mut(BLOCKS).zip((0..).step_by(BLOCKS * LANES)) {
        retain(Lanes::Page(first), sets);
    }
    for (&set, first) in selected.iter().zip((0..).step_by(LANES)) {
        for lane in places(set) {
            if let Some(target) = relations.target_at(info.source, info.place.offset(), first + lane as u32) {
                pointed[target as usize / LANES] |= 1 << (target as usize % LANES);
            }
        }
    }
    (selected, pointed)
}

/// Whether a slot has its bit set. O(1).
#[inline]
pub(super) fn is_in(found: &[u64], slot: u32) -> bool {
    found.get(slot as usize / LANES).is_some_and(|word| word >> (slot as usize % LANES) & 1 == 1)
}

/// The places of a set whose slots have their bit set. O(block).
#[inline]
fn places_in(found: &[u64], lanes: Lanes<'_>, set: u64) -> u64 {
    match lanes {
        Lanes::Page(first) => set & found.get(first as usize / LANES).copied().unwrap_or(0),
        Lanes::Listed(slots) => places_where(set, |lane| is_in(found, slots[lane])),
    }
}

/// Which rows of a block have related rows as the quantifier wants them. O(block + related rows looked at).
fn select<S: Schema>(
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
            if let [step] = steps {
                count = count_along(&view.engine, *step, lanes.slot(lane));
            } else {
                each_along(&view.engine, steps, lanes.slot(lane), &mut |_| {
                    count += 1;
                    true
                });
            }
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
