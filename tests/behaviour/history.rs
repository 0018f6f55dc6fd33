//! Going back over committed transactions: checkpoints and rewind, undo and redo (I6, I8, I10).

use relarena::prelude::*;

use crate::determinism::{World, play, turmoil, whole};
use crate::support::{Dice, Outcome, give_up, sound};

#[derive(Model, Clone)]
pub(crate) struct Note {
    pub(crate) text: String,
}

#[derive(Schema)]
pub(crate) struct Board {
    notes: Table<Note>,
}

pub(crate) fn note(text: &str) -> Note {
    Note { text: text.into() }
}

fn texts(db: &View<Board>) -> Vec<&str> {
    db.rows::<Note>().map(|note| note.get().text.as_str()).collect()
}

#[test]
fn a_rewind_restores_rows_orders_and_next_ids() -> Outcome {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(31));
    for _ in 0..60 {
        turmoil(&mut db, &mut dice);
        let (before, checkpoint) = (whole(&db), db.checkpoint()?);
        for _ in 0..3 {
            turmoil(&mut db, &mut dice);
        }
        sound(&db);
        db.rewind(checkpoint)?;
        assert_eq!(whole(&db), before);
        sound(&db);
        turmoil(&mut db, &mut dice);
    }
    Ok(())
}

#[test]
fn what_follows_a_rewind_is_as_if_the_future_had_not_been() -> Outcome {
    let (mut calm, mut dice) = (Store::<World>::new(), Dice(37));
    let (mut rewound, mut same_dice, mut other_dice) = (Store::<World>::new(), Dice(37), Dice(41));
    for _ in 0..60 {
        turmoil(&mut calm, &mut dice);
        turmoil(&mut rewound, &mut same_dice);
        let checkpoint = rewound.checkpoint()?;
        turmoil(&mut rewound, &mut other_dice);
        rewound.rewind(checkpoint)?;
        rewound.forget(checkpoint)?;
        assert_eq!(whole(&rewound), whole(&calm));
    }
    sound(&rewound);
    Ok(())
}

#[test]
fn every_one_of_several_checkpoints_can_be_gone_back_to() -> Outcome {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(43));
    let mut states = Vec::new();
    for _ in 0..8 {
        turmoil(&mut db, &mut dice);
        states.push((db.checkpoint()?, whole(&db)));
    }
    turmoil(&mut db, &mut dice);
    for (checkpoint, state) in states.iter().rev() {
        db.rewind(*checkpoint)?;
        assert_eq!(whole(&db), *state);
        sound(&db);
    }
    assert!(matches!(db.rewind(states[5].0), Err(Error::CheckpointGone)));
    Ok(())
}

#[test]
fn a_ring_keeps_the_last_checkpoints_only() -> Outcome {
    let mut db = Store::<Board>::new();
    db.limit_checkpoints(2)?;
    let mut marks = Vec::new();
    for text in ["a", "b", "c"] {
        marks.push(db.checkpoint()?);
        db.insert(note(text))?;
    }
    assert_eq!(db.checkpoints(), 2);
    assert!(matches!(db.rewind(marks[0]), Err(Error::CheckpointGone)));
    db.rewind(marks[1])?;
    assert_eq!(texts(&db), ["a"]);
    sound(&db);
    Ok(())
}

#[test]
fn a_forgotten_checkpoint_gives_its_memory_back() -> Outcome {
    let mut db = Store::<Board>::new();
    let checkpoint = db.checkpoint()?;
    let id = db.insert(note("a"))?;
    db.update(id, |note| note.text.push('!'))?;
    assert!(db.history_bytes() > 0);
    db.forget(checkpoint)?;
    assert_eq!((db.history_bytes(), db.checkpoints()), (0, 0));
    db.insert(note("b"))?;
    assert_eq!(db.history_bytes(), 0);
    sound(&db);
    Ok(())
}

#[test]
fn all_can_be_undone_and_redone() -> Outcome {
    let (mut db, mut dice) = (Store::<World>::new(), Dice(47));
    play(&mut db, &mut dice, 100);
    db.record_undo(usize::MAX)?;
    let mut states = vec![whole(&db)];
    for _ in 0..150 {
        let _ = db.transaction(|tx| Ok(play(tx, &mut dice, 4)));
        if states.last() != Some(&whole(&db)) {
            states.push(whole(&db));
        }
        sound(&db);
    }
    let last = states.len() - 1;
    let mut undone = 0;
    while db.undo()? {
        undone += 1;
        sound(&db);
    }
    assert!(undone >= last, "{undone} groups for {last} states");
    assert_eq!(whole(&db), states[0]);
    while db.redo()? {
        sound(&db);
    }
    assert_eq!(whole(&db), states[last]);
    Ok(())
}

#[test]
fn undo_and_redo_go_through_the_same_states() -> Outcome {
    let mut db = Store::<Board>::new();
    db.record_undo(1 << 20)?;
    let a = db.insert(note("a"))?;
    db.update(a, |note| note.text = "b".into())?;
    db.set(a, Note::TEXT, "c".into())?;
    db.delete(a)?;
    let mut seen = Vec::new();
    while db.undo()? {
        seen.push(texts(&db).concat());
    }
    assert_eq!(seen, ["c", "b", "a", ""]);
    seen.clear();
    while db.redo()? {
        seen.push(texts(&db).concat());
    }
    assert_eq!(seen, ["a", "b", "c", ""]);
    sound(&db);
    Ok(())
}

#[test]
fn a_transaction_is_one_step_with_its_label() -> Outcome {
    let mut db = Store::<Board>::new();
    db.record_undo(1 << 20)?;
    db.transaction(|tx| {
        tx.label("add two");
        tx.insert(note("a"))?;
        tx.insert(note("b"))?;
        Ok(())
    })?;
    db.insert(note("c"))?;
    assert_eq!(db.undo_label(), None);
    assert!(db.undo()?);
    assert_eq!(db.undo_label(), Some("add two"));
    assert!(db.undo()? && db.is_empty::<Note>() && !db.can_undo());
    assert_eq!(db.redo_label(), Some("add two"));
    assert!(db.redo()?);
    assert_eq!(texts(&db), ["a", "b"]);
    Ok(())
}

#[test]
fn a_write_ends_what_could_be_redone() -> Outcome {
    let mut db = Store::<Board>::new();
    db.record_undo(1 << 20)?;
    db.insert(note("a"))?;
    db.undo()?;
    assert!(db.can_redo());
    db.insert(note("b"))?;
    assert!(!db.can_redo() && !db.redo()?);
    assert_eq!(texts(&db), ["b"]);
    sound(&db);
    Ok(())
}

#[test]
fn a_transaction_that_fails_is_no_step_and_keeps_what_can_be_redone() -> Outcome {
    let mut db = Store::<Board>::new();
    db.record_undo(1 << 20)?;
    db.insert(note("a"))?;
    db.undo()?;
    let failed: Outcome = db.transaction(|tx| {
        tx.insert(note("b"))?;
        give_up()
    });
    assert!(failed.is_err() && !db.can_undo() && db.redo()?);
    assert_eq!(texts(&db), ["a"]);
    Ok(())
}

#[test]
fn undo_reaches_as_far_as_its_budget() -> Outcome {
    let mut db = Store::<Board>::new();
    db.record_undo(400)?;
    let id = db.insert(note("a"))?;
    for round in 0..100 {
        db.set(id, Note::TEXT, format!("{round}"))?;
        assert!(db.history_bytes() <= 400, "{} bytes", db.history_bytes());
        sound(&db);
    }
    let mut steps = 0;
    while db.undo()? {
        steps += 1;
    }
    assert!((1..100).contains(&steps), "{steps} steps");
    sound(&db);
    Ok(())
}

#[test]
fn a_rewind_ends_what_was_recorded_after_its_checkpoint() -> Outcome {
    let mut db = Store::<Board>::new();
    db.record_undo(1 << 20)?;
    db.insert(note("a"))?;
    let checkpoint = db.checkpoint()?;
    db.insert(note("b"))?;
    db.rewind(checkpoint)?;
    assert!(db.undo()? && db.is_empty::<Note>() && !db.can_undo());
    assert!(matches!(db.rewind(checkpoint), Err(Error::CheckpointGone)), "its state was undone");
    sound(&db);
    Ok(())
}

#[test]
fn reserved_ids_that_were_not_used_are_undone_with_the_rest() -> Outcome {
    let mut db = Store::<Board>::new();
    let checkpoint = db.checkpoint()?;
    let next = db.next_id::<Note>();
    db.transaction(|tx| {
        tx.reserve::<Note>()?;
        let used = tx.reserve::<Note>()?;
        tx.insert_reserved(used, note("a"))?;
        tx.reserve::<Note>()?;
        Ok(())
    })?;
    db.insert(note("b"))?;
    db.insert(note("c"))?;
    db.rewind(checkpoint)?;
    assert_eq!((db.next_id::<Note>(), db.len::<Note>()), (next, 0));
    sound(&db);
    Ok(())
}

#[test]
fn history_calls_are_refused_inside_a_transaction() -> Outcome {
    let mut db = Store::<Board>::new();
    let checkpoint = db.checkpoint()?;
    db.transaction(|tx| {
        assert!(matches!(tx.rewind(checkpoint), Err(Error::InsideTransaction { call: "rewind" })));
        assert!(matches!(tx.checkpoint(), Err(Error::InsideTransaction { call: "checkpoint" })));
        assert!(matches!(tx.undo(), Err(Error::InsideTransaction { call: "undo" })));
        assert!(matches!(tx.fork(), Err(Error::InsideTransaction { call: "fork" })));
        Ok(())
    })
}

#[test]
fn a_clone_has_no_history() -> Outcome {
    let mut db = Store::<Board>::new();
    db.record_undo(1 << 20)?;
    let checkpoint = db.checkpoint()?;
    db.insert(note("a"))?;
    let mut copy = db.clone();
    assert!(!copy.undo()? && matches!(copy.rewind(checkpoint), Err(Error::CheckpointGone)));
    assert_eq!((texts(&copy), copy.history_bytes()), (vec!["a"], 0));
    sound(&copy);
    Ok(())
}

#[test]
fn a_checkpoint_is_no_other_stores() -> Outcome {
    let mut db = Store::<Board>::new();
    db.insert(note("a"))?;
    let (mut fork, mut again) = (db.fork()?, db.snapshot()?.to_store());
    let own = db.checkpoint()?;
    for other in [&mut fork, &mut again] {
        let theirs = other.checkpoint()?;
        other.insert(note("b"))?;
        assert!(matches!(other.rewind(own), Err(Error::CheckpointGone)));
        assert!(matches!(db.rewind(theirs), Err(Error::CheckpointGone)));
        assert_eq!(texts(other), ["a", "b"]);
    }
    Ok(())
}

#[test]
fn a_smaller_budget_counts_at_once() -> Outcome {
    let mut db = Store::<Board>::new();
    db.record_undo(1 << 20)?;
    for number in 0..50 {
        db.insert(note(&number.to_string()))?;
    }
    let before = db.history_bytes();
    db.record_undo(before / 4)?;
    assert!(db.history_bytes() <= before / 4 && db.can_undo(), "{} of {before}", db.history_bytes());
    sound(&db);
    Ok(())
}

#[test]
fn a_forgotten_checkpoint_leaves_those_after_it() -> Outcome {
    let mut db = Store::<Board>::new();
    let first = db.checkpoint()?;
    db.insert(note("a"))?;
    let second = db.checkpoint()?;
    db.insert(note("b"))?;
    db.forget(first)?;
    assert_eq!(db.checkpoints(), 1);
    assert!(db.rewind(first).is_err());
    db.rewind(second)?;
    assert_eq!(texts(&db), ["a"]);
    Ok(())
}

#[test]
fn whoever_stops_recording_can_neither_undo_nor_redo() -> Outcome {
    let mut db = Store::<Board>::new();
    db.record_undo(usize::MAX)?;
    db.insert(note("a"))?;
    db.insert(note("b"))?;
    db.undo()?;
    db.stop_undo()?;
    assert_eq!((db.can_undo(), db.can_redo(), db.history_bytes()), (false, false, 0));
    assert!(!db.undo()? && !db.redo()?);
    assert_eq!(texts(&db), ["a"]);
    sound(&db);
    Ok(())
}

#[test]
fn history_bytes_count_changes_and_the_rows_kept_for_undo_and_redo() -> Outcome {
    // A change takes 20 bytes; a row that is kept has its own size.
    let row = size_of::<Option<Note>>();
    let mut db = Store::<Board>::new();
    db.record_undo(usize::MAX)?;
    db.insert_many(["a", "b", "c"].map(note))?;
    assert_eq!(db.history_bytes(), 3 * 20);
    let first = db.rows::<Note>().ids()[0];
    db.set(first, Note::TEXT, "d".into())?;
    assert_eq!(db.history_bytes(), 4 * 20 + row);
    db.undo()?;
    db.undo()?;
    assert_eq!(db.history_bytes(), 4 * 20 + 4 * row);
    db.insert(note("e"))?;
    assert_eq!(db.history_bytes(), 20);
    Ok(())
}

#[test]
fn a_budget_that_is_just_enough_keeps_every_step() -> Outcome {
    let mut db = Store::<Board>::new();
    db.record_undo(3 * 20)?;
    for text in ["a", "b", "c"] {
        db.insert(note(text))?;
    }
    let mut steps = 0;
    while db.undo()? {
        steps += 1;
    }
    assert_eq!(steps, 3);
    Ok(())
}

#[test]
fn a_row_under_a_reserved_id_is_undone_and_redone_with_it() -> Outcome {
    let mut db = Store::<Board>::new();
    db.record_undo(usize::MAX)?;
    let id = db.transaction(|tx| {
        let id = tx.reserve::<Note>()?;
        tx.insert(note("a"))?;
        tx.insert_reserved(id, note("b"))?;
        Ok(id)
    })?;
    let next = db.next_id::<Note>();
    for _ in 0..2 {
        assert!(db.undo()? && db.is_empty::<Note>());
        sound(&db);
        assert!(db.redo()?);
        assert_eq!((db[id].text.as_str(), texts(&db), db.next_id()), ("b", vec!["b", "a"], next));
        sound(&db);
    }
    Ok(())
}
