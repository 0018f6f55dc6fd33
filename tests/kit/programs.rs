//! `any_operations`: what programs are like, and that the store agrees with the reference on a schema that neither knows.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use relarena::operation::{Cell, Operation, Target};
use relarena::prelude::*;
use relarena::proptest::{Kind, OperationsConfig, any_operations};
use relarena::reference::{Model as Reference, Refusal, Session};

use crate::library::Library;

pub(crate) fn programs(config: OperationsConfig, count: usize) -> Vec<Vec<Operation>> {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = any_operations::<Library>(config);
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("programs have no filters").current()).collect()
}

/// What is told from a program's steps is what was told while they were drawn.
#[test]
fn a_program_of_which_no_simpler_one_will_do_is_told_as_before() {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = any_operations::<Library>(OperationsConfig::default().length(0..=20).gone_rate(0.1));
    for _ in 0..20 {
        let mut tree = strategy.new_tree(&mut runner).expect("programs have no filters");
        let drawn = tree.current();
        if tree.simplify() {
            while tree.complicate() {}
        }
        assert_eq!(tree.current(), drawn);
    }
}

proptest! {
    #![proptest_config(Config::with_cases(64))]

    #[test]
    fn the_store_agrees_with_the_reference(program in any_operations::<Library>(OperationsConfig::default())) {
        let (mut db, mut session) = (Store::<Library>::new(), Session::new());
        session.watch(&mut db, &program, &mut |session, db, _| session.compare(db))?;
    }
}

#[test]
fn few_operations_are_refused_and_none_where_none_is_wanted() {
    let refused = |config: OperationsConfig| {
        let (mut refused, mut all) = (0, 0);
        for program in programs(config.depth(0).length(40..=40), 20) {
            let mut reference = Reference::<Library>::new();
            for operation in &program {
                all += 1;
                let played = reference.play(operation).expect("the operation is of the schema");
                refused += usize::from(played.expect("its rows are there").is_err());
            }
        }
        (refused, all)
    };
    assert_eq!(refused(OperationsConfig::default().refused_rate(0.0)).0, 0);
    let (some, all) = refused(OperationsConfig::default());
    assert!(some * 50 > all && some * 5 < all, "{some} of {all}");
}

#[test]
fn rows_that_are_gone_are_named_where_that_is_wanted() {
    let config = OperationsConfig::default().gone_rate(0.2).refused_rate(0.0).depth(0).length(60..=60);
    let (mut refused, mut all) = (0, 0);
    for program in programs(config, 20) {
        let mut reference = Reference::<Library>::new();
        for operation in &program {
            let names_gone = format!("{operation:?}").contains("Target::Gone");
            let played = reference.play(operation).expect("the operation is of the schema");
            let is_refused = played.is_some_and(|played| played.is_err());
            assert!(names_gone || !is_refused, "{operation:?}");
            (refused, all) = (refused + usize::from(is_refused), all + 1);
        }
    }
    assert!(refused * 10 > all, "{refused} of {all}");
}

#[test]
fn only_the_kinds_that_are_asked_for_occur() {
    let config = OperationsConfig::default().only(&[Kind::Insert, Kind::Delete]).length(30..=30);
    for operation in programs(config, 10).into_iter().flatten() {
        assert!(matches!(operation, Operation::Insert { .. } | Operation::Delete { .. }), "{operation:?}");
    }
}

#[test]
fn only_the_models_that_are_asked_for_are_written() {
    let config = OperationsConfig::default().only(&[Kind::Insert]).length(30..=30);
    let config =
        ["Author", "Book", "Loan", "Biography"].into_iter().fold(config, |config, model| config.weight_of(model, 0));
    for operation in programs(config, 4).into_iter().flatten() {
        assert!(matches!(&operation, Operation::Insert { model, .. } if model == "Tag"), "{operation:?}");
    }
}

#[test]
fn transactions_nest_as_deep_as_they_may() {
    fn depth(program: &[Operation]) -> usize {
        let depths = program.iter().map(|operation| match operation {
            Operation::Transaction { operations, .. } => 1 + depth(operations),
            _ => 0,
        });
        depths.max().unwrap_or_default()
    }
    let config = OperationsConfig::default().weight(Kind::Transaction, 60);
    let depths: BTreeSet<usize> = programs(config, 40).iter().map(|program| depth(program)).collect();
    assert_eq!(depths.last(), Some(&3));
}

#[test]
fn every_part_of_a_program_is_legal() {
    for program in programs(OperationsConfig::default(), 20) {
        for skipped in 0..program.len() {
            let mut part = program.clone();
            part.remove(skipped);
            let (mut db, mut session) = (Store::<Library>::new(), Session::new());
            session.run(&mut db, &part).expect("the store agrees with the reference");
        }
    }
}

#[test]
fn an_operation_without_a_row_to_work_on_is_left_out() -> Result<(), Error> {
    let mut reference = Reference::<Library>::new();
    assert_eq!(reference.play(&Operation::delete("Author", 0))?, None);
    assert_eq!(reference.play(&Operation::insert("Book", [("author", Cell::row(0))]))?, None);
    let author = Operation::insert("Author", [("born", Cell::Int(1900)), ("teacher", Cell::row(7))]);
    assert!(reference.play(&author)?.is_some_and(|played| played.is_ok()), "a key that may be null becomes null");
    Ok(())
}

#[test]
fn an_operation_of_another_schema_is_an_error() {
    let mut reference = Reference::<Library>::new();
    let missing = reference.play(&Operation::delete("Reader", 0));
    assert!(matches!(missing, Err(Error::UnknownModel { .. })), "{missing:?}");
    let missing = reference.play(&Operation::insert("Author", [("age", Cell::Null)]));
    assert!(matches!(missing, Err(Error::UnknownField { .. })), "{missing:?}");
}

#[test]
fn what_does_not_fit_is_refused_on_both_sides() -> Result<(), relarena::reference::Divergence> {
    let (mut db, mut session) = (Store::<Library>::new(), Session::new());
    let author = |born| Operation::insert("Author", [("born", born)]);
    let wrong = [author(Cell::Null), author(Cell::text("long ago")), author(Cell::row(0)), author(Cell::Float(1900.0))];
    for operation in &wrong {
        let outcome = session.statement(&mut db, operation)?;
        let outcome = outcome.expect("no row is needed");
        assert!(matches!(outcome, Err(Refusal::Null | Refusal::WrongType)), "{outcome:?}");
    }
    let tag = |label| vec![("label", label), ("weight", Cell::Float(0.0))];
    let many = Operation::insert_many("Tag", [tag(Cell::Int(1)), tag(Cell::Int(1)), tag(Cell::Int(256))]);
    let outcome = session.statement(&mut db, &many)?;
    assert_eq!(outcome, Some(Err(Refusal::WrongType)), "rows are made before the first is inserted");
    session.compare(&db)
}

#[test]
fn a_gone_target_stands_for_a_living_row_as_long_as_none_is_gone() -> Result<(), Error> {
    let mut reference = Reference::<Library>::new();
    reference.play(&Operation::insert("Tag", [("label", Cell::Int(1)), ("weight", Cell::Float(0.5))]))?;
    let deleted = reference.play(&Operation::delete("Tag", Target::Gone(0)))?;
    assert!(deleted.is_some_and(|deleted| deleted.is_ok()));
    Ok(())
}
