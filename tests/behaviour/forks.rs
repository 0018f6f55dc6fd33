//! Forks and snapshots share pages, and never each other's writes (I9).

use relarena::prelude::*;

use crate::determinism::{World, play, whole};
use crate::support::{Dice, Outcome, sound};

#[test]
fn a_fork_and_its_origin_never_see_each_others_writes() -> Outcome {
    let (mut origin, mut dice) = (Store::<World>::new(), Dice(51));
    for _ in 0..25 {
        play(&mut origin, &mut dice, 60);
        let (mut fork, before) = (origin.fork()?, whole(&origin));
        play(&mut fork, &mut dice, 60);
        assert_eq!(whole(&origin), before);
        let forked = whole(&fork);
        play(&mut origin, &mut dice, 60);
        assert_eq!(whole(&fork), forked);
        sound(&fork);
        sound(&origin);
    }
    Ok(())
}

#[test]
fn a_fork_goes_on_as_its_origin_would() -> Outcome {
    let (mut origin, mut dice) = (Store::<World>::new(), Dice(53));
    for _ in 0..25 {
        play(&mut origin, &mut dice, 40);
        let (mut fork, mut same_dice) = (origin.fork()?, Dice(dice.0));
        assert_eq!(play(&mut fork, &mut same_dice, 40), play(&mut origin, &mut dice, 40));
        assert_eq!(whole(&fork), whole(&origin));
    }
    Ok(())
}

#[test]
fn forks_of_forks_outlive_their_origin() -> Outcome {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(57));
    for _ in 0..30 {
        play(&mut db, &mut dice, 30);
        let before = whole(&db);
        let fork = db.fork()?;
        play(&mut db, &mut dice, 10);
        db = fork;
        assert_eq!(whole(&db), before);
        sound(&db);
    }
    Ok(())
}

#[test]
fn history_goes_back_over_a_fork() -> Outcome {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(59));
    for _ in 0..30 {
        play(&mut db, &mut dice, 30);
        let (checkpoint, before) = (db.checkpoint()?, whole(&db));
        play(&mut db, &mut dice, 30);
        let (fork, forked) = (db.fork()?, whole(&db));
        play(&mut db, &mut dice, 30);
        db.rewind(checkpoint)?;
        assert_eq!(whole(&db), before);
        assert_eq!(whole(&fork), forked);
        sound(&db);
        sound(&fork);
    }
    Ok(())
}

#[test]
fn a_snapshot_stays_as_it_was_and_can_be_gone_on_from() -> Outcome {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(61));
    play(&mut db, &mut dice, 200);
    let (snapshot, before) = (db.snapshot()?, whole(&db));
    play(&mut db, &mut dice, 200);
    let (mut one, other) = (snapshot.to_store(), snapshot.to_store());
    assert_eq!((whole(&one), whole(&other)), (before.clone(), before.clone()));
    play(&mut one, &mut dice, 200);
    assert_eq!(whole(&other), before);
    sound(&one);
    sound(&snapshot);
    Ok(())
}

#[test]
fn snapshots_and_stores_can_be_sent_and_shared() {
    fn check<T: Send + Sync>() {}
    check::<Store<World>>();
    check::<relarena::Snapshot<World>>();
}
