//! Side data on rows, in `slotmap`'s secondary maps.

use relarena::prelude::*;
use slotmap::{Key as _, SecondaryMap, SparseSecondaryMap};

use crate::support::{Outcome, give_up, sound};

#[derive(Model, Clone, Debug)]
struct Enemy {
    health: u32,
}

#[derive(Schema)]
struct Level {
    enemies: Table<Enemy>,
}

#[test]
fn an_id_is_a_key_of_a_secondary_map() -> Outcome {
    let mut db = Store::<Level>::new();
    let enemies = db.insert_many((0..5).map(|health| Enemy { health }))?;
    let mut sprites = SecondaryMap::new();
    for &enemy in &enemies {
        sprites.insert(enemy, format!("sprite {}", db[enemy].health));
    }
    assert_eq!(sprites[enemies[3]], "sprite 3");
    assert_eq!(sprites.iter().map(|(id, _)| id).collect::<Vec<_>>(), enemies);
    sound(&db);
    Ok(())
}

#[test]
fn side_data_of_a_dead_row_is_not_taken_for_that_of_the_next_in_its_slot() -> Outcome {
    let mut db = Store::<Level>::new();
    let old = db.insert(Enemy { health: 1 })?;
    let mut sprites = SecondaryMap::new();
    sprites.insert(old, "goblin");
    db.delete(old)?;
    let new = db.insert(Enemy { health: 2 })?;
    assert_eq!((new.slot(), sprites.get(new)), (old.slot(), None));
    sprites.insert(new, "dragon");
    assert_eq!((sprites.get(old), sprites.get(new)), (None, Some(&"dragon")));
    sound(&db);
    Ok(())
}

#[test]
fn side_data_of_dead_rows_is_swept_by_asking_the_store() -> Outcome {
    let mut db = Store::<Level>::new();
    let enemies = db.insert_many((0..4).map(|health| Enemy { health }))?;
    let mut sparse: SparseSecondaryMap<Id<Enemy>, u32> = enemies.iter().map(|&enemy| (enemy, 7)).collect();
    db.delete_where::<Enemy>(|enemy| enemy.health < 2)?;
    sparse.retain(|enemy, _| db.contains(enemy));
    assert_eq!(sparse.len(), 2);
    sound(&db);
    Ok(())
}

#[test]
fn the_null_id_is_the_null_key_and_names_no_row() {
    let db = Store::<Level>::new();
    assert!(Id::<Enemy>::default().is_null() && !db.contains(Id::NULL));
    assert_eq!(Id::<Enemy>::from(Id::<Enemy>::NULL.data()), Id::NULL);
    sound(&db);
}

/// The price of reversible ids: one obtained inside a transaction that rolled back must be dropped.
#[test]
fn an_id_of_a_rolled_back_insert_may_name_another_row_later() -> Outcome {
    let mut db = Store::<Level>::new();
    let mut lost = Id::NULL;
    let failed: Outcome = db.transaction(|tx| {
        lost = tx.insert(Enemy { health: 1 })?;
        give_up()
    });
    assert!(failed.is_err() && !db.contains(lost));
    assert_eq!(db.insert(Enemy { health: 2 })?, lost);
    sound(&db);
    Ok(())
}
