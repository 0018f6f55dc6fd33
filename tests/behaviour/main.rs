//! The promises of the library, by behaviour: one module a promise, each test a sentence with one reason to fail.
//!
//! One binary, so that the library is linked once. Every test ends with an audit of its store, which rebuilds each derived
//! index from the rows (I1 to I5).

mod support;

mod by_name;
mod changes;
#[cfg(feature = "serde")]
mod changes_data;
mod constraints;
mod delete_blocked;
mod delete_cascade;
mod delete_rewrites;
mod delete_trees;
mod determinism;
mod diagrams;
mod digests;
mod do_nothing;
mod errors;
mod foreign_keys;
mod forks;
mod history;
mod indexes;
mod inserts;
mod keyed_rows;
mod many_to_many;
mod one_to_one;
mod queries;
mod queries_along_keys;
mod queries_by_index;
mod queries_by_name;
mod queries_in_order;
mod queries_of_many;
mod queries_of_numbers;
mod queries_on_links;
mod reads;
mod reserve;
mod scale;
mod side_tables;
mod through_models;
mod transactions;
mod walk_and_mutate;
