//! Ids reserved before their rows: keys may name them until the outermost transaction ends (I1, I6).

use relarena::prelude::*;

use crate::support::{Outcome, dump, give_up, sound};

#[derive(Model, Clone, Debug)]
struct Planet {
    #[foreign_key(on_delete = cascade, reverse = OWNS)]
    ruler: Id<Lord>,
}

#[derive(Model, Clone, Debug)]
struct Lord {
    #[foreign_key(on_delete = cascade, reverse = RESIDENTS)]
    home: Id<Planet>,
}

#[derive(Model, Clone, Debug)]
struct Crown {
    #[one_to_one(on_delete = cascade, reverse = CROWN)]
    lord: Id<Lord>,
}

#[derive(Schema)]
struct Galaxy {
    planets: Table<Planet>,
    lords: Table<Lord>,
    crowns: Table<Crown>,
}

fn settle(tx: &mut Store<Galaxy>) -> Result<(Id<Planet>, Id<Lord>), Error> {
    let ruler = tx.reserve::<Lord>()?;
    let home = tx.insert(Planet { ruler })?;
    tx.insert_reserved(ruler, Lord { home })?;
    Ok((home, ruler))
}

#[test]
fn two_rows_with_required_keys_to_each_other_can_be_inserted() -> Outcome {
    let mut db = Store::<Galaxy>::new();
    let (planet, lord) = db.transaction(settle)?;
    assert_eq!(db.follow(planet, Planet::RULER).id(), lord);
    assert_eq!(
        (db.follow(lord, Lord::OWNS).ids(), db.follow(planet, Planet::RESIDENTS).ids()),
        (vec![planet], vec![lord])
    );
    sound(&db);
    Ok(())
}

#[test]
fn a_row_with_a_required_key_to_itself_is_impossible_without_and_possible_with_reserve() -> Outcome {
    let mut db = Store::<Galaxy>::new();
    let (planet, lord) = db.transaction(|tx| {
        let (planet, lord) = (tx.reserve::<Planet>()?, tx.reserve::<Lord>()?);
        tx.insert_reserved(planet, Planet { ruler: lord })?;
        tx.insert_reserved(lord, Lord { home: planet })?;
        Ok((planet, lord))
    })?;
    assert_eq!(db.delete(lord)?.total, 2);
    assert!(!db.contains(planet));
    sound(&db);
    Ok(())
}

#[test]
fn a_reserved_id_names_no_row_yet() -> Outcome {
    let mut db = Store::<Galaxy>::new();
    db.transaction(|tx| {
        let reserved = tx.reserve::<Lord>()?;
        assert!(!tx.contains(reserved) && tx.get(reserved).is_none());
        assert_eq!((tx.len::<Lord>(), tx.rows::<Lord>().count()), (0, 0));
        sound(tx);
        Ok(())
    })?;
    sound(&db);
    Ok(())
}

#[test]
fn a_reserved_id_that_a_key_names_must_be_filled_before_the_commit() {
    let mut db = Store::<Galaxy>::new();
    let failed = db.transaction(|tx| {
        let ruler = tx.reserve::<Lord>()?;
        Ok(tx.insert(Planet { ruler })?)
    });
    assert!(matches!(failed, Err(Error::DanglingReferences(_))));
    assert!(db.is_empty::<Planet>());
    sound(&db);
}

#[test]
fn a_reserved_id_that_nothing_names_goes_back_at_the_commit() -> Outcome {
    let mut db = Store::<Galaxy>::new();
    let unused = db.transaction(Store::reserve::<Lord>)?;
    let (_, lord) = db.transaction(settle)?;
    assert_eq!(lord, unused, "as if it had never been taken");
    sound(&db);
    Ok(())
}

#[test]
fn several_unused_ids_go_back_in_the_order_they_were_taken() -> Outcome {
    let mut db = Store::<Galaxy>::new();
    let unused = db.transaction(|tx| Ok([tx.reserve::<Lord>()?, tx.reserve::<Lord>()?, tx.reserve::<Lord>()?]))?;
    let again = db.transaction(|tx| Ok([tx.reserve::<Lord>()?, tx.reserve::<Lord>()?, tx.reserve::<Lord>()?]))?;
    assert_eq!(again, unused);
    sound(&db);
    Ok(())
}

#[test]
fn unused_ids_of_reused_slots_go_back_in_the_order_they_were_taken() -> Outcome {
    let mut db = Store::<Galaxy>::new();
    let (planet, lord) = db.transaction(settle)?;
    let lords = db.insert_many((0..4).map(|_| Lord { home: planet }))?;
    for place in [1, 3, 0] {
        db.delete(lords[place])?;
    }
    let take = |tx: &mut Store<Galaxy>| Ok([tx.reserve::<Lord>()?, tx.reserve::<Lord>()?, tx.reserve::<Lord>()?]);
    let unused = db.transaction(take)?;
    assert_eq!(db.transaction(take)?, unused);
    assert!(db.contains(lord));
    sound(&db);
    Ok(())
}

#[test]
fn reserve_outside_a_transaction_is_refused() {
    let mut db = Store::<Galaxy>::new();
    assert!(matches!(db.reserve::<Lord>(), Err(Error::OutsideTransaction { call: "reserve" })));
    sound(&db);
}

#[test]
fn an_id_can_be_filled_once() -> Outcome {
    let mut db = Store::<Galaxy>::new();
    db.transaction(|tx| {
        let (home, lord) = settle(tx)?;
        let refused = tx.insert_reserved(lord, Lord { home }).expect_err("it is filled");
        assert!(matches!(refused.error, Error::NotReserved { row } if row == tx.key_of(lord)));
        Ok(())
    })?;
    sound(&db);
    Ok(())
}

#[test]
fn an_id_that_was_not_reserved_cannot_be_filled() -> Outcome {
    let mut db = Store::<Galaxy>::new();
    let (home, lord) = db.transaction(settle)?;
    let old = db.transaction(Store::reserve::<Lord>)?;
    for id in [lord, old, Id::NULL] {
        let refused = db.insert_reserved(id, Lord { home }).expect_err("not reserved");
        assert!(matches!(refused.error, Error::NotReserved { .. }));
    }
    sound(&db);
    Ok(())
}

#[test]
fn a_refused_row_leaves_its_id_reserved() -> Outcome {
    let mut db = Store::<Galaxy>::new();
    db.transaction(|tx| {
        let (home, _) = settle(tx)?;
        let id = tx.reserve::<Lord>()?;
        assert!(tx.insert_reserved(id, Lord { home: Id::NULL }).is_err());
        tx.insert_reserved(id, Lord { home })?;
        Ok(())
    })?;
    assert_eq!(db.len::<Lord>(), 2);
    sound(&db);
    Ok(())
}

#[test]
fn a_rollback_gives_reserved_ids_back() -> Outcome {
    let mut db = Store::<Galaxy>::new();
    let (planet, _) = db.transaction(settle)?;
    let (before, mut reserved) = (dump(&db), None);
    let failed: Outcome = db.transaction(|tx| {
        let id = tx.reserve::<Lord>()?;
        reserved = Some(id);
        tx.insert(Planet { ruler: id })?;
        tx.insert_reserved(id, Lord { home: planet })?;
        give_up()
    });
    assert!(failed.is_err());
    assert_eq!(dump(&db), before);
    assert_eq!(Some(db.insert(Lord { home: planet })?), reserved);
    sound(&db);
    Ok(())
}

#[test]
fn an_inner_rollback_takes_back_only_what_it_filled() -> Outcome {
    let mut db = Store::<Galaxy>::new();
    let lord = db.transaction(|tx| {
        let ruler = tx.reserve::<Lord>()?;
        let home = tx.insert(Planet { ruler })?;
        let inner: Outcome = tx.transaction(|tx| {
            tx.insert_reserved(ruler, Lord { home })?;
            give_up()
        });
        assert!(inner.is_err() && !tx.contains(ruler));
        sound(tx);
        Ok(tx.insert_reserved(ruler, Lord { home })?)
    })?;
    assert_eq!(db.follow(lord, Lord::OWNS).count(), 1);
    sound(&db);
    Ok(())
}

#[test]
fn an_id_reserved_in_an_inner_block_can_be_filled_in_the_outer_one() -> Outcome {
    let mut db = Store::<Galaxy>::new();
    db.transaction(|tx| {
        let ruler = tx.transaction(Store::reserve::<Lord>)?;
        let home = tx.insert(Planet { ruler })?;
        tx.insert_reserved(ruler, Lord { home })?;
        Ok(())
    })?;
    sound(&db);
    Ok(())
}

#[test]
fn a_one_to_one_key_to_a_reserved_id_takes_it() -> Outcome {
    let mut db = Store::<Galaxy>::new();
    db.transaction(|tx| {
        let (home, _) = settle(tx)?;
        let lord = tx.reserve::<Lord>()?;
        let crown = tx.insert(Crown { lord })?;
        let refused = tx.insert(Crown { lord }).expect_err("one crown each, also before the lord is there");
        assert!(
            matches!(refused.error, Error::UniqueViolation(violation) if violation.holder == Some(tx.key_of(crown)))
        );
        tx.insert_reserved(lord, Lord { home })?;
        assert_eq!(tx.follow(lord, Lord::CROWN).map(|row| row.id()), Some(crown));
        Ok(())
    })?;
    sound(&db);
    Ok(())
}

#[test]
fn a_referrer_of_a_reserved_id_may_be_moved_or_deleted_instead() -> Outcome {
    let mut db = Store::<Galaxy>::new();
    db.transaction(|tx| {
        let (_, lord) = settle(tx)?;
        let nobody = tx.reserve::<Lord>()?;
        let moved = tx.insert(Planet { ruler: nobody })?;
        let deleted = tx.insert(Planet { ruler: nobody })?;
        tx.set(moved, Planet::RULER, lord)?;
        tx.delete(deleted)?;
        Ok(())
    })?;
    assert_eq!(db.len::<Planet>(), 2);
    sound(&db);
    Ok(())
}
