//! Keys that a delete leaves alone: they may dangle inside a transaction, never after it (I1, SEMANTICS D16, T10).

use std::rc::Rc;

use relarena::prelude::*;

use crate::support::{Outcome, dump, give_up, sound};

#[derive(Model, Clone, Debug)]
struct Port {}

#[derive(Model, Clone, Debug)]
struct Ship {
    #[foreign_key(on_delete = do_nothing, reverse = SHIPS)]
    port: Option<Id<Port>>,
    #[foreign_key(on_delete = do_nothing, reverse = BUILT)]
    yard: Id<Port>,
}

#[derive(Model, Clone, Debug)]
struct Pilot {
    #[one_to_one(on_delete = do_nothing, reverse = PILOT)]
    port: Id<Port>,
}

#[derive(Schema)]
struct Sea {
    ports: Table<Port>,
    ships: Table<Ship>,
    pilots: Table<Pilot>,
}

struct Harbour {
    db: Store<Sea>,
    old: Id<Port>,
    new: Id<Port>,
    ship: Id<Ship>,
}

fn harbour() -> Result<Harbour, Error> {
    let mut db = Store::new();
    let (old, new) = (db.insert(Port {})?, db.insert(Port {})?);
    let ship = db.insert(Ship { port: Some(old), yard: new })?;
    Ok(Harbour { db, old, new, ship })
}

#[test]
fn outside_a_transaction_the_delete_fails_at_once() -> Outcome {
    let Harbour { mut db, old, ship, .. } = harbour()?;
    match db.delete(old).expect_err("a ship is there") {
        Error::DanglingReferences(references) => {
            let pairs: Vec<_> = references.iter().map(|one| (one.source, one.target, one.relation.field)).collect();
            assert_eq!(pairs, [(db.key_of(ship), db.key_of(old), "port")]);
        }
        other => panic!("{other}"),
    }
    assert!(db.contains(old));
    sound(&db);
    Ok(())
}

#[test]
fn a_plan_names_the_references_that_would_dangle() -> Outcome {
    let Harbour { db, old, ship, .. } = harbour()?;
    let dangling: Vec<_> = db.plan_delete(old)?.dangling.iter().map(|one| one.source).collect();
    assert_eq!(dangling, [db.key_of(ship)]);
    sound(&db);
    Ok(())
}

#[test]
fn inside_a_transaction_the_key_keeps_the_old_id_and_leads_nowhere() -> Outcome {
    let Harbour { mut db, old, ship, .. } = harbour()?;
    let failed = db.transaction(|tx| {
        tx.delete(old)?;
        assert_eq!(tx[ship].port, Some(old));
        assert!(tx.follow(ship, Ship::PORT).is_none());
        sound(tx);
        Ok(())
    });
    assert!(failed.is_err());
    sound(&db);
    Ok(())
}

#[test]
fn a_dangling_key_does_not_name_the_next_row_in_the_slot() -> Outcome {
    let Harbour { mut db, old, new, ship } = harbour()?;
    db.transaction(|tx| {
        tx.delete(old)?;
        let next = tx.insert(Port {})?;
        assert_eq!((next.slot(), tx.follow(next, Port::SHIPS).count()), (old.slot(), 0));
        assert!(tx.follow(ship, Ship::PORT).is_none());
        tx.set(ship, Ship::PORT, Some(new))
    })?;
    sound(&db);
    Ok(())
}

#[test]
fn the_outermost_commit_fails_and_undoes_everything() -> Outcome {
    let Harbour { mut db, old, .. } = harbour()?;
    let before = dump(&db);
    let failed = db.transaction(|tx| {
        tx.insert(Port {})?;
        tx.transaction(|tx| tx.delete(old))
    });
    assert!(matches!(failed, Err(Error::DanglingReferences(_))));
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}

#[test]
fn a_reference_may_dangle_across_inner_commits_until_it_is_nulled() -> Outcome {
    let Harbour { mut db, old, ship, .. } = harbour()?;
    db.transaction(|tx| {
        tx.transaction(|tx| tx.delete(old))?;
        tx.transaction(|tx| tx.set(ship, Ship::PORT, None))
    })?;
    assert_eq!((db.contains(old), db[ship].port), (false, None));
    sound(&db);
    Ok(())
}

#[test]
fn a_reference_is_mended_by_moving_it_with_an_update() -> Outcome {
    let Harbour { mut db, old, new, ship } = harbour()?;
    db.transaction(|tx| {
        tx.delete(old)?;
        tx.update(ship, |ship| ship.port = Some(new))
    })?;
    assert_eq!(db.follow(new, Port::SHIPS).ids(), [ship]);
    sound(&db);
    Ok(())
}

#[test]
fn a_reference_is_mended_by_deleting_the_referrer() -> Outcome {
    let Harbour { mut db, old, ship, .. } = harbour()?;
    db.transaction(|tx| {
        tx.delete(old)?;
        tx.delete(ship)
    })?;
    assert!(db.is_empty::<Ship>());
    sound(&db);
    Ok(())
}

#[test]
fn a_reference_is_mended_by_rolling_the_inner_block_back() -> Outcome {
    let Harbour { mut db, old, ship, .. } = harbour()?;
    db.transaction(|tx| {
        let inner: Outcome = tx.transaction(|tx| {
            tx.delete(old)?;
            give_up()
        });
        assert!(inner.is_err());
        Ok(())
    })?;
    assert_eq!(db.follow(ship, Ship::PORT).map(|port| port.id()), Some(old));
    sound(&db);
    Ok(())
}

#[test]
fn deleting_referrer_and_target_together_leaves_nothing_to_mend() -> Outcome {
    let Harbour { mut db, old, ship, .. } = harbour()?;
    let keys = [db.key_of(old), db.key_of(ship)];
    assert_eq!(db.delete_keys(&keys)?.total, 2);
    sound(&db);
    Ok(())
}

#[test]
fn a_dangling_key_may_not_be_written_again() -> Outcome {
    let Harbour { mut db, old, new, ship } = harbour()?;
    db.transaction(|tx| {
        tx.delete(old)?;
        assert!(matches!(tx.set(ship, Ship::PORT, Some(old)), Err(Error::DanglingTarget { .. })));
        assert!(matches!(
            tx.insert(Ship { port: Some(old), yard: new }).map_err(Error::from),
            Err(Error::DanglingTarget { .. })
        ));
        tx.set(ship, Ship::PORT, Some(new))
    })?;
    sound(&db);
    Ok(())
}

#[test]
fn other_fields_of_a_row_with_a_dangling_key_can_be_written() -> Outcome {
    let Harbour { mut db, old, new, ship } = harbour()?;
    db.transaction(|tx| {
        let third = tx.insert(Port {})?;
        tx.delete(old)?;
        tx.update(ship, |ship| ship.yard = third)?;
        assert_eq!(tx[ship].port, Some(old));
        tx.set(ship, Ship::PORT, Some(new))
    })?;
    sound(&db);
    Ok(())
}

#[test]
fn a_dangling_one_to_one_key_is_mended_by_a_move() -> Outcome {
    let mut db = Store::<Sea>::new();
    let (old, new) = (db.insert(Port {})?, db.insert(Port {})?);
    let pilot = db.insert(Pilot { port: old })?;
    assert!(matches!(db.transaction(|tx| tx.delete(old)), Err(Error::DanglingReferences(_))));
    db.transaction(|tx| {
        tx.delete(old)?;
        tx.set(pilot, Pilot::PORT, new)
    })?;
    assert_eq!(db.follow(new, Port::PILOT).map(|row| row.id()), Some(pilot));
    sound(&db);
    Ok(())
}

#[test]
fn by_name_a_dangling_key_shows_the_old_id_and_leads_nowhere_too() -> Outcome {
    let Harbour { mut db, old, new, ship } = harbour()?;
    db.transaction(|tx| {
        let (key, target) = (tx.key_of(ship), tx.key_of(old));
        tx.delete(old)?;
        assert_eq!(tx.value(key, "port")?, Value::Key(target));
        assert_eq!(tx.follow_by_name(key, "port")?, []);
        tx.set(ship, Ship::PORT, Some(new))
    })?;
    sound(&db);
    Ok(())
}

/// A guest is copied when its key would be nulled, since a check looks at it; a note's key would dangle.
#[derive(Model, Clone)]
#[check(name = "is_anybody", |_| true)]
struct Guest {
    luggage: Rc<()>,
    #[foreign_key(on_delete = set_null, reverse = GUESTS)]
    inn: Option<Id<Inn>>,
}

#[derive(Model, Clone)]
struct Note {
    #[foreign_key(on_delete = do_nothing, reverse = NOTES)]
    inn: Id<Inn>,
}

#[derive(Model, Clone)]
struct Inn {}

#[derive(Schema)]
struct Road {
    inns: Table<Inn>,
    guests: Table<Guest>,
    notes: Table<Note>,
}

#[test]
fn a_delete_that_fails_keeps_no_copies_of_the_rows_whose_keys_it_would_have_nulled() -> Outcome {
    let mut db = Store::<Road>::new();
    let inn = db.insert(Inn {})?;
    let guest = db.insert(Guest { luggage: Rc::new(()), inn: Some(inn) })?;
    db.insert(Note { inn })?;
    db.delete(inn).expect_err("a note is about it");
    assert_eq!(Rc::strong_count(&db[guest].luggage), 1);
    Ok(())
}
