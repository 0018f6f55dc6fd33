//! The recipes that a newcomer needs to change a store while walking it; none clones a row.

use relarena::prelude::*;

use crate::support::{Outcome, sound};

#[derive(Model, Clone, Debug)]
struct Squad {
    #[unique]
    name: String,
    strength: u32,
}

#[derive(Model, Clone, Debug)]
#[many_to_many(ITEMS: Item, reverse = OWNERS)]
struct Soldier {
    health: u32,
    #[foreign_key(on_delete = cascade, reverse = SOLDIERS)]
    squad: Id<Squad>,
    #[foreign_key(on_delete = set_null, reverse = FOLLOWERS)]
    leader: Option<Id<Soldier>>,
}

#[derive(Model, Clone, Debug)]
struct Item {
    weight: u32,
}

#[derive(Schema)]
struct Army {
    squads: Table<Squad>,
    soldiers: Table<Soldier>,
    items: Table<Item>,
}

type Fixture = (Store<Army>, Vec<Id<Squad>>, Vec<Id<Soldier>>);

fn army() -> Result<Fixture, Error> {
    let mut db = Store::new();
    let squads = db.insert_many(["red", "blue"].map(|name| Squad { name: name.into(), strength: 0 }))?;
    let soldiers =
        db.insert_many((1..=6).map(|health| Soldier { health, squad: squads[health as usize % 2], leader: None }))?;
    Ok((db, squads, soldiers))
}

fn healths(db: &Store<Army>) -> Vec<u32> {
    db.rows::<Soldier>().map(|soldier| soldier.health).collect()
}

#[test]
fn ids_first_then_write() -> Outcome {
    let (mut db, ..) = army()?;
    for id in db.rows::<Soldier>().ids() {
        db.update(id, |soldier| soldier.health *= 10)?;
    }
    assert_eq!(healths(&db), [10, 20, 30, 40, 50, 60]);
    sound(&db);
    Ok(())
}

#[test]
fn edit_all_rows_of_a_relation() -> Outcome {
    let (mut db, squads, _) = army()?;
    let members = db.follow(squads[0], Squad::SOLDIERS).ids();
    db.update_many(members, |_, soldier| soldier.health = 0)?;
    assert_eq!(healths(&db), [1, 0, 3, 0, 5, 0]);
    sound(&db);
    Ok(())
}

#[test]
fn edit_the_rows_that_satisfy_a_condition() -> Outcome {
    let (mut db, ..) = army()?;
    let weak: Vec<_> = db.rows::<Soldier>().filter(|soldier| soldier.health < 3).map(|soldier| soldier.id()).collect();
    db.update_many(weak, |_, soldier| soldier.health += 100)?;
    assert_eq!(healths(&db), [101, 102, 3, 4, 5, 6]);
    sound(&db);
    Ok(())
}

#[test]
fn edit_one_model_while_reading_others() -> Outcome {
    let (mut db, squads, _) = army()?;
    let ids = db.rows::<Squad>().ids();
    db.update_many(ids, |before, squad| {
        squad.strength = before.follow(Squad::SOLDIERS).map(|soldier| soldier.health).sum();
    })?;
    assert_eq!((db[squads[0]].strength, db[squads[1]].strength), (12, 9));
    sound(&db);
    Ok(())
}

#[test]
fn edit_rows_by_what_their_key_leads_to() -> Outcome {
    let (mut db, squads, _) = army()?;
    db.set(squads[1], Squad::STRENGTH, 50)?;
    let ids = db.rows::<Soldier>().ids();
    db.update_many(ids, |before, soldier| soldier.health += before.follow(Soldier::SQUAD).strength)?;
    assert_eq!(healths(&db), [51, 2, 53, 4, 55, 6]);
    sound(&db);
    Ok(())
}

#[test]
fn the_closure_of_a_bulk_update_sees_the_store_as_it_was_before() -> Outcome {
    let (mut db, _, soldiers) = army()?;
    for pair in soldiers.windows(2) {
        db.set(pair[1], Soldier::LEADER, Some(pair[0]))?;
    }
    db.update_many(soldiers, |before, soldier| {
        if let Some(leader) = soldier.leader {
            soldier.health = before.view()[leader].health;
        }
    })?;
    assert_eq!(healths(&db), [1, 1, 2, 3, 4, 5]);
    sound(&db);
    Ok(())
}

#[test]
fn compute_along_relations_then_write_one_row() -> Outcome {
    let (mut db, squads, _) = army()?;
    let strength = db.follow(squads[0], Squad::SOLDIERS).map(|soldier| soldier.health).max().unwrap_or(0);
    db.set(squads[0], Squad::STRENGTH, strength)?;
    assert_eq!(db[squads[0]].strength, 6);
    sound(&db);
    Ok(())
}

#[test]
fn edit_a_plain_field_of_every_row_in_place() -> Outcome {
    let (mut db, ..) = army()?;
    db.for_each_mut(Soldier::HEALTH, |health| *health -= 1);
    assert_eq!(healths(&db), [0, 1, 2, 3, 4, 5]);
    sound(&db);
    Ok(())
}

#[test]
fn an_edit_in_place_is_rolled_back_like_any_other() -> Outcome {
    let (mut db, ..) = army()?;
    let failed: Outcome = db.transaction(|tx| {
        tx.for_each_mut(Soldier::HEALTH, |health| *health = 0);
        crate::support::give_up()
    });
    assert!(failed.is_err());
    assert_eq!(healths(&db), [1, 2, 3, 4, 5, 6]);
    sound(&db);
    Ok(())
}

#[test]
fn an_edit_in_place_may_touch_what_no_rule_of_the_model_depends_on() -> Outcome {
    let (mut db, squads, _) = army()?;
    let failed: Outcome = db.transaction(|tx| {
        tx.for_each_mut(Squad::STRENGTH, |strength| *strength = 3);
        tx.set(squads[0], Squad::NAME, "green".into())?;
        crate::support::give_up()
    });
    assert!(failed.is_err());
    db.for_each_mut(Squad::STRENGTH, |strength| *strength += 1);
    assert_eq!(db.by(Squad::NAME, "red").map(|squad| squad.strength), Some(1));
    sound(&db);
    Ok(())
}

#[test]
fn delete_while_walking() -> Outcome {
    let (mut db, ..) = army()?;
    db.for_each_mut(Soldier::HEALTH, |health| *health = health.saturating_sub(3));
    db.delete_where::<Soldier>(|soldier| soldier.health == 0)?;
    assert_eq!(healths(&db), [1, 2, 3]);
    sound(&db);
    Ok(())
}

#[test]
fn move_all_rows_of_one_relation_to_another_row() -> Outcome {
    let (mut db, squads, _) = army()?;
    for soldier in db.follow(squads[0], Squad::SOLDIERS).ids() {
        db.set(soldier, Soldier::SQUAD, squads[1])?;
    }
    db.delete(squads[0])?;
    assert_eq!(db.len::<Soldier>(), 6);
    sound(&db);
    Ok(())
}

#[test]
fn hand_links_of_one_row_to_another() -> Outcome {
    let (mut db, _, soldiers) = army()?;
    let items = db.insert_many((1..=3).map(|weight| Item { weight }))?;
    db.set_links(soldiers[0], Soldier::ITEMS, items.iter().copied())?;
    let bag = db.follow(soldiers[0], Soldier::ITEMS).ids();
    db.clear_links(soldiers[0], Soldier::ITEMS)?;
    db.set_links(soldiers[1], Soldier::ITEMS, bag)?;
    assert_eq!(db.follow(soldiers[1], Soldier::ITEMS).map(|item| item.weight).sum::<u32>(), 6);
    assert_eq!(db.follow(items[0], Item::OWNERS).ids(), [soldiers[1]]);
    sound(&db);
    Ok(())
}

#[test]
fn a_function_that_writes_takes_a_transaction_and_serves_both() -> Outcome {
    fn wound(db: &mut Store<Army>, soldier: Id<Soldier>) -> Outcome {
        if db[soldier].health > 1 {
            db.update(soldier, |soldier| soldier.health -= 1)
        } else {
            db.delete(soldier).map(|_| ())
        }
    }
    let (mut db, _, soldiers) = army()?;
    wound(&mut db, soldiers[0])?;
    db.transaction(|tx| wound(tx, soldiers[1]))?;
    assert_eq!(healths(&db), [1, 3, 4, 5, 6]);
    sound(&db);
    Ok(())
}

#[test]
fn names_are_borrowed_while_reading() -> Outcome {
    let (db, ..) = army()?;
    let mut by_squad: Vec<(&str, u32)> = db
        .rows::<Squad>()
        .map(|squad| (squad.get().name.as_str(), squad.follow(Squad::SOLDIERS).map(|soldier| soldier.health).sum()))
        .collect();
    by_squad.sort_unstable();
    assert_eq!(by_squad, [("blue", 9), ("red", 12)]);
    sound(&db);
    Ok(())
}
