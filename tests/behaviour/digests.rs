//! Digests: equal for equal states whatever their history, and a way to find where two states differ (I6, I8).

use relarena::prelude::*;

use crate::determinism::{World, play, whole};
use crate::support::{Dice, Outcome, give_up};

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

/// What 10,000 random calls come to, every thousandth: recorded once, so that each run compares its process, its hasher seeds
/// and its build with another's. A change of the rules, or of an order that they see, changes it and says so here.
#[test]
fn ten_thousand_calls_come_to_the_recorded_states_in_every_process_and_build() {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(101));
    let digests: Vec<u64> = (0..10)
        .map(|_| {
            play(&mut db, &mut dice, 1_000);
            db.digest()
        })
        .collect();
    assert_eq!(digests, RECORDED);
    assert_eq!(whole(&db).1, "(Agent#141v7, House#571v1, Town#535v1, Skill#534v1)");
}

const RECORDED: [u64; 10] = [
    6_288_559_075_053_495_173,
    8_790_674_565_718_244_250,
    724_996_105_273_769_098,
    2_818_845_565_196_668_879,
    10_991_541_699_756_151_362,
    14_993_026_137_844_214_525,
    7_526_494_141_846_829_480,
    16_122_924_176_809_434_378,
    6_233_219_960_647_675_974,
    1_197_406_740_655_605_030,
];
