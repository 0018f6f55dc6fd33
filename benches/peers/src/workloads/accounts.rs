//! Users with a unique name, in a store with a history of removals.

use super::passes;
use crate::contestants::Accounts;
use crate::measure::Recorder;
use crate::shape::{Random, STEPS, Texts, fold};

/// The names and orders of one size.
pub struct Shape {
    size: usize,
    names: Texts,
    removed: Vec<usize>,
    /// Names that are there, in random order.
    wanted: Texts,
    wanted_count: usize,
}

impl Shape {
    /// The shape of a store with `size` users.
    pub fn new(size: usize) -> Self {
        let mut random = Random::new(4);
        let early = size + size / 10;
        let mut removed = random.shuffled(early);
        removed.truncate(size / 5);
        let mut is_there = vec![true; early];
        for &place in &removed {
            is_there[place] = false;
        }
        let mut wanted: Vec<usize> = random.shuffled(early);
        wanted.retain(|&place| is_there[place]);
        wanted.truncate(STEPS);
        let wanted_count = wanted.len();
        Self {
            size,
            names: Texts::of(0..size + size / 5 + size),
            removed,
            wanted: Texts::of(wanted.into_iter()),
            wanted_count,
        }
    }
}

/// Runs the wanted workloads once, on one store.
pub fn run<A: Accounts>(shape: &Shape, recorder: &mut Recorder<'_>) {
    let mut db = A::empty();
    db.begin();
    let early = shape.size + shape.size / 10;
    let insert = |db: &mut A, number: usize| db.insert_user(shape.names.at(number), number as u32);
    let users: Vec<A::User> = (0..early).filter_map(|number| insert(&mut db, number)).collect();
    for &place in &shape.removed {
        db.delete_user(users[place]);
    }
    let late = early + shape.size / 10;
    assert!((early..late).all(|number| insert(&mut db, number).is_some()), "all names differ");
    db.end();
    db.begin();
    if recorder.wants("find_unique") {
        let passes = passes(shape.wanted_count);
        recorder.measure("find_unique", passes * shape.wanted_count, || {
            (0..passes * shape.wanted_count).fold(0, |sum, step| {
                let karma = db.karma_of(shape.wanted.at(step % shape.wanted_count));
                fold(sum, karma.map_or(7, u64::from))
            })
        });
    }
    if recorder.wants("insert_unique") {
        recorder.measure("insert_unique", shape.size, || {
            (late..late + shape.size).filter(|&number| insert(&mut db, number).is_some()).count() as u64
        });
    }
    db.end();
}
