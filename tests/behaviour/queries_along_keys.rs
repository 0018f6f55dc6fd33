//! Counts along several keys go back from the rows at their end, and come to what loops along the keys count.

use relarena::prelude::*;
use relarena::query::Way;

use crate::support::{Outcome, sound};

#[derive(Model, Clone)]
struct Captain {
    age: u32,
}

#[derive(Model, Clone)]
struct Ship {
    #[one_to_one(on_delete = set_null, reverse = SHIP)]
    captain: Option<Id<Captain>>,
}

#[derive(Model, Clone)]
struct Cabin {
    #[foreign_key(on_delete = cascade, reverse = CABINS)]
    ship: Id<Ship>,
}

#[derive(Model, Clone)]
struct Bunk {
    #[foreign_key(on_delete = set_null, reverse = BUNKS)]
    cabin: Option<Id<Cabin>>,
}

#[derive(Schema)]
struct Fleet {
    captains: Table<Captain>,
    ships: Table<Ship>,
    cabins: Table<Cabin>,
    bunks: Table<Bunk>,
}

/// Ships of which every fourth has no captain, five cabins to a ship and four bunks to a cabin; every seventh bunk in none.
fn fleet() -> Outcome<Store<Fleet>> {
    let mut db = Store::<Fleet>::new();
    for number in 0..40 {
        let captain = db.insert(Captain { age: 20 + number })?;
        let ship = db.insert(Ship { captain: (number % 4 > 0).then_some(captain) })?;
        for _ in 0..5 {
            let cabin = db.insert(Cabin { ship })?;
            db.insert_many((0..4).map(|_| Bunk { cabin: Some(cabin) }))?;
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
