//! Looking rows up in the indexes of a table: how many there are, and which.
//!
//! Answers slots by hash or key alone; whoever asks compares the rows, since values of equal hashes or keys may differ.

use core::ops::Bound;

use super::indexes::{Indexes, Kind};
use crate::arena::buckets::Probe;
use crate::arena::groups::{Groups, Slots};
use crate::arena::in_order::InOrder;
use crate::arena::ordered::{RunSlots, Walk};
use crate::model::OrderKey;

/// Which index of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IndexPlace {
    /// That of the unique rule of this place.
    Unique(usize),
    /// The one of this place among the model's indexes.
    Index(usize),
}

/// What is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IndexLookup {
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
                Inner::Ordered(self.entries(place, &lower, &upper))
            }
            (IndexPlace::Index(place), IndexLookup::Hash(hash)) => Inner::Group(self.groups(place).slots(hash)),
            (IndexPlace::Unique(_), IndexLookup::Range { .. }) => unreachable!("a unique rule keeps no order"),
        })
    }

    /// The slots with a hash that satisfy a test, in slot order, if no more than so many have the hash. O(1) expected and
    /// O(slots), and O(slots × log slots) where rows have gone.
    #[inline]
    pub(super) fn in_order(
        &self,
        index: IndexPlace,
        hash: u32,
        most: usize,
        holds: impl Fn(u32) -> bool,
    ) -> Option<InOrder<'_>> {
        match index {
            IndexPlace::Unique(place) => Some(InOrder::one(self.uniques[place].find(hash, holds))),
            IndexPlace::Index(place) => {
                let groups = self.groups(place);
                if let Some(slots) = groups.short(hash)
                    && slots.len() <= most
                    && slots.iter().all(|&slot| holds(slot))
                {
                    return Some(InOrder::listed(slots));
                }
                let runs = groups.runs(hash);
                (runs.words() <= most).then(|| InOrder::of_list(runs, holds))
            }
        }
    }

    /// The slots with a hash, in slot order: long groups stand in an order in which hashes have a say, and those are
    /// seeded (I8). O(1) expected, and O(slots × log slots) if they are many.
    #[inline]
    pub(super) fn group(&self, index: usize, hash: u32) -> InOrder<'_> {
        let groups = self.groups(index);
        match groups.short(hash) {
            Some(slots) => InOrder::listed(slots),
            None => InOrder::sorted(groups.slots(hash)),
        }
    }

    /// The keys and slots within bounds of an ordered index, from both ends, by key, then by slot. O(log rows), then O(1)
    /// for each.
    pub(super) fn entries(&self, index: usize, lower: &Bound<OrderKey>, upper: &Bound<OrderKey>) -> OrderedEntries<'_> {
        OrderedEntries(match &self.others[index].kind {
            Kind::Ordered(index) => {
                Width::One(index.range(lower.as_ref().map(|key| key[0]), upper.as_ref().map(|key| key[0])))
            }
            Kind::OrderedPair(index) => Width::Two(index.range(*lower, *upper)),
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
pub(crate) struct IndexSlots<'a>(Inner<'a>);

#[derive(Clone)]
enum Inner<'a> {
    Unique(Probe<'a, u32, 7>),
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
pub(crate) struct OrderedEntries<'a>(Width<'a>);

#[derive(Clone)]
enum Width<'a> {
    One(Walk<'a, u64>),
    Two(Walk<'a, OrderKey>),
}

impl OrderedEntries<'_> {
    /// Passes entries that lie side by side to `take`, from either end, so many at most; answers how many, none at the end.
    /// O(entries).
    #[inline]
    pub(crate) fn take_run(
        &mut self,
        from_back: bool,
        most: usize,
        mut take: impl FnMut(usize, OrderKey, u32),
    ) -> usize {
        match &mut self.0 {
            Width::One(walk) => walk.take_run(from_back, most, |place, key, slot| take(place, [key, 0], slot)),
            Width::Two(walk) => walk.take_run(from_back, most, take),
        }
    }
}

impl<'a> OrderedEntries<'a> {
    /// The slots of the first entries from an end, so many at most, if these lie side by side in an index of one field, and
    /// no two of them, nor the one after them, share a key. O(entries).
    #[inline]
    pub(crate) fn distinct_run(&self, from_back: bool, most: usize) -> Option<RunSlots<'a>> {
        match &self.0 {
            Width::One(walk) => walk.clone().distinct_run(from_back, most),
            Width::Two(_) => None,
        }
    }

    /// The slot of the first entry from an end. O(1).
    pub(crate) fn first(&self, from_back: bool) -> Option<u32> {
        let mut entries = self.clone();
        if from_back { entries.next_back() } else { entries.next() }.map(|(_, slot)| slot)
    }

    /// Puts the slots of entries that lie side by side into `slots`, from either end, as many as there is room for at most;
    /// answers how many, none at the end. `last` is the key of the entry before the first, and then of the last; `note` is called
    /// with the place of each that has the key of the one before, of two numbers only the first if it is not `is_pair`. O(entries).
    #[inline]
    pub(crate) fn take_slots(
        &mut self,
        (from_back, is_pair): (bool, bool),
        slots: &mut [u32],
        last: &mut Option<OrderKey>,
        note: &mut dyn FnMut(usize),
    ) -> usize {
        match &mut self.0 {
            Width::One(walk) => {
                let mut key = last.map(first);
                let count = walk.take_slots(from_back, slots, &mut key, |one, other| one == other, note);
                *last = key.map(|key| [key, 0]);
                count
            }
            Width::Two(walk) if is_pair => walk.take_slots(from_back, slots, last, |one, other| one == other, note),
            Width::Two(walk) => walk.take_slots(from_back, slots, last, |one, other| one[0] == other[0], note),
        }
    }
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

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::string::{String, ToString as _};
    use alloc::vec::Vec;
    use core::hash::Hash;
    use core::ops::RangeBounds as _;

    use super::*;
    use crate::prelude::*;
    use crate::table::{ErasedTable, Tables as _};
    use crate::{OrderedValue as _, Value};

    #[derive(Model, Clone)]
    #[unique_together(number, key)]
    #[index(name, age)]
    #[index(ordered(age, name))]
    struct Person {
        #[unique]
        number: u32,
        #[index]
        #[index(ordered)]
        name: String,
        #[index(ordered)]
        age: Option<i16>,
        #[foreign_key(on_delete = cascade)]
        key: Option<Id<Person>>,
    }

    #[derive(Schema)]
    struct World {
        people: Table<Person>,
    }

    const BY_NAME: IndexPlace = IndexPlace::Index(0);
    const NAME_ORDER: usize = 1;
    const AGE_ORDER: usize = 2;
    const BY_NAME_AND_AGE: IndexPlace = IndexPlace::Index(3);
    const AGE_AND_NAME_ORDER: usize = 4;

    fn name(seed: u32) -> String {
        ["Ann", "Bob", "Bobby-Joe A", "Bobby-Joe B", ""][seed as usize % 5].to_string()
    }

    /// Three thousand rows, of which some have moved and gone.
    fn world() -> Store<World> {
        let mut db = Store::<World>::new();
        let person = |number: u32| {
            let age = (!number.is_multiple_of(7)).then(|| (number / 3 % 100) as i16 - 50);
            Person { number, name: name(number / 11), age, key: None }
        };
        let ids = db.insert_many((0..3_000).map(person)).expect("numbers differ");
        db.update_many(ids.iter().copied().step_by(5), |_, person| person.age = person.age.map(|age| -age))
            .expect("no rule is broken");
        db.delete_many(ids.iter().copied().step_by(9)).expect("nothing refers to them");
        db.update(ids[1], |person| person.key = Some(ids[2])).expect("the row is there");
        db
    }

    fn table(db: &Store<World>) -> &dyn ErasedTable {
        db.tables.table(0)
    }

    fn scan(db: &Store<World>, holds: impl Fn(&Person) -> bool) -> BTreeSet<u32> {
        db.rows::<Person>().filter(|person| holds(person)).map(|person| person.id().slot()).collect()
    }

    /// What an index answers, with its count checked.
    fn found(db: &Store<World>, index: IndexPlace, lookup: IndexLookup) -> Vec<u32> {
        let slots: Vec<u32> = table(db).index_slots(index, &lookup).collect();
        assert_eq!(slots.len(), table(db).index_count(index, &lookup));
        slots
    }

    /// The hash under which a value is indexed, of several fields that of their tuple.
    fn hash_of<Q: Hash + ?Sized>(rows: &Table<Person>, value: &Q) -> u32 {
        rows.common.hash_by(|state| value.hash(state))
    }

    fn by_hash(db: &Store<World>, index: IndexPlace, hash: u32) -> BTreeSet<u32> {
        found(db, index, IndexLookup::Hash(hash)).into_iter().collect()
    }

    #[test]
    fn a_hash_leads_to_the_rows_of_its_value() {
        let db = world();
        let rows = &db.tables.people;
        for wanted in (0..5).map(name).chain(["Cleo".to_string()]) {
            let expected = scan(&db, |person| person.name == wanted);
            assert_eq!(by_hash(&db, BY_NAME, hash_of(rows, wanted.as_str())), expected);
            for age in [-50, -3, 0, 7, 49, 50] {
                let expected = scan(&db, |person| person.name == wanted && person.age == Some(age));
                assert_eq!(by_hash(&db, BY_NAME_AND_AGE, hash_of(rows, &(wanted.as_str(), age))), expected);
            }
        }
        for number in [0, 1, 2, 500, 2_999, 3_000] {
            let expected = scan(&db, |person| person.number == number);
            assert_eq!(by_hash(&db, IndexPlace::Unique(0), hash_of(rows, &number)), expected);
        }
    }

    #[test]
    fn a_range_leads_to_the_rows_within_it_in_order_from_both_ends() {
        let db = world();
        let key = |age: i16| [age.order_key(), 0];
        for (lower, upper) in [
            (Bound::Unbounded, Bound::Unbounded),
            (Bound::Included(-3), Bound::Excluded(12)),
            (Bound::Excluded(-3), Bound::Included(12)),
            (Bound::Included(12), Bound::Included(12)),
            (Bound::Included(12), Bound::Included(3)),
            (Bound::Excluded(12), Bound::Unbounded),
        ] {
            let mut expected: Vec<_> =
                db.rows::<Person>().filter_map(|row| Some((row.age?, row.id().slot()))).collect();
            expected.retain(|(age, _)| (lower, upper).contains(age));
            expected.sort_unstable();
            let (lower, upper) = (lower.map(key), upper.map(key));
            let slots = found(&db, IndexPlace::Index(AGE_ORDER), IndexLookup::Range { lower, upper });
            assert!(slots.into_iter().eq(expected.iter().map(|&(_, slot)| slot)));
            let entries = table(&db).index_entries(AGE_ORDER, &lower, &upper);
            assert!(entries.clone().eq(expected.iter().map(|&(age, slot)| (key(age), slot))));
            assert!(entries.rev().eq(expected.iter().rev().map(|&(age, slot)| (key(age), slot))));
        }
    }

    #[test]
    fn rows_of_one_key_stand_together_however_long_their_texts_are() {
        let db = world();
        let all = table(&db).index_entries(NAME_ORDER, &Bound::Unbounded, &Bound::Unbounded);
        let mut expected: Vec<_> =
            db.rows::<Person>().map(|row| ([row.name.order_key(), 0], row.id().slot())).collect();
        expected.sort_unstable();
        assert!(all.eq(expected));
        assert_eq!(Person::DESCRIPTOR.indexes[NAME_ORDER].exact, 0);
        assert_eq!(Person::DESCRIPTOR.indexes[AGE_AND_NAME_ORDER].exact, 1);
        let (lower, upper) = ([7_i16.order_key(), 0], [7_i16.order_key(), u64::MAX]);
        let range = IndexLookup::Range { lower: Bound::Included(lower), upper: Bound::Included(upper) };
        let slots = found(&db, IndexPlace::Index(AGE_AND_NAME_ORDER), range);
        assert_eq!(slots.into_iter().collect::<BTreeSet<_>>(), scan(&db, |person| person.age == Some(7)));
    }

    #[test]
    fn a_value_by_name_is_keyed_as_a_typed_one() {
        let db = world();
        let (rows, erased) = (&db.tables.people, table(&db));
        let hash = |fields: &[u16], values: &[Value]| erased.hash_named(fields, values);
        assert_eq!(hash(&[1], &["Bob".into()]), Ok(Some(hash_of(rows, "Bob"))));
        assert_eq!(hash(&[1, 2], &["Bob".into(), 7.into()]), Ok(Some(hash_of(rows, &("Bob", 7_i16)))));
        assert_eq!(hash(&[1, 2], &["Bob".into(), Value::Null]), Ok(None));
        assert!(hash(&[2], &["Bob".into()]).is_err() && hash(&[2], &[100_000.into()]).is_err());
        assert_eq!(erased.order_named(2, 7.into()), Ok(Some(7_i16.order_key())));
        assert_eq!(erased.order_named(2, Value::Null), Ok(None));
        assert!(erased.order_named(1, 7.into()).is_err());
        let ids: Vec<_> = db.rows::<Person>().ids();
        let (source, target) = (ids[0], db[ids[0]].key.expect("the first row's key is set"));
        let named = hash(&[0, 3], &[db[source].number.into(), db.key_of(target).into()]);
        let hash = named.expect("the values fit").expect("none is null");
        assert_eq!(by_hash(&db, IndexPlace::Unique(1), hash), BTreeSet::from([source.slot()]));
        assert_eq!(Person::AGE.reads.keys.order.map(|order| order(&7)), Some(7_i16.order_key()));
        let typed = Person::NAME.field().reads.keys.hash.expect("the field has a hash index");
        assert_eq!(rows.common.hash_by(|state| typed(&"Bob".to_string(), state)), hash_of(rows, "Bob"));
        assert!(Person::NUMBER.field().reads.keys.order.is_none());
    }
}
