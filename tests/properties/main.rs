//! Random programs: the store agrees with a naive reference after every operation, and keeps its promises of
//! rollback (I6), planning (I7), determinism (I8) and independent clones (I9). I1 to I5 are the audit's, after every
//! operation.
//!
//! `PROPTEST_CASES` sets the number of programs of each property.

mod face;
mod hubs;
mod links;
mod programs;
mod regressions;
mod schema;
mod session;
mod snapshot;
mod travel;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, FileFailurePersistence, RngAlgorithm, TestRng, TestRunner};

use face::Face;
use programs::{program, without_rollbacks};
use session::{Session, next_ids};
use snapshot::Snapshot;
use travel::{Traveller, journey};

/// Outcomes that programs must reach, so that agreement means something.
const OUTCOMES: &[&str] = &[
    "ClearLinks ok",
    "ClearLinksThrough ok",
    "Commit Dangling",
    "Commit ok",
    "Delete Check",
    "Delete Dangling",
    "Delete Protected",
    "Delete Restricted",
    "Delete RowNotFound",
    "Delete SubstituteNotNamed",
    "Delete ok",
    "DeleteMany Dangling",
    "DeleteMany Protected",
    "DeleteMany Restricted",
    "DeleteMany ok",
    "DeleteWhere Protected",
    "DeleteWhere ok",
    "Insert Check",
    "Insert DanglingTarget",
    "Insert Unique",
    "Insert ok",
    "InsertMany ok",
    "InsertReserved NotReserved",
    "InsertReserved Unique",
    "InsertReserved ok",
    "Link DanglingTarget",
    "Link RowNotFound",
    "Link ok",
    "LinkThrough Unique",
    "LinkThrough ok",
    "Replace ok",
    "Reserve OutsideTransaction",
    "Reserve ok",
    "Rollback ok",
    "Set Check",
    "Set DanglingTarget",
    "Set RowNotFound",
    "Set Unique",
    "Set ok",
    "SetLinks ok",
    "SetSubstitute DanglingTarget",
    "SetSubstitute ok",
    "SetLinksThrough Unique",
    "SetLinksThrough ok",
    "Swap ok",
    "Unlink ok",
    "UnlinkThrough Protected",
    "UnlinkThrough ok",
    "Update Check",
    "Update DanglingTarget",
    "Update Unique",
    "Update ok",
];

/// The same of journeys.
const TRAVELS: &[&str] = &[
    "Checkpoint ok",
    "Forget ok",
    "Fork ok",
    "Freeze ok",
    "Limit ok",
    "Play a step",
    "Play no step",
    "Play ok",
    "RecordUndo ok",
    "Redo nothing",
    "Redo ok",
    "Rewind CheckpointGone",
    "Rewind ok",
    "StopUndo ok",
    "Switch ok",
    "Thaw ok",
    "Undo nothing",
    "Undo ok",
];

/// The share of programs that a property runs, so that all together take less than a minute in a debug build.
fn cases(share: u32) -> Config {
    let standard = Config::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { standard.cases } else { share };
    let file = FileFailurePersistence::Direct("tests/properties/proptest-regressions.txt");
    Config { cases, failure_persistence: Some(Box::new(file)), ..standard }
}

proptest! {
    #![proptest_config(cases(256))]

    /// I1 to I7: outcomes, blockers, counts, plans, the complete state and what a rollback leaves.
    #[test]
    fn the_store_agrees_with_the_reference(program in program()) {
        Session::run(Face::Typed, &program);
    }
}

proptest! {
    #![proptest_config(cases(48))]

    /// I6, for nested transactions too: leaving out what is rolled back changes neither state nor next ids.
    #[test]
    fn what_is_rolled_back_might_as_well_not_have_run(program in program()) {
        let (db, session) = Session::run(Face::Typed, &program);
        let (other, without) = Session::run(Face::Typed, &without_rollbacks(&program));
        prop_assert_eq!(session.last(), without.last());
        prop_assert_eq!(next_ids(&db), next_ids(&other));
    }

    /// I8: the same calls give the same ids, orders and outcomes.
    #[test]
    fn a_program_gives_the_same_twice(program in program()) {
        let (db, session) = Session::run(Face::Typed, &program);
        let (other, again) = Session::run(Face::Typed, &program);
        prop_assert_eq!(session.trace, again.trace);
        prop_assert_eq!(next_ids(&db), next_ids(&other));
    }

    /// I9: a clone and its origin never see each other's writes, and go on alike.
    #[test]
    fn a_clone_and_its_origin_are_independent(first in program(), then in program()) {
        let (mut db, mut session) = Session::run(Face::Typed, &first);
        let (mut clone, mut cloned) = (db.clone(), session.clone());
        cloned.continue_with(&mut clone, &then);
        prop_assert_eq!(session.last(), &Snapshot::of(&db));
        session.continue_with(&mut db, &then);
        prop_assert_eq!(&session.trace, &cloned.trace);
        prop_assert_eq!(&Snapshot::of(&clone), cloned.last());
        prop_assert_eq!(next_ids(&db), next_ids(&clone));
    }

    /// I6, I8, I9, I10: whoever goes back by rewind or undo, forth by redo, or aside by forks and snapshots, finds what
    /// was there, in the same order, and goes on as if never gone.
    #[test]
    fn travellers_find_what_they_left(journey in journey()) {
        Traveller::run(&journey);
    }

    /// Writes by name are the typed writes, and so are the kit's.
    #[test]
    fn all_faces_write_the_same(program in program()) {
        let (db, session) = Session::run(Face::Typed, &program);
        let states = |session: &Session| session.trace.iter().map(|(_, state)| state.clone()).collect::<Vec<_>>();
        for face in [Face::ByName, Face::Kit] {
            let (other, by_name) = Session::run(face, &program);
            prop_assert_eq!(states(&session), states(&by_name));
            prop_assert_eq!(next_ids(&db), next_ids(&other));
        }
    }
}

/// A generator that never reaches a rule proves nothing about it.
#[test]
fn random_programs_reach_every_outcome() {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (mut outcomes, strategy) = (BTreeMap::<String, usize>::new(), program());
    for _ in 0..700 {
        let program = strategy.new_tree(&mut runner).expect("programs have no filters").current();
        for (outcome, _) in Session::run(Face::Typed, &program).1.trace {
            *outcomes.entry(outcome).or_default() += 1;
        }
    }
    println!("{outcomes:#?}");
    let missing = OUTCOMES.iter().filter(|outcome| !outcomes.contains_key(**outcome));
    assert_eq!(missing.collect::<Vec<_>>(), [&""; 0]);
}

/// The same for those who travel.
#[test]
fn random_journeys_reach_every_outcome() {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (mut outcomes, strategy) = (BTreeMap::<String, usize>::new(), journey());
    for _ in 0..40 {
        let journey = strategy.new_tree(&mut runner).expect("journeys have no filters").current();
        for (outcome, count) in Traveller::run(&journey).outcomes {
            *outcomes.entry(outcome).or_default() += count;
        }
    }
    println!("{outcomes:#?}");
    let missing = TRAVELS.iter().filter(|outcome| !outcomes.contains_key(**outcome));
    assert_eq!(missing.collect::<Vec<_>>(), [&""; 0]);
}
