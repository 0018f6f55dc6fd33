//! Counts along several keys go back from the rows at their end, and come to what loops along the keys count.

use relarena::prelude::*;
use relarena::query::Way;

use crate::support::{Outcome, sound};

#[derive(Model, Clone)]
struct Port {
    depth: u32,
}

#[derive(Model, Clone)]
struct Captain {
    age: u32,
    #[foreign_key(on_delete = set_null, reverse = CAPTAINS)]
    home: Option<Id<Port>>,
}

#[derive(Model, Clone)]
struct Ship {
    #[one_to_one(on_delete = set_null, reverse = SHIP)]
    captain: Option<Id<Captain>>,
}

#[derive(Model, Clone)]
struct Cabin {
    number: u32,
    #[foreign_key(on_delete = cascade, reverse = CABINS)]
    ship: Id<Ship>,
}

#[derive(Model, Clone)]
struct Bunk {
    width: u32,
    #[foreign_key(on_delete = set_null, reverse = BUNKS)]
    cabin: Option<Id<Cabin>>,
}

#[derive(Schema)]
struct Fleet {
    ports: Table<Port>,
    captains: Table<Captain>,
    ships: Table<Ship>,
    cabins: Table<Cabin>,
    bunks: Table<Bunk>,
}

/// Forty ships of which every fourth has no captain, five cabins to a ship and four bunks to a cabin; every seventh bunk in
/// none.
fn fleet() -> Outcome<Store<Fleet>> {
    let mut db = Store::<Fleet>::new();
    let ports = db.insert_many((0..5).map(|depth| Port { depth }))?;
    for number in 0..40 {
        let home = ports.get(number as usize % 7).copied();
        let captain = db.insert(Captain { age: 20 + number, home })?;
        let ship = db.insert(Ship { captain: (number % 4 > 0).then_some(captain) })?;
        for place in 0..5 {
            let cabin = db.insert(Cabin { number: number * 5 + place, ship })?;
            db.insert_many((0..4).map(|width| Bunk { width, cabin: Some(cabin) }))?;
        }
    }
    let free = db.rows::<Bunk>().ids().into_iter().step_by(7).collect::<Vec<_>>();
    db.update_many(free, |_, bunk| bunk.cabin = None)?;
    sound(&db);
    Ok(db)
}

/// Bunks under a captain of more than an age, by loops along the keys.
fn under_older(db: &Store<Fleet>, age: u32) -> usize {
    let is_older = |bunk: &Row<'_, Fleet, Bunk>| {
        let ship = bunk.follow(Bunk::CABIN).map(|cabin| cabin.follow(Cabin::SHIP));
        ship.and_then(|ship| ship.follow(Ship::CAPTAIN)).is_some_and(|captain| captain.age > age)
    };
    db.rows::<Bunk>().filter(is_older).count()
}

#[test]
fn a_count_over_three_keys_one_of_them_one_to_one_is_that_of_loops() -> Outcome {
    let db = fleet()?;
    for age in [0, 30, 41, 57, 99] {
        let asked = || Bunk::CABIN.then(Cabin::SHIP).then(Ship::CAPTAIN).then(Captain::AGE).gt(age);
        assert_eq!((db.query(asked()).count(), db.query(asked()).ids().len()), {
            let expected = under_older(&db, age);
            (expected, expected)
        });
    }
    Ok(())
}

#[test]
fn a_count_over_keys_looks_at_the_rows_that_they_lead_to_and_at_none_that_are_counted() -> Outcome {
    let db = fleet()?;
    let asked = |age| Bunk::CABIN.then(Cabin::SHIP).then(Ship::CAPTAIN).then(Captain::AGE).gt(age);
    let explained = db.query(asked(57)).explain_count();
    assert_eq!((explained.way, explained.relations), (Way::Lists { model: "Captain" }, 2));
    // Captains, ships and cabins.
    assert_eq!((explained.estimated_rows, explained.touched_rows), (40 + 40 + 200, 40 + 40 + 200));
    assert_eq!(explained.results, under_older(&db, 57));
    Ok(())
}

#[test]
fn a_count_whose_last_key_is_one_to_one_counts_its_holders() -> Outcome {
    let db = fleet()?;
    let asked = || Ship::CAPTAIN.then(Captain::AGE).lt(24);
    assert_eq!(db.query(asked()).count(), 3);
    assert_eq!(db.query(asked()).offset(1).limit(1).count(), 1);
    Ok(())
}

#[test]
fn a_count_over_four_keys_is_that_of_loops() -> Outcome {
    let db = fleet()?;
    let lies_deeper = |bunk: &Row<'_, Fleet, Bunk>, depth: u32| {
        let ship = bunk.follow(Bunk::CABIN).map(|cabin| cabin.follow(Cabin::SHIP));
        let home = ship.and_then(|ship| ship.follow(Ship::CAPTAIN)).and_then(|captain| captain.follow(Captain::HOME));
        home.is_some_and(|port| port.depth > depth)
    };
    for depth in 0..5 {
        let home = Bunk::CABIN.then(Cabin::SHIP).then(Ship::CAPTAIN).then(Captain::HOME);
        let expected = db.rows::<Bunk>().filter(|bunk| lies_deeper(bunk, depth)).count();
        assert_eq!(db.query(home.then(Port::DEPTH).gt(depth)).count(), expected);
    }
    Ok(())
}

#[test]
fn the_number_of_rows_two_relations_away_is_that_of_loops() -> Outcome {
    let db = fleet()?;
    for wanted in 16..20 {
        let found = db.query(Ship::CABINS.then(Cabin::BUNKS).count(|count| count == wanted)).ids();
        let ships = db.rows::<Ship>().filter(|ship| {
            ship.follow(Ship::CABINS).map(|cabin| cabin.follow(Cabin::BUNKS).len()).sum::<usize>() == wanted
        });
        assert_eq!(found, ships.map(|ship| ship.id()).collect::<Vec<_>>());
    }
    Ok(())
}

#[test]
fn rows_are_decided_by_related_rows_beyond_the_first_sixty_four_too() -> Outcome {
    let db = fleet()?;
    let is_free = |cabin: &Row<'_, Fleet, Cabin>| cabin.follow(Cabin::BUNKS).any(|bunk| bunk.width > 2);
    let found = db.query(Cabin::BUNKS.any(Bunk::WIDTH.gt(2))).ids();
    assert_eq!(found, db.rows::<Cabin>().filter(is_free).map(|cabin| cabin.id()).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn a_quantified_query_says_how_many_related_rows_it_looked_at() -> Outcome {
    let db = fleet()?;
    let bunks = db.rows::<Bunk>().filter(|bunk| bunk.cabin.is_some()).count();
    let touched = |condition| db.query(condition).explain().touched_rows;
    assert_eq!(touched(Ship::CABINS.count(|count| count > 5)), 40 + 200);
    assert_eq!(touched(Ship::CABINS.any(Cabin::NUMBER.gt(1000))), 40 + 200);
    assert_eq!(touched(Ship::CABINS.then(Cabin::BUNKS).any(Bunk::WIDTH.gt(9))), 40 + bunks);
    Ok(())
}

#[test]
fn a_query_over_a_key_says_that_it_looked_at_each_row_at_its_end_once() -> Outcome {
    let db = fleet()?;
    let explained = db.query(Bunk::CABIN.then(Cabin::NUMBER).gt(20)).explain();
    // Bunks, the key of each, and the cabins.
    assert_eq!((explained.way, explained.touched_rows), (Way::Scan, 800 + 800 + 200));
    Ok(())
}
