//! Counts along keys without a look at the rows that are counted: the rows at the end of the keys are asked, each row on the
//! way back has the answer of the one that its key leads to, and those that the first key leads to know how many point at them.

use alloc::vec::Vec;

use super::Query;
use super::comparison::{Access, Test};
use super::explain::{Explanation, Way};
use super::joins::{Step, resolve};
use super::path::Hop;
use super::related::is_in;
use super::run::Part;
use super::serve::serve;
use super::tree::Tree;
use crate::arena::block::{LANES, Lanes};
use crate::catalog::RelationInfo;
use crate::model::Model;
use crate::relation::Relations;
use crate::table::{Has, Schema};
use crate::view::View;

impl<S: Has<M>, M: Model> Query<'_, S, M> {
    /// How many results there are, and how they were counted, if they are those of one comparison that no index serves, at
    /// the end of keys that lead to fewer rows. O(rows of the models that the keys lead to).
    pub(super) fn count_back(&self) -> Option<Explanation> {
        let [Part::Filter(Tree::One { hops, test })] = self.parts.as_slice() else { return None };
        if !matches!(hops[..], [Hop::Forward(_), ..]) || test.holds(self.view, None) {
            return None;
        }
        let (relations, catalog) = (&self.view.engine.relations, self.view.catalog());
        let (steps, leaf) = resolve(catalog, S::MODEL, hops).ok()?;
        let keys = steps.iter().map(|step| match step {
            Step::Key(relation) => Some(&catalog.relations()[*relation]),
            Step::Holder(_) | Step::Sources(_) | Step::Neighbours(..) => None,
        });
        let keys = keys.collect::<Option<Vec<&RelationInfo>>>()?;
        let live = |model: usize| relations.slots[model].live() as usize;
        let (rows, most) = (keys.iter().map(|key| live(key.target)).sum::<usize>(), live(S::MODEL));
        let is_served = || matches!(test.access(), Access::Rows { .. }) || serve(self.view, leaf, &**test).is_some();
        if 3 * rows > 2 * most * (1 + keys.len()) || is_served() {
            return None;
        }
        let found = asked(self.view, leaf, &**test);
        let count = match &keys[..] {
            [] => return None,
            [key] => sources_of(relations, key, &found),
            [key, next, others @ ..] => {
                let found = others.iter().rev().fold(found, |found, key| led_to(relations, key, &found));
                sources_through(relations, key, next, &found)
            }
        };
        Some(Explanation {
            model: M::DESCRIPTOR.name,
            way: Way::Lists { model: catalog.models()[leaf].descriptor.name },
            relations: keys.len() - 1,
            estimated_rows: rows,
            touched_rows: rows,
            results: (count as usize).saturating_sub(self.offset).min(self.limit),
        })
    }
}

/// Which rows of a model satisfy a test, a bit for each slot. O(slots).
pub(super) fn asked<S: Schema>(view: &View<S>, model: usize, test: &dyn Test<S>) -> Vec<u64> {
    let mut found = view.engine.relations.slots[model].all_to_ask(test.skips_missing());
    // All blocks of neighbours with one call.
    test.retain(view, Lanes::Page(0), &mut found);
    found
}

/// Whether a key leads to a row that has its bit set. Its word is one more than a slot; zero for null, and where there is no
/// row, and all ones for what dangles, become slots larger than any.
#[inline]
fn leads_to(found: &[u64], word: u32) -> bool {
    is_in(found, word.wrapping_sub(1))
}

/// Which rows a key leads from to some of its target's. O(slots).
fn led_to(relations: &Relations, key: &RelationInfo, found: &[u64]) -> Vec<u64> {
    let (slots, offset) = (&relations.slots[key.source], key.place.offset());
    let mut led = alloc::vec![0; (slots.used() as usize).div_ceil(LANES)];
    let mut slot = 0;
    slots.records.for_each(slots.used(), |record| {
        if let Some(word) = led.get_mut(slot / LANES) {
            *word |= u64::from(leads_to(found, record[offset])) << (slot % LANES);
        }
        slot += 1;
    });
    led
}

/// How many rows are sources by a record's word: the length of a list; or the one of a one-to-one key, which is one more than
/// a slot.
#[inline]
fn sources(key: &RelationInfo) -> impl Fn(u32) -> u64 + use<> {
    let most = if key.is_one_to_one() { 1 } else { u32::MAX };
    move |word| word.min(most).into()
}

/// How many rows point at some of a key's target. O(slots).
fn sources_of(relations: &Relations, key: &RelationInfo, found: &[u64]) -> u64 {
    let (slots, head, sources) = (&relations.slots[key.target], key.place.head(), sources(key));
    let (mut count, mut slot) = (0, 0);
    slots.records.for_each(slots.used(), |record| {
        count += sources(record[head]) * u64::from(is_in(found, slot));
        slot += 1;
    });
    count
}

/// How many rows point by a key at rows whose next key leads to some of its target's. O(slots).
fn sources_through(relations: &Relations, key: &RelationInfo, next: &RelationInfo, found: &[u64]) -> u64 {
    let (head, offset, sources) = (key.place.head(), next.place.offset(), sources(key));
    let (slots, mut count) = (&relations.slots[key.target], 0);
    slots.records.for_each(slots.used(), |record| {
        count += sources(record[head]) * u64::from(leads_to(found, record[offset]));
    });
    count
}
