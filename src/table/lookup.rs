//! Looking rows up in the indexes of a table: how many there are, and which.
//!
//! Answers slots by hash or key alone; whoever asks compares the rows, since values of equal hashes or keys may differ.

use core::ops::Bound;

use super::indexes::{Indexes, Kind};
use crate::arena::groups::{Groups, Slots};
use crate::arena::hash_index::WithHash;
use crate::arena::ordered::Walk;
use crate::model::OrderKey;

/// Which index of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(unnameable_types, reason = "only the planner names it")]
pub enum IndexPlace {
    /// That of the unique rule of this place.
    Unique(usize),
    /// The one of this place among the model's indexes.
    Index(usize),
}

/// What is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(unnameable_types, reason = "only the planner names it")]
pub enum IndexLookup {
    /// The rows whose fields have this hash: in a unique rule's index or a hash index.
    Hash(u32),
    /// The rows whose key lies within bounds: in an ordered index. Of an index of one field only the first number counts.
    Range {
        /// Where it begins.
        lower: Bound<OrderKey>,
        /// Where it ends.
        upper: Bound<OrderKey>,
    },
}

impl Indexes {
    /// How many rows a lookup answers. O(1) for a hash; for a range O(log rows) and a step for every 16,000 rows.
    pub(super) fn count(&self, index: IndexPlace, lookup: &IndexLookup) -> usize {
        match (index, *lookup) {
            (IndexPlace::Unique(place), IndexLookup::Hash(hash)) => self.uniques[place].with_hash(hash).count(),
            (IndexPlace::Index(place), IndexLookup::Hash(hash)) => self.groups(place).count(hash),
            (IndexPlace::Index(place), IndexLookup::Range { lower, upper }) => match &self.others[place].kind {
                Kind::Ordered(index) => index.count(lower.map(first), upper.map(first)),
                Kind::OrderedPair(index) => index.count(lower, upper),
                Kind::Hash(_) => unreachable!("a hash index keeps no order"),
            },
            (IndexPlace::Unique(_), IndexLookup::Range { .. }) => unreachable!("a unique rule keeps no order"),
        }
    }

    /// The slots that a lookup answers: in the order of the keys, else in no order that may show, since hashes are seeded.
    /// O(1) or O(log rows), then O(1) for each.
    pub(super) fn slots(&self, index: IndexPlace, lookup: &IndexLookup) -> IndexSlots<'_> {
        IndexSlots(match (index, *lookup) {
            (IndexPlace::Unique(place), IndexLookup::Hash(hash)) => Inner::Unique(self.uniques[place].with_hash(hash)),
            (IndexPlace::Index(place), IndexLookup::Range { lower, upper }) => {
                Inner::Ordered(self.entries(place, lower, upper))
            }
            (IndexPlace::Index(place), IndexLookup::Hash(hash)) => Inner::Group(self.groups(place).slots(hash)),
            (IndexPlace::Unique(_), IndexLookup::Range { .. }) => unreachable!("a unique rule keeps no order"),
        })
    }

    /// The keys and slots within bounds of an ordered index, from both ends, by key, then by slot. O(log rows), then O(1)
    /// for each.
    pub(super) fn entries(&self, index: usize, lower: Bound<OrderKey>, upper: Bound<OrderKey>) -> OrderedEntries<'_> {
        OrderedEntries(match &self.others[index].kind {
            Kind::Ordered(index) => Width::One(index.range(lower.map(first), upper.map(first))),
            Kind::OrderedPair(index) => Width::Two(index.range(lower, upper)),
            Kind::Hash(_) => unreachable!("a hash index keeps no order"),
        })
    }

    fn groups(&self, place: usize) -> &Groups {
        match &self.others[place].kind {
            Kind::Hash(groups) => groups,
            Kind::Ordered(_) | Kind::OrderedPair(_) => unreachable!("an ordered index keeps no hashes"),
        }
    }
}

fn first(key: OrderKey) -> u64 {
    key[0]
}

/// Slots that a lookup answers.
#[derive(Clone)]
#[expect(unnameable_types, reason = "only the planner walks it")]
pub struct IndexSlots<'a>(Inner<'a>);

#[derive(Clone)]
enum Inner<'a> {
    Unique(WithHash<'a, u32>),
    Group(Slots<'a>),
    Ordered(OrderedEntries<'a>),
}

impl Iterator for IndexSlots<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        match &mut self.0 {
            Inner::Unique(slots) => slots.next().copied(),
            Inner::Group(slots) => slots.next(),
            Inner::Ordered(entries) => entries.next().map(|(_, slot)| slot),
        }
    }
}

/// Keys and slots of an ordered index; the second number of a key is zero where the index has one field.
#[derive(Clone)]
#[expect(unnameable_types, reason = "only the planner walks it")]
pub struct OrderedEntries<'a>(Width<'a>);

#[derive(Clone)]
enum Width<'a> {
    One(Walk<'a, u64>),
    Two(Walk<'a, OrderKey>),
}

impl Iterator for OrderedEntries<'_> {
    type Item = (OrderKey, u32);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Width::One(walk) => walk.next().map(|(key, slot)| ([key, 0], slot)),
            Width::Two(walk) => walk.next(),
        }
    }
}

impl DoubleEndedIterator for OrderedEntries<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Width::One(walk) => walk.next_back().map(|(key, slot)| ([key, 0], slot)),
            Width::Two(walk) => walk.next_back(),
        }
    }
}
