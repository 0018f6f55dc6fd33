//! Conditions of every kind over more rows than are asked with one call, among free slots and after the last block.

use relarena::prelude::*;
use relarena::query::{Condition, Query, sum};

use crate::support::{Outcome, sound};

#[derive(Model, Clone)]
struct Depot {
    name: String,
}

#[derive(Model, Clone)]
struct Parcel {
    number: u32,
    label: String,
    weight: Option<f64>,
    #[foreign_key(on_delete = set_null, reverse = PARCELS)]
    depot: Option<Id<Depot>>,
}

#[derive(Schema)]
struct Post {
    depots: Table<Depot>,
    parcels: Table<Parcel>,
}

/// Some 2,600 parcels in 2,900 slots, of which a run of more than a thousand is free, and every eleventh of the others.
fn post() -> Outcome<Store<Post>> {
    let mut db = Store::<Post>::new();
    let depots = db.insert_many((0..30).map(|number| Depot { name: format!("depot {number}") }))?;
    let parcel = |number: u32| Parcel {
        number,
        label: format!("label {}", number % 97),
        weight: (!number.is_multiple_of(5)).then(|| f64::from(number % 83)),
        depot: (!number.is_multiple_of(7)).then(|| depots[number as usize % 30]),
    };
    let parcels = db.insert_many((0..4_000).map(parcel))?;
    let gone = parcels.iter().zip(0..).filter(|(_, place)| (1_100..2_300).contains(place) || place % 11 == 3);
    db.delete_many(gone.map(|(id, _)| *id).collect::<Vec<_>>())?;
    sound(&db);
    Ok(db)
}

/// What it is called, the condition, and what it comes to for a row.
type Question = (&'static str, fn() -> Condition<'static, Post, Parcel>, fn(&Row<'_, Post, Parcel>) -> bool);

fn depot_of<'a>(parcel: &Row<'a, Post, Parcel>) -> Option<&'a str> {
    parcel.follow(Parcel::DEPOT).map(|depot| depot.get().name.as_str())
}

fn questions() -> Vec<Question> {
    vec![
        ("a number", || Parcel::NUMBER.gt(3_000), |parcel| parcel.number > 3_000),
        ("a text", || Parcel::LABEL.ends_with("7"), |parcel| parcel.label.ends_with('7')),
        ("null", || Parcel::WEIGHT.is_null(), |parcel| parcel.weight.is_none()),
        ("no range", || Parcel::NUMBER.range(9..9), |_| false),
        (
            "both",
            || Parcel::NUMBER.lt(2_500).and(Parcel::LABEL.starts_with("label 1")),
            |parcel| parcel.number < 2_500 && parcel.label.starts_with("label 1"),
        ),
        (
            "either",
            || Parcel::NUMBER.lt(500).or(Parcel::LABEL.contains("9")).or(Parcel::WEIGHT.gt(70.0)),
            |parcel| parcel.number < 500 || parcel.label.contains('9') || parcel.weight > Some(70.0),
        ),
        ("not", || Parcel::LABEL.contains("1").not(), |parcel| !parcel.label.contains('1')),
        (
            "neither",
            || Parcel::NUMBER.lt(3_000).or(Parcel::LABEL.contains("2")).not(),
            |parcel| !(parcel.number < 3_000 || parcel.label.contains('2')),
        ),
        (
            "along a key",
            || Parcel::DEPOT.then(Depot::NAME).ends_with("3"),
            |parcel| depot_of(parcel).is_some_and(|name| name.ends_with('3')),
        ),
        (
            "a closure",
            || Condition::of(|parcel: Row<'_, Post, Parcel>| parcel.number % 3 == 1),
            |parcel| parcel.number % 3 == 1,
        ),
    ]
}

#[test]
fn whatever_is_asked_of_thousands_is_what_a_loop_finds() -> Outcome {
    let db = post()?;
    for (name, condition, expected) in questions() {
        let found: Vec<u32> = db.rows::<Parcel>().filter(expected).map(|parcel| parcel.number).collect();
        let numbers = db.query(condition()).rows().map(|parcel| parcel.number);
        assert!(numbers.eq(found.iter().copied()), "{name}: rows");
        assert_eq!(db.query(condition()).count(), found.len(), "{name}: count");
        let total = db.query(condition()).aggregate((sum(Parcel::NUMBER),)).0;
        assert_eq!(
            total,
            (!found.is_empty()).then(|| found.iter().map(|&number| i128::from(number)).sum()),
            "{name}: sum"
        );
        let last = db.query(condition()).last().map(|parcel| parcel.number);
        assert_eq!(last, found.last().copied(), "{name}: last");
        let last = db.query(condition()).order_by(Parcel::NUMBER.desc()).limit(7).rows().map(|parcel| parcel.number);
        assert!(last.eq(found.iter().rev().take(7).copied()), "{name}: the last in order");
    }
    Ok(())
}

#[test]
fn whatever_is_asked_of_thousands_of_related_rows_is_what_a_loop_finds() -> Outcome {
    let db = post()?;
    for (name, condition, expected) in questions() {
        let depots = |decides: fn(usize, usize) -> bool| {
            let all = db.rows::<Depot>().filter(move |depot| {
                let parcels = || depot.follow(Depot::PARCELS);
                decides(parcels().filter(expected).count(), parcels().count())
            });
            all.map(|depot| depot.name.clone()).collect::<Vec<_>>()
        };
        let asked = |condition: Condition<'_, _, Depot>| {
            db.query(condition).rows().map(|depot| depot.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(asked(Depot::PARCELS.any(condition())), depots(|found, _| found > 0), "{name}: any");
        assert_eq!(asked(Depot::PARCELS.all(condition())), depots(|found, all| found == all), "{name}: all");
        assert_eq!(asked(Depot::PARCELS.none(condition())), depots(|found, _| found == 0), "{name}: none");
    }
    Ok(())
}

#[test]
fn the_first_results_of_a_join_are_those_that_all_of_them_begin_with() -> Outcome {
    let db = post()?;
    let asked = || db.query(Depot::PARCELS.then(Parcel::NUMBER).gt(100));
    let names = |query: Query<'_, Post, Depot>| query.rows().map(|depot| depot.name.clone()).collect::<Vec<_>>();
    let (all, distinct) = (names(asked()), names(asked().distinct()));
    assert!(all.len() > 2_000 && distinct.len() == 30);
    for (offset, limit) in [(0, 0), (0, 1), (3, 5), (80, 200), (2_000, 10_000)] {
        let sliced = |all: &[String]| all.iter().skip(offset).take(limit).cloned().collect::<Vec<_>>();
        assert_eq!(names(asked().offset(offset).limit(limit)), sliced(&all));
        assert_eq!(names(asked().distinct().offset(offset).limit(limit)), sliced(&distinct));
    }
    Ok(())
}

#[test]
fn the_first_result_of_a_join_costs_no_look_at_the_others() -> Outcome {
    let db = post()?;
    let joined = || Depot::PARCELS.then(Parcel::NUMBER).gt(100);
    let all = db.query(joined()).explain().touched_rows;
    let first = db.query(joined()).limit(1).explain().touched_rows;
    assert!(all > 2_000 && first < 200, "all: {all}, the first: {first}");
    Ok(())
}
