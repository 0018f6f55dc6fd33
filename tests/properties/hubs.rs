//! Rows with many links, where pairs are found by hash and not by scanning: more than 32 on both ends.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use relarena::prelude::*;

use crate::schema::{Club, Person, Tag, World};
use crate::snapshot::Snapshot;

/// Rows of each kind: more than the store scans, few enough to meet often.
const ROWS: usize = 48;

/// A change of the links of clubs with tags or, symmetrical, of persons with each other.
#[derive(Clone, Debug)]
enum Step {
    Link {
        friends: bool,
        here: usize,
        there: usize,
    },
    Unlink {
        friends: bool,
        here: usize,
        there: usize,
    },
    /// Makes the links of a row a range.
    Set {
        friends: bool,
        here: usize,
        from: usize,
        count: usize,
    },
    /// Deletes a tag with its links, and puts a new one in its place.
    Renew {
        tag: usize,
    },
}

type Pairs = BTreeSet<(bool, usize, usize)>;

/// What the store ought to hold.
#[derive(Clone)]
struct Hubs {
    persons: Vec<Id<Person>>,
    clubs: Vec<Id<Club>>,
    tags: Vec<Id<Tag>>,
    pairs: Pairs,
}

fn tag() -> Tag {
    Tag { label: 0, note: String::new(), source: None, above: None, about: None, by: None }
}

impl Hubs {
    /// All linked with all, so that every list is long.
    fn new(db: &mut Store<World>) -> Result<Self, Error> {
        let nobody = Person { name: 0, nick: None, age: None, parent: None, mentor: None, boss: None, home: None };
        let numbers = 0..u8::try_from(ROWS).expect("a small number");
        let persons = db.insert_many(numbers.clone().map(|name| Person { name, ..nobody.clone() }))?;
        let (owner, guest) = (persons[0], persons[0]);
        let clubs = db.insert_many(numbers.map(|title| Club { title, open: false, owner, deputy: None, guest }))?;
        let tags = db.insert_many((0..ROWS).map(|_| tag()))?;
        let mut hubs = Self { persons, clubs, tags, pairs: Pairs::new() };
        for here in 0..ROWS {
            hubs.take(db, &Step::Set { friends: false, here, from: 0, count: ROWS })?;
            hubs.take(db, &Step::Set { friends: true, here, from: 0, count: ROWS })?;
        }
        Ok(hubs)
    }

    fn take(&mut self, db: &mut Store<World>, step: &Step) -> Result<(), Error> {
        let (persons, clubs, tags) = (&self.persons, &self.clubs, &mut self.tags);
        match *step {
            Step::Link { friends: true, here, there } => {
                let new = db.link(persons[here], Person::FRIENDS, persons[there])?;
                assert_eq!(new, insert(&mut self.pairs, true, here, there));
            }
            Step::Link { friends: false, here, there } => {
                assert_eq!(db.link(tags[there], Tag::CARRIERS, clubs[here])?, self.pairs.insert((false, here, there)));
            }
            Step::Unlink { friends: true, here, there } => {
                let old = db.unlink(persons[here], Person::FRIENDS, persons[there])?;
                assert_eq!(old, remove(&mut self.pairs, true, here, there));
            }
            Step::Unlink { friends: false, here, there } => {
                assert_eq!(db.unlink(clubs[here], Club::TAGS, tags[there])?, self.pairs.remove(&(false, here, there)));
            }
            Step::Set { friends, here, from, count } => {
                let range: BTreeSet<usize> = (from..from + count).map(|place| place % ROWS).collect();
                if friends {
                    db.set_links(persons[here], Person::FRIENDS, range.iter().map(|&place| persons[place]))?;
                } else {
                    db.set_links(clubs[here], Club::TAGS, range.iter().map(|&place| tags[place]))?;
                }
                for there in 0..ROWS {
                    let change = if range.contains(&there) { insert } else { remove };
                    change(&mut self.pairs, friends, here, there);
                }
            }
            Step::Renew { tag: place } => {
                let carriers = self.pairs.iter().filter(|pair| !pair.0 && pair.2 == place).count();
                assert_eq!(db.delete(tags[place])?.total, carriers + 1);
                tags[place] = db.insert(tag())?;
                self.pairs.retain(|pair| pair.0 || pair.2 != place);
            }
        }
        Ok(())
    }

    fn check(&self, db: &View<World>) {
        assert_eq!(db.audit(), []);
        for (friends, here, there) in (0..ROWS).flat_map(|here| (0..ROWS).map(move |there| (true, here, there))) {
            let linked = db.linked(self.persons[here], Person::FRIENDS, self.persons[there]);
            assert_eq!(linked, self.pairs.contains(&(friends, here, there)));
            let linked = db.linked(self.clubs[here], Club::TAGS, self.tags[there]);
            assert_eq!(linked, self.pairs.contains(&(false, here, there)));
        }
    }
}

fn insert(pairs: &mut Pairs, friends: bool, here: usize, there: usize) -> bool {
    let new = pairs.insert((friends, here, there));
    if friends {
        pairs.insert((friends, there, here));
    }
    new
}

fn remove(pairs: &mut Pairs, friends: bool, here: usize, there: usize) -> bool {
    let removed = pairs.remove(&(friends, here, there));
    if friends {
        pairs.remove(&(friends, there, here));
    }
    removed
}

fn step() -> impl Strategy<Value = Step> {
    let pair = || (any::<bool>(), 0..ROWS, 0..ROWS);
    prop_oneof![
        4 => pair().prop_map(|(friends, here, there)| Step::Link { friends, here, there }),
        8 => pair().prop_map(|(friends, here, there)| Step::Unlink { friends, here, there }),
        2 => (pair(), 20..ROWS).prop_map(|((friends, here, from), count)| Step::Set { friends, here, from, count }),
        1 => (0..ROWS).prop_map(|tag| Step::Renew { tag }),
    ]
}

proptest! {
    #![proptest_config(crate::cases(24))]

    /// I3 and I6 where lists are long.
    #[test]
    fn links_of_hubs_agree_with_a_set_of_pairs(blocks in vec((vec(step(), 0..120), any::<bool>()), 1..6)) {
        let mut db = Store::new();
        let mut hubs = Hubs::new(&mut db).expect("the fixture breaks no rule");
        for (steps, commits) in blocks {
            let (before, old) = (Snapshot::of(&db), hubs.clone());
            let ended = db.transaction(|tx| {
                steps.iter().try_for_each(|step| hubs.take(tx, step))?;
                if commits { Ok(()) } else { Err(Error::other("roll back")) }
            });
            prop_assert_eq!(ended.is_ok(), commits);
            if !commits {
                hubs = old;
                prop_assert!(Snapshot::of(&db) == before, "a rollback left a trace");
            }
            hubs.check(&db);
        }
    }
}
