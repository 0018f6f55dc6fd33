//! Lists of changes as data: they go over the wire and back, and data that lies is refused and breaks nothing.

use relarena::prelude::*;
use relarena::{Changes, ChangesData};
use serde_json::Value as Json;

use crate::determinism::{World, next_ids, turmoil};
use crate::history::{Board, Note, note};
use crate::support::{Dice, Outcome, dump, sound};

fn over_the_wire(changes: &Changes<World>) -> Result<Changes<World>, Error> {
    let text = serde_json::to_string(&changes.to_data()?).expect("plain data can be written");
    Changes::from_data(&serde_json::from_str::<ChangesData>(&text).expect("what was written can be read"))
}

#[test]
fn a_replica_follows_over_the_wire() -> Outcome {
    let (mut db, mut replica, mut dice) = (Store::<World>::new(), Store::<World>::new(), Dice(81));
    let mark = db.mark()?;
    for _ in 0..60 {
        turmoil(&mut db, &mut dice);
        let changes = db.take_changes(mark)?;
        let sent = over_the_wire(&changes)?;
        assert_eq!(format!("{sent:?}"), format!("{changes:?}"));
        replica.apply(&sent)?;
        sound(&replica);
        assert_eq!((replica.digest(), next_ids(&replica)), (db.digest(), next_ids(&db)));
    }
    Ok(())
}

#[test]
fn a_field_that_cannot_be_read_by_name_is_refused_with_its_name() -> Outcome {
    #[derive(Model, Clone)]
    struct Sprite {
        pixels: Vec<u8>,
    }
    #[derive(Schema)]
    struct Screen {
        sprites: Table<Sprite>,
    }
    let mut db = Store::<Screen>::new();
    let ((), changes) = db.transaction_changes(|tx| Ok(tx.insert(Sprite { pixels: vec![1] }).map(|_| ())?))?;
    let text = changes.to_data().expect_err("a vector is no value").to_string();
    assert!(text.contains("Sprite.pixels") && text.contains("FieldValue"), "{text}");
    Ok(())
}

/// All places of a document that hold a number, a text or null.
fn leaves<'j>(document: &'j mut Json, found: &mut Vec<&'j mut Json>) {
    match document {
        Json::Array(items) => items.iter_mut().for_each(|item| leaves(item, found)),
        Json::Object(members) => members.values_mut().for_each(|member| leaves(member, found)),
        leaf => found.push(leaf),
    }
}

#[test]
fn data_that_lies_is_refused_or_fits_and_never_breaks_the_store() -> Outcome {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(82));
    let mark = db.mark()?;
    let (mut refused, mut applied) = (0, 0);
    for _ in 0..25 {
        let before = db.clone();
        turmoil(&mut db, &mut dice);
        let honest = serde_json::to_value(db.take_changes(mark)?.to_data()?).expect("plain data can be written");
        for _ in 0..60 {
            let mut lie = honest.clone();
            let mut places = Vec::new();
            leaves(&mut lie, &mut places);
            if places.is_empty() {
                continue;
            }
            let count = places.len();
            let place = &mut *places[dice.below(count)];
            *place = match dice.below(6) {
                0 => Json::Null,
                1 => Json::from("Agent"),
                2 => Json::from(u32::MAX),
                3 => Json::from(dice.below(12)),
                4 => Json::from(place.as_u64().unwrap_or(0) + 2),
                _ => Json::from(place.as_u64().unwrap_or(9).saturating_sub(1)),
            };
            let Ok(data) = serde_json::from_value::<ChangesData>(lie) else { continue };
            let mut victim = before.clone();
            match Changes::from_data(&data).and_then(|changes| victim.apply(&changes)) {
                Ok(()) => applied += 1,
                Err(_) => {
                    refused += 1;
                    assert_eq!((dump(&victim), next_ids(&victim)), (dump(&before), next_ids(&before)));
                }
            }
            sound(&victim);
            // It still works: what it hands out next is free.
            turmoil(&mut victim, &mut dice);
            sound(&victim);
        }
    }
    assert!(refused > 300 && applied > 20, "{refused} lists refused, {applied} applied");
    Ok(())
}

/// The list, but for what it says of slots.
fn with_slots(changes: &Changes<Board>, slots: Json) -> Result<Changes<Board>, Error> {
    let mut data = serde_json::to_value(changes.to_data()?).expect("plain data can be written");
    data["slots"] = slots;
    Changes::from_data(&serde_json::from_value(data).expect("the form is right"))
}

#[test]
fn a_list_that_takes_a_slot_and_leaves_it_unused_is_refused() -> Outcome {
    let mut db = Store::<Board>::new();
    let id = db.insert(note("a"))?;
    let mut replica = db.clone();
    let ((), changes) = db.transaction_changes(|tx| tx.set(id, Note::TEXT, "b".into()))?;
    let lie = serde_json::json!([{
        "model": "Note", "common": 0, "old_free": [], "old_used": 1, "new_free": [], "new_used": 2, "generations": [],
    }]);
    let (before, next) = (dump(&replica), replica.next_id::<Note>());
    assert!(replica.apply(&with_slots(&changes, lie)?).is_err());
    assert_eq!((dump(&replica), replica.next_id::<Note>()), (before, next));
    replica.apply(&changes)?;
    sound(&replica);
    Ok(())
}

#[test]
fn a_slot_whose_generations_were_used_up_elsewhere_is_handed_out_no_more() -> Outcome {
    let mut db = Store::<Board>::new();
    let id = db.insert(note("a"))?;
    db.delete(id)?;
    let ((), nothing) = db.transaction_changes(|_| Ok(()))?;
    let used_up = serde_json::json!([{
        "model": "Note", "common": 0, "old_free": [0], "old_used": 1, "new_free": [], "new_used": 1,
        "generations": [[0, 2, 0]],
    }]);
    db.apply(&with_slots(&nothing, used_up)?)?;
    assert_eq!(db.next_id::<Note>().slot(), 1);
    sound(&db);
    Ok(())
}
