//! The derives name everything by absolute paths: a program may give its own types the names of the standard ones.

#![deny(warnings)]
#![allow(dead_code, non_camel_case_types, reason = "the names are there to be in the way")]

use relarena::{Id, Model, Schema, Store, Table};

struct Option;
struct Result;
struct Some;
struct None;
struct Hash;
struct Value;
struct Error;
struct Has;
struct Probe;
struct Vec;
type u16 = ();
type usize = ();
type bool = ();

mod core {}
mod std {}

#[derive(Model, Clone)]
#[unique_together(row, input)]
struct Field {
    #[unique]
    check: String,
    row: i32,
    input: i32,
    state: i32,
    #[foreign_key(on_delete = cascade, reverse = FIELDS)]
    key: Id<Target>,
}

#[derive(Clone, Model)]
#[many_to_many(LINKS: Field, reverse = TARGETS)]
struct Target {
    value: i32,
}

#[derive(Schema)]
struct World {
    model: Table<Field>,
    target: Table<Target>,
}

fn main() {
    let _ = Store::<World>::new();
}
