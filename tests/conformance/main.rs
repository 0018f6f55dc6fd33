//! Recorded runs of the real Django, replayed operation by operation: outcomes, refusal rows, deletion counts, row
//! counts after each operation and final states must be equal, and the audit (I1 to I5, I10) clean after each.
//!
//! The whole recording is read where it lies beside the checkout; a representative part is kept here for everyone else.

mod schemas;

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

use relarena_replay::{Registered, Replay};
use serde_json::Value as Json;

use self::schemas::{SCHEMA_A, SCHEMA_B};

/// Replays one trace and answers what differs from the recording first.
fn difference(session: &mut dyn Replay, trace: &Json) -> Option<String> {
    let mut dirty = None;
    let got = session.replay(trace, &mut |operation, violations| {
        if let (None, Some(first)) = (&dirty, violations.first()) {
            dirty = Some(format!("audit after operation {operation}: {first}"));
        }
    });
    let got = got.expect("traces of this schema begin from nothing");
    let seed = &trace["seed"];
    if let Some(dirty) = dirty {
        return Some(format!("seed {seed}: {dirty}"));
    }
    for (place, operation) in trace["ops"].as_array().expect("a trace has operations").iter().enumerate() {
        for what in ["outcomes", "counts"] {
            let (expected, got) = (&trace[what][place], &got[what][place]);
            if !equal(expected, got) {
                return Some(format!("seed {seed}: {what} of operation {place} {operation}: {expected} became {got}"));
            }
        }
    }
    (!equal(&trace["final"], &got["final"])).then(|| format!("seed {seed}: the final states differ"))
}

/// Whether two answers to a query agree: floats within 1e-9, and lists without an order as multisets.
fn agree(one: &Json, other: &Json, ordered: bool) -> bool {
    match (one, other) {
        (Json::Array(one), Json::Array(other)) if ordered => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| agree(one, other, true))
        }
        (Json::Array(one), Json::Array(other)) => {
            let mut left: Vec<&Json> = other.iter().collect();
            let mut take =
                |one: &Json| left.iter().position(|other| agree(one, other, true)).map(|place| left.remove(place));
            one.len() == other.len() && one.iter().all(|one| take(one).is_some())
        }
        (Json::Object(one), Json::Object(other)) => {
            let same = |name: &String, value: &Json| other.get(name).is_some_and(|other| agree(value, other, true));
            one.len() == other.len() && one.iter().all(|(name, value)| same(name, value))
        }
        (Json::Number(one), Json::Number(other)) if one.is_f64() || other.is_f64() => {
            let close = |one: f64, other: f64| (one - other).abs() <= 1e-9;
            one.is_f64() == other.is_f64()
                && one.as_f64().zip(other.as_f64()).is_some_and(|(one, other)| close(one, other))
        }
        _ => one == other,
    }
}

/// Answers recorded queries; answers how many there were.
fn ask_all(schema: &Registered, lines: impl Read) -> usize {
    let parse = |line: std::io::Result<String>| -> Json {
        serde_json::from_str(&line.expect("the recording is readable")).expect("a line is JSON")
    };
    let mut lines = BufReader::new(lines).lines().map(parse);
    let state = lines.next().expect("the first line is the state");
    let queries: Vec<Json> = lines.collect();
    let (mut asked, mut failed) = (0, Vec::new());
    (schema.answer)(&state, &mut queries.clone().into_iter(), &mut |got| {
        let query = &queries[asked];
        asked += 1;
        if !agree(&query["answer"], &got["answer"], query["ordered"] == true) {
            failed.push(format!("{query}\n    became {}", got["answer"]));
        }
    });
    assert!(failed.is_empty(), "{} of {asked} failed:\n{}", failed.len(), failed[..failed.len().min(20)].join("\n"));
    assert_eq!(asked, queries.len());
    asked
}

#[test]
fn the_recorded_queries_are_answered_as_django_answered() {
    let kept = include_bytes!("queries_a.jsonl.gz");
    let asked = ask_all(&SCHEMA_A, flate2::read::GzDecoder::new(&kept[..]));
    println!("queries: answered {asked} of {asked}");
    assert_eq!(asked, 219);
}

/// Steps in every order, two annotations, aggregates over annotated rows and the like, which the queries above do not have.
#[test]
fn random_queries_on_another_schema_are_answered_as_django_answered() {
    let kept = include_bytes!("queries_b.jsonl.gz");
    let asked = ask_all(&SCHEMA_B, flate2::read::GzDecoder::new(&kept[..]));
    println!("random queries: answered {asked} of {asked}");
    assert_eq!(asked, 1200);
}

/// Equality that keeps an object's order out, and the order of refusal rows.
fn equal(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Object(one), Json::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| equal(value, other)))
        }
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        _ => one == other,
    }
}

fn replay_all(lines: impl Read) -> usize {
    let mut session = (SCHEMA_A.session)();
    let mut passed = 0;
    let mut failed = Vec::new();
    for line in BufReader::new(lines).lines() {
        let trace: Json = serde_json::from_str(&line.expect("the recording is readable")).expect("a trace is JSON");
        match difference(session.as_mut(), &trace) {
            None => passed += 1,
            Some(difference) => failed.push(difference),
        }
    }
    assert!(
        failed.is_empty(),
        "passed {passed}, failed {}:\n{}",
        failed.len(),
        failed[..failed.len().min(20)].join("\n")
    );
    passed
}

#[test]
fn the_kept_part_of_the_recording_is_answered_as_django_answered() {
    let kept = include_bytes!("traces_a_kept.jsonl.gz");
    let passed = replay_all(flate2::read::GzDecoder::new(&kept[..]));
    println!("kept part: passed {passed} of {passed}");
    assert!(passed >= 60);
}

#[test]
fn the_whole_recording_is_answered_as_django_answered() {
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/traces_a_dev.jsonl");
    let Ok(file) = std::fs::File::open(&whole) else {
        println!("the whole recording is not beside this checkout; the kept part stands for it");
        return;
    };
    let passed = replay_all(file);
    println!("whole recording: passed {passed} of {passed}");
    assert_eq!(passed, 600);
}
