//! Traces on a loaded state: each begins from it, whatever the one before has done.

use relarena::prelude::*;
use relarena_replay::{Recorded, Replay, Session, Substitute};
use serde_json::{Value as Json, json};

#[derive(Model, Clone)]
struct Genre {
    name: String,
}

#[derive(Model, Clone)]
struct Book {
    title: String,
    #[foreign_key(on_delete = do_nothing, reverse = BOOKS)]
    genre: Option<Id<Genre>>,
}

#[derive(Schema)]
struct Shelf {
    genres: Table<Genre>,
    books: Table<Book>,
}

impl Recorded for Shelf {
    const SUBSTITUTES: &'static [Substitute] = &[];
}

fn session() -> Session<Shelf> {
    let load = json!({ "seed": 0, "ops": [
        { "op": "bulk_create", "model": "Genre", "rows": [
            { "label": "Genre#-1", "fields": { "name": "none" } },
            { "label": "Genre#10", "fields": { "name": "süß \"\n" } },
        ] },
        { "op": "bulk_create", "model": "Book", "rows": [
            { "label": "Book#2", "fields": { "title": "Eden", "genre": "Genre#10" } },
            { "label": "Book#1", "fields": { "title": "Solaris", "genre": "Genre#10" } },
        ] },
    ] });
    let mut session = Session::new();
    session.load(&load).expect("nothing is refused");
    session
}

fn replay(session: &mut Session<Shelf>, operations: &[Json]) -> Json {
    let load = json!({ "op": "load" });
    let operations: Vec<&Json> = std::iter::once(&load).chain(operations).collect();
    let trace = json!({ "seed": 1, "ops": operations, "final_sha256": "" });
    session.replay(&trace, &mut |_, violations| assert_eq!(violations, [])).expect("a state is loaded")
}

/// Computed by the recordings' `state_hash`.
const LOADED: &str = "9be29665";

#[test]
fn every_trace_begins_from_the_loaded_state() {
    let mut session = session();
    let untouched = replay(&mut session, &[]);
    assert_eq!(&untouched["final_sha256"].as_str().expect("a hash is a text")[..8], LOADED);
    let emptied = replay(
        &mut session,
        &[json!({ "op": "delete_where", "model": "Book", "field": "title", "lookup": "gte", "value": "" })],
    );
    assert_eq!(emptied["outcomes"][1], json!({ "ok": { "deleted": { "Book": 2 } } }));
    assert_eq!(emptied["counts"], json!([[2, 2], [2, 0]]));
    assert_ne!(emptied["final_sha256"], untouched["final_sha256"]);
    assert_eq!(replay(&mut session, &[]), untouched);
}

#[test]
fn a_key_that_dangles_is_found_by_the_row_that_it_names() {
    let by_genre =
        json!({ "op": "delete_where", "model": "Book", "field": "genre", "lookup": "exact", "value": "Genre#10" });
    let nulls = json!({ "op": "delete_where", "model": "Book", "field": "genre", "lookup": "isnull", "value": true });
    let answer = replay(
        &mut session(),
        &[
            json!({ "op": "begin" }),
            json!({ "op": "delete", "row": "Genre#10" }),
            nulls,
            by_genre,
            json!({ "op": "commit" }),
        ],
    );
    let deleted = |counts: Json| json!({ "ok": { "deleted": counts } });
    let outcomes =
        [deleted(json!({ "Genre": 1 })), deleted(json!({})), deleted(json!({ "Book": 2 })), json!({ "ok": {} })];
    assert_eq!(answer["outcomes"].as_array().expect("outcomes are a list")[2..], outcomes);
}

#[test]
fn labels_of_rows_rolled_back_stand_for_no_row() {
    let answer = replay(
        &mut session(),
        &[
            json!({ "op": "begin" }),
            json!({ "op": "create", "model": "Genre", "label": "Genre#11", "fields": { "name": "crime" } }),
            json!({ "op": "rollback" }),
            json!({ "op": "create", "model": "Genre", "label": "Genre#12", "fields": { "name": "poetry" } }),
            json!({ "op": "delete", "row": "Genre#11" }),
        ],
    );
    assert_eq!(answer["outcomes"][5], json!({ "err": "DoesNotExist" }));
    assert_eq!(answer["counts"][5], json!([3, 2]));
}

#[test]
fn a_trace_that_needs_a_state_says_how_to_give_one() {
    let trace = json!({ "seed": 1, "ops": [{ "op": "load" }] });
    let refused = Session::<Shelf>::new().replay(&trace, &mut |_, _| {}).expect_err("nothing is loaded");
    assert!(refused.contains("--load FILE"), "{refused}");
}
