//! Digests: equal for equal states whatever their history, and a way to find where two states differ (I6, I8).

use std::hash::BuildHasher as _;
use std::process::Command;

use relarena::prelude::*;

use crate::determinism::{World, next_ids, play};
use crate::support::{Dice, Outcome, give_up, sound};

/// Neither `Hash` nor `FieldValue`, so that no digest covers it.
#[derive(Clone)]
struct Cache(#[expect(dead_code, reason = "it is there to be different")] f32);

#[derive(Model, Clone)]
#[many_to_many(FRIENDS: Unit, symmetrical)]
struct Unit {
    x: f32,
    name: String,
    armour: Vec<u8>,
    cache: Cache,
    #[foreign_key(on_delete = set_with, reverse = FOLLOWERS)]
    leader: Option<Id<Unit>>,
}

#[derive(Schema)]
struct Game {
    units: Table<Unit>,
}

type Change = fn(&mut Store<Game>, Id<Unit>, Id<Unit>) -> Outcome;

fn unit(name: &str) -> Unit {
    Unit { x: 0.5, name: name.into(), armour: vec![1, 2], cache: Cache(0.0), leader: None }
}

#[test]
fn equal_states_have_equal_digests_whatever_their_history() -> Outcome {
    let (mut one, mut other) = (Store::<Game>::new(), Store::<Game>::new());
    let (a, b) = (one.insert(unit("a"))?, one.insert(unit("b"))?);
    one.link(a, Unit::FRIENDS, b)?;
    other.insert_many([unit("x"), unit("b")])?;
    other.set(a, Unit::NAME, "a".into())?;
    other.link(b, Unit::FRIENDS, a)?;
    assert_eq!(one.digest(), other.digest());
    Ok(())
}

#[test]
fn every_covered_part_of_the_state_changes_the_digest() -> Outcome {
    let mut db = Store::<Game>::new();
    let (a, b) = (db.insert(unit("a"))?, db.insert(unit("b"))?);
    let changes: [Change; 7] = [
        |db, a, _| db.set(a, Unit::X, -0.5),
        |db, a, _| db.set(a, Unit::NAME, "c".into()),
        |db, a, _| db.set(a, Unit::ARMOUR, vec![1]),
        |db, a, b| db.set(a, Unit::LEADER, Some(b)),
        |db, a, b| db.link(a, Unit::FRIENDS, b).map(drop),
        |db, a, _| db.delete(a).map(drop),
        |db, a, _| db.set_substitute(Unit::LEADER, Some(a)),
    ];
    let mut seen = vec![db.digest()];
    for change in changes {
        db.transaction(|tx| {
            change(tx, a, b)?;
            assert!(!seen.contains(&tx.digest()), "change {}", seen.len());
            seen.push(tx.digest());
            give_up::<()>()
        })
        .expect_err("each change is rolled back");
        assert_eq!(db.digest(), seen[0]);
    }
    Ok(())
}

#[test]
fn a_field_with_neither_hash_nor_value_is_not_covered() -> Outcome {
    let mut db = Store::<Game>::new();
    let a = db.insert(unit("a"))?;
    let before = db.digest();
    db.set(a, Unit::CACHE, Cache(9.0))?;
    assert_eq!(db.digest(), before);
    Ok(())
}

#[test]
fn two_peers_find_the_row_in_which_they_differ() -> Outcome {
    let mut here = Store::<Game>::new();
    let ids = here.insert_many(["a", "b", "c"].map(unit))?;
    let mut there = here.clone();
    there.set(ids[1], Unit::NAME, "B".into())?;
    let differs = |id: &&Id<Unit>| here.digest_row(**id) != there.digest_row(**id);
    assert_eq!(ids.iter().filter(differs).collect::<Vec<_>>(), [&ids[1]]);
    there.delete(ids[2])?;
    assert_eq!(there.digest_row(ids[2]), None);
    Ok(())
}

#[test]
fn going_back_restores_the_digest() -> Outcome {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(71));
    for _ in 0..30 {
        play(&mut db, &mut dice, 40);
        let (before, checkpoint) = (db.digest(), db.checkpoint()?);
        let fork = db.fork()?;
        play(&mut db, &mut dice, 40);
        db.rewind(checkpoint)?;
        db.forget(checkpoint)?;
        assert_eq!((db.digest(), fork.digest()), (before, before));
    }
    Ok(())
}

/// Set for the second process: tells its states instead of comparing them.
const TELLS: &str = "RELARENA_TELLS_ITS_STATES";
/// The test's own name, by which the second process finds it.
const NAME: &str = "digests::a_hundred_thousand_calls_come_to_the_recorded_states_in_every_process_and_build";
/// What each thousandth call comes to. Where a change of the rules, or of an order that they see, is meant to change it:
/// `RELARENA_TELLS_ITS_STATES=1 cargo test --test behaviour hundred_thousand -- --nocapture | grep ^after`.
const RECORDED: &str = include_str!("recorded_states.txt");

/// Plays 100,000 calls: most by themselves, some in transactions that may fail, some that are rewound.
fn states_of_a_hundred_thousand_calls() -> Outcome<Vec<String>> {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(101));
    let mut states = Vec::new();
    for thousand in 1..=100 {
        play(&mut db, &mut dice, 800);
        // It ends as it may: what dangles undoes it.
        let _ = db.transaction(|tx| Ok(play(tx, &mut dice, 50)));
        db.rehearse(|tx| Ok(play(tx, &mut dice, 50)))?;
        let checkpoint = db.checkpoint()?;
        play(&mut db, &mut dice, 100);
        if thousand % 2 == 0 {
            db.rewind(checkpoint)?;
        }
        db.forget(checkpoint)?;
        states.push(format!("after {thousand},000: {:016x}, next {}", db.digest(), next_ids(&db)));
    }
    sound(&db);
    Ok(states)
}

/// A number that follows from the seeds which the hash tables of the next store get.
fn seed() -> u64 {
    foldhash::fast::RandomState::default().hash_one("seed")
}

/// I8, between two processes, whose hash tables have other seeds, and with every process and build that ever ran this.
#[test]
fn a_hundred_thousand_calls_come_to_the_recorded_states_in_every_process_and_build() -> Outcome {
    if std::env::var_os(TELLS).is_some() {
        // One seed more than the other process has drawn, so that all that follow differ even at equal addresses.
        seed();
        println!("\nseed {}", seed());
        states_of_a_hundred_thousand_calls()?.iter().for_each(|state| println!("{state}"));
        return Ok(());
    }
    let mut other = Command::new(std::env::current_exe().expect("a running program has a path"));
    let other = other.args(["--exact", NAME, "--nocapture"]).env(TELLS, "1");
    let (here, told, seed) = std::thread::scope(|scope| {
        let told = scope.spawn(|| other.output().expect("a test can start itself again").stdout);
        let seed = format!("seed {}", seed());
        (states_of_a_hundred_thousand_calls(), told.join().expect("the other process ends"), seed)
    });
    let (here, told) = (here?, String::from_utf8(told).expect("states are text"));
    let there: Vec<&str> = told.lines().filter(|line| line.starts_with("after ")).collect();
    assert!(
        told.lines().any(|line| line.starts_with("seed ") && line != seed),
        "the other process has seeds of its own"
    );
    assert_eq!(here, there, "two processes differ");
    assert_eq!(here, RECORDED.lines().collect::<Vec<_>>(), "this build differs from those before");
    Ok(())
}
