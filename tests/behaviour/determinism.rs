//! The same calls give the same ids and the same orders, rollbacks or not (I6, I8); copies do not meddle (I9).
//!
//! Random calls of every kind, many of them refused; what a call answers matters less than that it matters always alike.

use relarena::Has;
use relarena::prelude::*;

use crate::support::{Dice, Outcome, dump, give_up, sound};

#[derive(Model, Clone, Debug)]
#[many_to_many(FRIENDS: Agent, symmetrical)]
#[many_to_many(SKILLS: Skill, reverse = AGENTS)]
#[unique_together(town, rank)]
struct Agent {
    #[unique]
    name: usize,
    rank: Option<usize>,
    #[foreign_key(on_delete = cascade, reverse = AGENTS)]
    town: Id<Town>,
    #[foreign_key(on_delete = set_null, reverse = PUPILS)]
    mentor: Option<Id<Agent>>,
    #[one_to_one(on_delete = set_null, reverse = RIVAL_OF)]
    rival: Option<Id<Agent>>,
}

#[derive(Model, Clone, Debug)]
struct House {
    #[foreign_key(on_delete = set_with, reverse = HOUSES)]
    town: Id<Town>,
    #[foreign_key(on_delete = restrict, reverse = OWNS)]
    owner: Option<Id<Agent>>,
    #[one_to_one(on_delete = set_default, reverse = KEEPS)]
    keeper: Option<Id<Agent>>,
    #[foreign_key(on_delete = do_nothing, reverse = LIVES_IN)]
    guest: Option<Id<Agent>>,
    #[foreign_key(on_delete = cascade, reverse = ANNEXES)]
    annex_of: Option<Id<House>>,
}

#[derive(Model, Clone, Debug)]
struct Town {}

#[derive(Model, Clone, Debug)]
struct Skill {}

#[derive(Schema)]
pub(crate) struct World {
    agents: Table<Agent>,
    houses: Table<House>,
    towns: Table<Town>,
    skills: Table<Skill>,
}

pub(crate) type Tx = Store<World>;

/// Everything that two stores with the same history agree on: rows, orders and next ids.
pub(crate) fn whole(db: &Tx) -> (Vec<String>, String) {
    (dump(db), next_ids(db))
}

fn pick<M: Model>(db: &View<World>, dice: &mut Dice) -> Option<Id<M>>
where
    World: Has<M>,
{
    let count = db.len::<M>();
    if count == 0 { None } else { db.rows::<M>().nth(dice.below(count)).map(|row| row.id()) }
}

/// Sometimes a row, sometimes none.
fn maybe<M: Model>(db: &View<World>, dice: &mut Dice) -> Option<Id<M>>
where
    World: Has<M>,
{
    if dice.below(3) == 0 { None } else { pick(db, dice) }
}

/// One call, and whether it was accepted; `None` if there was no row to make it on.
type Step = fn(&mut Tx, &mut Dice) -> Option<bool>;

const STEPS: [Step; 19] = [
    |db, _| Some(db.insert(Town {}).is_ok()),
    |db, _| Some(db.insert(Skill {}).is_ok()),
    insert_agent,
    insert_agent,
    insert_agent,
    insert_house,
    insert_house,
    insert_house,
    |db, dice| Some(db.link(pick(db, dice)?, Agent::FRIENDS, pick(db, dice)?).is_ok()),
    |db, dice| Some(db.link(pick(db, dice)?, Agent::SKILLS, pick(db, dice)?).is_ok()),
    |db, dice| Some(db.unlink(pick(db, dice)?, Skill::AGENTS, pick(db, dice)?).is_ok()),
    |db, dice| Some(db.set(pick(db, dice)?, Agent::TOWN, pick(db, dice)?).is_ok()),
    |db, dice| Some(db.replace(pick(db, dice)?, Agent::RIVAL, pick(db, dice)?).is_ok()),
    |db, dice| Some(db.swap(pick(db, dice)?, House::KEEPER, pick(db, dice)?).is_ok()),
    |db, dice| {
        let (row, mentor, rank) = (pick(db, dice)?, maybe(db, dice), dice.below(5));
        Some(db.update(row, |agent: &mut Agent| (agent.mentor, agent.rank) = (mentor, Some(rank))).is_ok())
    },
    |db, dice| {
        let town = pick(db, dice)?;
        Some(db.set_substitute(House::TOWN, town).is_ok() && db.set_substitute(House::KEEPER, maybe(db, dice)).is_ok())
    },
    |db, dice| Some(db.delete::<Agent>(pick(db, dice)?).is_ok()),
    |db, dice| match dice.below(3) {
        0 => Some(db.delete_many::<House>([pick(db, dice)?, pick(db, dice)?]).is_ok()),
        _ => None,
    },
    |db, dice| if dice.below(12) == 0 { Some(db.delete::<Town>(pick(db, dice)?).is_ok()) } else { None },
];

fn insert_agent(db: &mut Tx, dice: &mut Dice) -> Option<bool> {
    let (town, mentor, rival) = (pick(db, dice)?, maybe(db, dice), maybe(db, dice));
    let rank = if dice.below(2) == 0 { None } else { Some(dice.below(9)) };
    Some(db.insert(Agent { name: dice.below(500), rank, town, mentor, rival }).is_ok())
}

fn insert_house(db: &mut Tx, dice: &mut Dice) -> Option<bool> {
    let (town, owner, keeper) = (pick(db, dice)?, maybe(db, dice), maybe(db, dice));
    let guest = maybe(db, dice);
    let annex_of = if dice.below(3) == 0 { pick(db, dice) } else { None };
    Some(db.insert(House { town, owner, keeper, guest, annex_of }).is_ok())
}

/// Ids reserved, named, and now and then filled: for transactions that roll back.
fn reserve(tx: &mut Tx, dice: &mut Dice) -> Outcome {
    let town = tx.reserve::<Town>()?;
    let early = tx.insert(House { town, owner: None, keeper: None, guest: None, annex_of: None })?;
    if dice.below(2) == 0 {
        tx.insert_reserved(town, Town {})?;
    }
    if dice.below(3) == 0 {
        tx.delete(early)?;
    }
    Ok(())
}

pub(crate) fn play(db: &mut Tx, dice: &mut Dice, steps: usize) -> Vec<Option<bool>> {
    (0..steps).map(|_| STEPS[dice.below(STEPS.len())](db, dice)).collect()
}

/// Calls outside transactions, inside, inside ones that fail, and reserved ids that are not used.
pub(crate) fn turmoil(db: &mut Store<World>, dice: &mut Dice) {
    play(db, dice, 12);
    // A commit may fail for what dangles; then it has undone itself.
    let _ = db.transaction(|tx| {
        play(tx, dice, 8);
        let failed: Outcome = tx.transaction(|tx| {
            play(tx, dice, 5);
            give_up()
        });
        assert!(failed.is_err());
        Ok(())
    });
}

/// The next ids of all models.
pub(crate) fn next_ids<S: Schema>(db: &View<S>) -> String {
    let next = |model: &str| db.next_key(model).expect("a model of the catalog").to_string();
    let ids: Vec<String> = db.catalog().models().iter().map(|model| next(model.descriptor.name)).collect();
    format!("({})", ids.join(", "))
}

#[test]
fn the_same_calls_give_the_same_ids_and_orders() {
    let run = || {
        let mut db = Store::<World>::new();
        let answers = play(&mut db, &mut Dice(42), 1500);
        sound(&db);
        (answers, dump(&db))
    };
    assert_eq!(run(), run());
}

#[test]
fn random_calls_are_accepted_and_refused_in_good_measure() {
    let mut db = Store::<World>::new();
    let answers = play(&mut db, &mut Dice(42), 1500);
    let count = |wanted| answers.iter().filter(|answer| **answer == Some(wanted)).count();
    assert!(count(true) > 500 && count(false) > 100, "{} accepted, {} refused", count(true), count(false));
    let (agents, houses, towns) = (db.len::<Agent>(), db.len::<House>(), db.len::<Town>());
    assert!(agents > 10 && houses > 10 && towns > 3, "{agents} agents, {houses} houses, {towns} towns");
}

#[test]
fn the_indexes_stay_whole_under_random_calls() {
    for seed in 1..=20 {
        let (mut db, mut dice) = (Store::<World>::new(), Dice(seed));
        for _ in 0..20 {
            play(&mut db, &mut dice, 25);
            sound(&db);
        }
    }
}

#[test]
fn transactions_that_roll_back_leave_no_trace_in_what_follows() {
    let (mut calm, mut dice) = (Store::<World>::new(), Dice(7));
    let (mut troubled, mut same_dice, mut other_dice) = (Store::<World>::new(), Dice(7), Dice(99));
    for round in 0..100 {
        assert_eq!(play(&mut calm, &mut dice, 15), play(&mut troubled, &mut same_dice, 15));
        let failed: Outcome = troubled.transaction(|tx| {
            play(tx, &mut other_dice, round % 25);
            let inner: Outcome = tx.transaction(|tx| {
                play(tx, &mut other_dice, 10);
                reserve(tx, &mut other_dice)?;
                play(tx, &mut other_dice, 10);
                sound(tx);
                if round % 2 == 0 { give_up() } else { Ok(()) }
            });
            assert_eq!(inner.is_ok(), round % 2 == 1);
            play(tx, &mut other_dice, 10);
            give_up()
        });
        assert!(failed.is_err());
        assert_eq!(dump(&troubled), dump(&calm));
        sound(&troubled);
    }
}

#[test]
fn savepoints_that_roll_back_leave_no_trace_in_their_transaction() {
    let (mut calm, mut dice) = (Store::<World>::new(), Dice(17));
    let (mut troubled, mut same_dice, mut other_dice) = (Store::<World>::new(), Dice(17), Dice(3));
    for _ in 0..30 {
        let expected = calm.transaction(|tx| Ok(play(tx, &mut dice, 30)));
        let found = troubled.transaction(|tx| {
            let mut answers = Vec::new();
            for _ in 0..3 {
                answers.extend(play(tx, &mut same_dice, 10));
                let failed: Outcome = tx.transaction(|tx| {
                    play(tx, &mut other_dice, 12);
                    give_up()
                });
                assert!(failed.is_err());
                sound(tx);
            }
            Ok(answers)
        });
        assert_eq!(found.is_ok(), expected.is_ok(), "the commit fails in both or in none");
        assert_eq!(dump(&troubled), dump(&calm));
    }
    sound(&troubled);
}

#[test]
fn calls_inside_a_transaction_give_the_same_store_as_outside() {
    // What dangles inside is refused outside, so the calls inside each are a transaction of their own.
    let (mut outside, mut dice) = (Store::<World>::new(), Dice(5));
    let (mut inside, mut same_dice) = (Store::<World>::new(), Dice(5));
    for _ in 0..1500 {
        let before = same_dice.0;
        let expected = play(&mut outside, &mut dice, 1);
        let found = inside.transaction(|tx| Ok(play(tx, &mut same_dice, 1)));
        assert_eq!(found.unwrap_or_else(|_| vec![Some(false)]), expected, "dice {before}");
    }
    assert_eq!(dump(&inside), dump(&outside));
    sound(&inside);
}

#[test]
fn a_clone_goes_on_as_its_origin_does() {
    let (mut origin, mut dice) = (Store::<World>::new(), Dice(11));
    play(&mut origin, &mut dice, 800);
    let (mut copy, mut same_dice) = (origin.clone(), Dice(dice.0));
    assert_eq!(play(&mut copy, &mut same_dice, 800), play(&mut origin, &mut dice, 800));
    assert_eq!(dump(&copy), dump(&origin));
    sound(&copy);
}

#[test]
fn a_copy_and_its_origin_never_see_each_others_writes() {
    let (mut origin, mut dice) = (Store::<World>::new(), Dice(13));
    play(&mut origin, &mut dice, 300);
    let (copy, before) = (origin.clone(), dump(&origin));
    play(&mut origin, &mut dice, 300);
    assert_eq!(dump(&copy), before);
    sound(&copy);
}

/// I7: what a plan says is what happens.
#[test]
fn a_plan_of_a_random_delete_says_what_it_does() {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(23));
    for _ in 0..200 {
        play(&mut db, &mut dice, 12);
        let Some(town) = pick::<Town>(&db, &mut dice) else { continue };
        let (plan, before) = (db.plan_delete(town).expect("a picked row exists"), dump(&db));
        assert_eq!(dump(&db), before);
        match db.delete(town) {
            Ok(report) => {
                assert_eq!(report.rows().map(|(_, count)| count).sum::<usize>(), plan.total());
                assert!(!plan.is_blocked() && plan.dangling.is_empty());
                for change in &plan.rewritten {
                    let now = db.value(change.row, change.relation.field).expect("a rewritten row stays");
                    assert_eq!(now, change.to.into());
                }
            }
            Err(Error::Restricted(blocked)) => assert_eq!(blocked.blockers, plan.restricted_by),
            Err(Error::DanglingReferences(references)) => assert_eq!(references, plan.dangling),
            Err(Error::SubstituteNotNamed { relation }) => assert_eq!(Some(relation), plan.unnamed_substitute),
            Err(Error::UniqueViolation(_)) => assert!(!plan.rewritten.is_empty()),
            Err(other) => panic!("{other}"),
        }
        sound(&db);
    }
}
