//! The change feed: what turns one state into another, netted, applied elsewhere, and true over rewinds and undos (I6, I9).

use relarena::prelude::*;
use relarena::{ChangedRow, Changes};

use crate::determinism::{World, next_ids, turmoil};
use crate::support::{Dice, Outcome, dump, give_up, sound};

#[derive(Model, Clone, Debug, PartialEq)]
#[many_to_many(FRIENDS: Agent, symmetrical)]
#[many_to_many(CLUBS: Club, reverse = MEMBERS)]
struct Agent {
    #[unique]
    name: String,
    mood: f64,
    #[foreign_key(on_delete = set_null, reverse = PUPILS)]
    mentor: Option<Id<Agent>>,
    #[one_to_one(on_delete = set_null, reverse = RIVAL_OF)]
    rival: Option<Id<Agent>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
struct Club {
    #[foreign_key(on_delete = set_default, reverse = LEADS)]
    leader: Option<Id<Agent>>,
}

#[derive(Schema)]
struct Town {
    agents: Table<Agent>,
    clubs: Table<Club>,
}

fn agent(name: &str) -> Agent {
    Agent { name: name.into(), mood: 0.0, mentor: None, rival: None }
}

fn texts<S: Schema>(changes: &Changes<S>) -> Vec<String> {
    changes.iter().map(|change| format!("{change:?}")).collect()
}

fn sorted<S: Schema>(changes: &Changes<S>) -> Vec<String> {
    let mut texts = texts(changes);
    texts.sort();
    texts
}

/// The changes of a random program lead from a copy of the store before it to the store after it, and back.
fn assert_leads<S: Schema>(before: &Store<S>, changes: &Changes<S>, after: &Store<S>) -> Outcome {
    let mut copy = before.clone();
    copy.apply(changes)?;
    sound(&copy);
    assert_eq!((copy.digest(), next_ids(&copy)), (after.digest(), next_ids(after)));
    copy.apply(&changes.clone().inverse())?;
    sound(&copy);
    assert_eq!((copy.digest(), next_ids(&copy)), (before.digest(), next_ids(before)));
    Ok(())
}

#[test]
fn a_list_tells_rows_links_and_substitutes_in_order() -> Outcome {
    let mut db = Store::<Town>::new();
    let (ann, bob, cleo) = (db.insert(agent("ann"))?, db.insert(agent("bob"))?, db.insert(agent("cleo"))?);
    let club = db.insert(Club { leader: Some(ann) })?;
    db.link(ann, Agent::CLUBS, club)?;
    let mark = db.mark()?;
    db.set(bob, Agent::MENTOR, Some(ann))?;
    db.unlink(ann, Agent::CLUBS, club)?;
    let dora = db.insert(agent("dora"))?;
    db.link(dora, Agent::FRIENDS, ann)?;
    db.delete(cleo)?;
    db.set_substitute(Club::LEADER, Some(bob))?;
    assert_eq!(
        texts(&db.changes_since(mark)?),
        [
            "updated Agent#1v1: mentor null -> Agent#0v1",
            "inserted Agent#3v1: name \"dora\", mood 0, mentor null, rival null",
            "deleted Agent#2v1: name \"cleo\", mood 0, mentor null, rival null",
            "unlinked Agent.clubs: Agent#0v1 with Club#0v1",
            "linked Agent.friends: Agent#0v1 with Agent#3v1",
            "substitute of Club.leader: None -> Some(Some(Agent#1v1))",
        ]
    );
    Ok(())
}

#[test]
fn what_is_done_and_undone_again_is_no_change() -> Outcome {
    let mut db = Store::<Town>::new();
    let (ann, club) = (db.insert(agent("ann"))?, db.insert(Club { leader: None })?);
    let mark = db.mark()?;
    db.set(ann, Agent::MOOD, 1.5)?;
    db.set(ann, Agent::MOOD, 0.0)?;
    db.link(ann, Agent::CLUBS, club)?;
    db.unlink(ann, Agent::CLUBS, club)?;
    let bob = db.insert(agent("bob"))?;
    db.link(bob, Agent::CLUBS, club)?;
    db.delete(bob)?;
    let failed: Outcome = db.transaction(|tx| {
        tx.insert(agent("cleo"))?;
        give_up()
    });
    assert!(failed.is_err());
    let changes = db.changes_since(mark)?;
    assert!(changes.is_empty(), "{changes:?}");
    assert_eq!(changes.len(), 0);
    Ok(())
}

#[test]
fn floats_are_told_apart_by_their_bits() -> Outcome {
    let mut db = Store::<Town>::new();
    let ann = db.insert(Agent { mood: f64::NAN, ..agent("ann") })?;
    let mark = db.mark()?;
    db.set(ann, Agent::MOOD, f64::NAN)?;
    assert!(db.changes_since(mark)?.is_empty());
    db.set(ann, Agent::MOOD, 0.0)?;
    db.take_changes(mark)?;
    db.set(ann, Agent::MOOD, -0.0)?;
    assert_eq!(db.changes_since(mark)?.len(), 1);
    Ok(())
}

#[test]
fn a_slot_that_another_row_took_is_told_as_two_changes() -> Outcome {
    let mut db = Store::<Town>::new();
    let ann = db.insert(agent("ann"))?;
    let before = db.clone();
    let mark = db.mark()?;
    db.delete(ann)?;
    let bob = db.insert(agent("bob"))?;
    assert_eq!(bob.slot(), ann.slot());
    let changes = db.changes_since(mark)?;
    let rows: Vec<_> =
        changes.of::<Agent>().map(|row| (row.id(), row.before().is_some(), row.after().is_some())).collect();
    assert_eq!(rows, [(ann, true, false), (bob, false, true)]);
    assert_eq!(changes.len(), 2);
    assert_leads(&before, &changes, &db)
}

#[test]
fn a_link_of_rows_that_took_the_slots_of_linked_rows_is_a_change() -> Outcome {
    let mut db = Store::<Town>::new();
    let (ann, club) = (db.insert(agent("ann"))?, db.insert(Club { leader: None })?);
    db.link(ann, Agent::CLUBS, club)?;
    let (before, mark) = (db.clone(), db.mark()?);
    db.delete(ann)?;
    let bob = db.insert(agent("bob"))?;
    db.link(bob, Agent::CLUBS, club)?;
    let changes = db.changes_since(mark)?;
    let links: Vec<_> = changes.links(Agent::CLUBS).map(|link| (link.from, link.is_linked)).collect();
    assert_eq!(links, [(ann, false), (bob, true)]);
    assert_leads(&before, &changes, &db)
}

#[test]
fn keys_that_a_delete_rewrites_are_updates() -> Outcome {
    let mut db = Store::<Town>::new();
    let ann = db.insert(agent("ann"))?;
    let bob = db.insert(Agent { mentor: Some(ann), ..agent("bob") })?;
    let (before, mark) = (db.clone(), db.mark()?);
    db.delete(ann)?;
    let changes = db.changes_since(mark)?;
    let moved: Vec<_> = changes.keys(Agent::MENTOR).map(|key| (key.source, key.old, key.new)).collect();
    assert_eq!(moved, [(bob, Some(ann), None)]);
    let [ChangedRow::Updated { old, new, .. }, ChangedRow::Deleted { .. }] =
        &changes.of::<Agent>().collect::<Vec<_>>()[..]
    else {
        panic!("one row was updated, then one deleted: {changes:?}");
    };
    assert_eq!((old.mentor, new.mentor), (Some(ann), None));
    assert_leads(&before, &changes, &db)
}

#[test]
fn unique_values_and_one_to_one_targets_that_rows_exchanged_can_be_applied() -> Outcome {
    let mut db = Store::<Town>::new();
    let (ann, bob) = (db.insert(agent("ann"))?, db.insert(agent("bob"))?);
    db.set(ann, Agent::RIVAL, Some(bob))?;
    db.set(bob, Agent::RIVAL, Some(ann))?;
    let (before, mark) = (db.clone(), db.mark()?);
    db.update_many([ann, bob], |row, agent| {
        agent.name = if row.name == "ann" { "bob".into() } else { "ann".into() };
        agent.rival = Some(row.id());
    })?;
    assert_leads(&before, &db.changes_since(mark)?, &db)
}

#[test]
fn changes_are_of_a_mark_until_it_moves_on() -> Outcome {
    let mut db = Store::<Town>::new();
    let mark = db.mark()?;
    let ann = db.insert(agent("ann"))?;
    assert_eq!((db.changes_since(mark)?.len(), db.changes_since(mark)?.len()), (1, 1));
    assert_eq!(db.take_changes(mark)?.len(), 1);
    assert!(db.changes_since(mark)?.is_empty());
    db.set(ann, Agent::MOOD, 2.0)?;
    assert_eq!(db.take_changes(mark)?.len(), 1);
    db.forget_mark(mark)?;
    assert!(matches!(db.changes_since(mark), Err(Error::MarkGone)));
    assert!(matches!(db.take_changes(mark), Err(Error::MarkGone)));
    sound(&db);
    Ok(())
}

#[test]
fn a_mark_is_of_its_own_store_only() -> Outcome {
    let (mut here, mut there) = (Store::<Town>::new(), Store::<Town>::new());
    let (mark, _) = (here.mark()?, there.mark()?);
    assert!(matches!(there.changes_since(mark), Err(Error::MarkGone)));
    assert!(matches!(there.forget_mark(mark), Err(Error::MarkGone)));
    assert!(matches!(here.clone().changes_since(mark), Err(Error::MarkGone)));
    assert!(matches!(here.fork()?.changes_since(mark), Err(Error::MarkGone)));
    Ok(())
}

#[test]
fn a_mark_can_be_read_inside_a_transaction_and_moved_outside_only() -> Outcome {
    let mut db = Store::<Town>::new();
    let mark = db.mark()?;
    db.transaction(|tx| {
        tx.insert(agent("ann"))?;
        assert_eq!(tx.changes_since(mark)?.len(), 1);
        assert!(matches!(tx.take_changes(mark), Err(Error::InsideTransaction { .. })));
        assert!(matches!(tx.mark(), Err(Error::InsideTransaction { .. })));
        assert!(matches!(tx.forget_mark(mark), Err(Error::InsideTransaction { .. })));
        Ok(())
    })
}

#[test]
fn a_transaction_tells_what_it_changed_and_leaves_nothing_kept() -> Outcome {
    let mut db = Store::<Town>::new();
    db.insert(agent("ann"))?;
    let (bob, changes) = db.transaction_changes(|tx| Ok(tx.insert(agent("bob"))?))?;
    assert_eq!(changes.of::<Agent>().map(|row| row.id()).collect::<Vec<_>>(), [bob]);
    let failed = db.transaction_changes(|tx| {
        tx.insert(agent("cleo"))?;
        give_up::<()>()
    });
    assert!(failed.is_err());
    assert_eq!(db.history_bytes(), 0);
    sound(&db);
    Ok(())
}

#[test]
fn a_transaction_that_panics_leaves_no_mark_behind() -> Outcome {
    let mut db = Store::<Town>::new();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        db.transaction_changes(|tx| -> Result<(), Error> {
            tx.insert(agent("ann"))?;
            panic!("on purpose")
        })
    }));
    assert!(panicked.is_err());
    db.insert(agent("bob"))?;
    assert_eq!((db.history_bytes(), db.len::<Agent>()), (0, 1));
    sound(&db);
    Ok(())
}

#[test]
fn changes_that_do_not_fit_are_refused_and_change_nothing() -> Outcome {
    let mut db = Store::<Town>::new();
    let (ann, club) = (db.insert(agent("ann"))?, db.insert(Club { leader: None })?);
    let before = db.clone();
    let lists = [
        db.transaction_changes(|tx| tx.set(ann, Agent::MOOD, 1.0))?.1,
        db.transaction_changes(|tx| tx.link(ann, Agent::CLUBS, club).map(|_| ()))?.1,
        db.transaction_changes(|tx| tx.set_substitute(Club::LEADER, Some(ann)))?.1,
        db.transaction_changes(|tx| Ok(tx.insert(agent("bob")).map(|_| ())?))?.1,
        db.transaction_changes(|tx| tx.delete(club).map(|_| ()))?.1,
    ];
    let (mut after, digest) = (db.clone(), db.digest());
    for changes in &lists {
        assert!(matches!(after.apply(changes), Err(Error::ChangesDoNotFit { .. })), "{changes:?}");
    }
    assert_eq!((after.digest(), next_ids(&after)), (digest, next_ids(&db)));
    let mut replica = before;
    for changes in &lists {
        replica.apply(changes)?;
    }
    assert_eq!(replica.digest(), digest);
    Ok(())
}

#[test]
fn changes_are_refused_where_untouched_rows_stand_in_the_way() -> Outcome {
    let mut db = Store::<Town>::new();
    let ann = db.insert(agent("ann"))?;
    let mut other = db.clone();
    let ((), renamed) = db.transaction_changes(|tx| tx.set(ann, Agent::NAME, "bob".into()))?;
    let ((), deleted) = db.transaction_changes(|tx| tx.delete(ann).map(|_| ()))?;
    other.insert(agent("bob"))?;
    let club = other.insert(Club { leader: Some(ann) })?;
    assert!(matches!(other.apply(&renamed), Err(Error::UniqueViolation(_))));
    assert!(matches!(other.apply(&deleted), Err(Error::ChangesDoNotFit { .. })));
    assert_eq!((other[ann].name.as_str(), other[club].leader), ("ann", Some(ann)));
    sound(&other);
    Ok(())
}

#[test]
fn a_random_program_is_told_and_applied_and_taken_back() -> Outcome {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(71));
    let mark = db.mark()?;
    for _ in 0..80 {
        let before = db.clone();
        turmoil(&mut db, &mut dice);
        let changes = db.take_changes(mark)?;
        assert_leads(&before, &changes, &db)?;
        sound(&db);
    }
    Ok(())
}

#[test]
fn applied_changes_are_changes_again() -> Outcome {
    let (mut db, mut replica, mut dice) = (Store::<World>::new(), Store::<World>::new(), Dice(72));
    let (here, there) = (db.mark()?, replica.mark()?);
    for _ in 0..60 {
        turmoil(&mut db, &mut dice);
        let (before, checkpoint) = (dump(&replica), replica.checkpoint()?);
        let changes = db.take_changes(here)?;
        replica.apply(&changes)?;
        assert_eq!(sorted(&replica.changes_since(there)?), sorted(&changes));
        let next = next_ids(&replica);
        replica.rewind(checkpoint)?;
        assert_eq!(dump(&replica), before);
        sound(&replica);
        replica.apply(&changes)?;
        assert_eq!(next_ids(&replica), next);
        replica.take_changes(there)?;
    }
    Ok(())
}

#[test]
fn lists_chain_to_the_list_of_the_whole_way() -> Outcome {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(73));
    for _ in 0..40 {
        turmoil(&mut db, &mut dice);
        let (before, whole_way, step) = (db.clone(), db.mark()?, db.mark()?);
        let mut chained = db.take_changes(step)?;
        for _ in 0..3 {
            turmoil(&mut db, &mut dice);
            chained = chained.then(&db.take_changes(step)?);
        }
        let direct = db.changes_since(whole_way)?;
        assert_eq!(sorted(&chained), sorted(&direct));
        assert_leads(&before, &chained, &db)?;
        assert!(chained.then(&chained.clone().inverse()).is_empty());
        db.forget_mark(whole_way)?;
        db.forget_mark(step)?;
    }
    Ok(())
}

#[test]
fn a_mark_that_going_back_left_behind_tells_the_difference() -> Outcome {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(74));
    db.record_undo(1 << 24)?;
    for round in 0..60 {
        turmoil(&mut db, &mut dice);
        let checkpoint = db.checkpoint()?;
        turmoil(&mut db, &mut dice);
        let (seen, mark) = (db.clone(), db.mark()?);
        turmoil(&mut db, &mut dice);
        match round % 3 {
            0 => db.rewind(checkpoint)?,
            1 => while db.undo()? && dice.below(30) > 0 {},
            _ => {
                for _ in 0..25 {
                    db.undo()?;
                }
                for _ in 0..dice.below(25) {
                    db.redo()?;
                }
            }
        }
        assert_leads(&seen, &db.changes_since(mark)?, &db)?;
        turmoil(&mut db, &mut dice);
        assert_leads(&seen, &db.changes_since(mark)?, &db)?;
        db.undo()?;
        assert_leads(&seen, &db.take_changes(mark)?, &db)?;
        assert!(db.changes_since(mark)?.is_empty());
        db.forget_mark(mark)?;
        db.forget(checkpoint)
            .or_else(|error| if matches!(error, Error::CheckpointGone) { Ok(()) } else { Err(error) })?;
        sound(&db);
    }
    Ok(())
}

#[test]
fn rolling_back_and_doing_the_same_again_is_no_change() -> Outcome {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(75));
    for _ in 0..40 {
        turmoil(&mut db, &mut dice);
        let (checkpoint, mut same_dice) = (db.checkpoint()?, Dice(dice.0));
        turmoil(&mut db, &mut dice);
        let mark = db.mark()?;
        db.rewind(checkpoint)?;
        turmoil(&mut db, &mut same_dice);
        let changes = db.changes_since(mark)?;
        assert!(changes.is_empty(), "{changes:?}");
        db.forget_mark(mark)?;
        db.forget(checkpoint)?;
    }
    assert_eq!(db.history_bytes(), 0);
    Ok(())
}
