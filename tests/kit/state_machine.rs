//! `proptest-state-machine`: the reference is the state machine, operations are its transitions.

use std::marker::PhantomData;

use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use relarena::operation::Operation;
use relarena::prelude::*;
use relarena::proptest::{Kind, OperationsConfig, any_operations_after};
use relarena::reference::{Model as Reference, Session};

use crate::library::Library;

/// What a library ought to be.
struct Ought;

impl ReferenceStateMachine for Ought {
    type State = Reference<Library>;
    type Transition = Operation;

    fn init_state() -> BoxedStrategy<Self::State> {
        Just(Reference::new()).boxed()
    }

    fn transitions(state: &Self::State) -> BoxedStrategy<Operation> {
        let config = OperationsConfig::default().weight(Kind::Transaction, 0).length(1..=1);
        any_operations_after(state, config)
            .prop_map(|mut program| program.pop().unwrap_or_else(|| Operation::transaction(true, [])))
            .boxed()
    }

    fn apply(mut state: Self::State, operation: &Operation) -> Self::State {
        // What is refused is refused on both sides.
        let _ = state.play(operation).expect("operations are the library's");
        state
    }
}

/// The store under test, with a session of its own to know its rows by.
struct Tested<S>(PhantomData<S>);

impl StateMachineTest for Tested<Library> {
    type SystemUnderTest = (Store<Library>, Session<Library>);
    type Reference = Ought;

    fn init_test(_: &Reference<Library>) -> Self::SystemUnderTest {
        (Store::new(), Session::new())
    }

    fn apply(
        (mut db, mut session): Self::SystemUnderTest,
        _: &Reference<Library>,
        operation: Operation,
    ) -> Self::SystemUnderTest {
        session.run(&mut db, &[operation]).expect("the store agrees with the reference");
        (db, session)
    }

    fn check_invariants((db, session): &Self::SystemUnderTest, ought: &Reference<Library>) {
        session.compare(db).expect("the store agrees with the reference");
        assert_eq!(db.len_of("Book").ok(), Some(ought.rows("Book").len()));
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn the_store_is_a_library(sequential 1..30 => Tested<Library>);
}
