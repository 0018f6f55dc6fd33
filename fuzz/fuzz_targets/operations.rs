//! Programs from bytes, on a store and on the reference: the same outcomes, the same states, and a clean audit after each step.

#![no_main]

#[path = "../../tests/properties/schema.rs"]
#[allow(dead_code, reason = "the schema is used by name")]
mod schema;

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use relarena::operation::paste;
use relarena::reference::Session;
use relarena::{Schema as _, Store};
use relarena_fuzz::program;
use schema::World;

fuzz_target!(|bytes: &[u8]| {
    let Ok(program) = program(&mut Unstructured::new(bytes), &World::catalog()) else { return };
    let (mut db, mut session) = (Store::<World>::new(), Session::new());
    let ended = session.watch(&mut db, &program, &mut |session, db, _| session.compare(db));
    if let Err(divergence) = ended {
        panic!("{divergence}\nlet program = {};", paste(&program));
    }
});
