//! Indexes follow the rows through everything that writes, and through everything that takes writes back (I2, I6, I9).
//!
//! What an index answers is compared with the rows by the audit; what questions make of it is the query tests' matter.

use std::panic::{AssertUnwindSafe, catch_unwind};

use relarena::IndexKind::{Hash, Ordered};
use relarena::prelude::*;
use relarena::{Checkpoint, IndexKind};

use crate::support::{Dice, Outcome, dump, give_up, sound};

/// A field for each kind of index: shared by many, by few, by none, with nulls, and composite.
#[derive(Model, Clone, Debug, PartialEq)]
#[index(ward, is_well)]
#[index(ordered(ward, height))]
struct Patient {
    #[unique]
    number: usize,
    #[index]
    is_well: bool,
    #[index]
    #[index(ordered)]
    name: String,
    #[index(ordered)]
    height: f64,
    #[index]
    #[index(ordered)]
    ward: Option<i32>,
    note: u8,
    #[foreign_key(on_delete = cascade, reverse = GUESTS)]
    host: Option<Id<Patient>>,
    #[foreign_key(on_delete = set_null, reverse = PATIENTS)]
    doctor: Option<Id<Doctor>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
struct Doctor {
    #[index(ordered)]
    initial: char,
}

#[derive(Schema)]
struct Hospital {
    patients: Table<Patient>,
    doctors: Table<Doctor>,
}

type Tx = Store<Hospital>;

fn patient(dice: &mut Dice, number: usize) -> Patient {
    let names = ["", "Ann", "Bob", "Bobby-Joe the First", "Bobby-Joe the Second", "Cleo"];
    let heights = [1.5, 1.7, 1.9, -0.0, 0.0, f64::NAN, f64::INFINITY];
    Patient {
        number,
        is_well: dice.below(2) == 0,
        name: names[dice.below(names.len())].into(),
        height: heights[dice.below(heights.len())],
        ward: (dice.below(4) > 0).then(|| i32::try_from(dice.below(9)).expect("below nine") - 4),
        note: 0,
        host: None,
        doctor: None,
    }
}

fn pick(tx: &Tx, dice: &mut Dice) -> Option<Id<Patient>> {
    let count = tx.len::<Patient>();
    (count > 0).then(|| tx.rows::<Patient>().ids()[dice.below(count)])
}

/// One random write; whether it is refused does not matter.
fn write(tx: &mut Tx, dice: &mut Dice) {
    let Some(id) = pick(tx, dice) else {
        let _ = tx.insert(patient(dice, 0));
        return;
    };
    match dice.below(14) {
        0..=3 => {
            let mut row = patient(dice, dice.0 as usize % 1_000);
            row.host = pick(tx, dice);
            let _ = tx.insert(row);
        }
        4 => drop(tx.set(id, Patient::IS_WELL, dice.below(2) == 0)),
        5 => drop(tx.set(id, Patient::WARD, Some(3).filter(|_| dice.below(3) > 0))),
        6 => drop(tx.set(id, Patient::NOTE, 7)),
        7 => drop(tx.update(id, |row| *row = patient(dice, row.number))),
        8 => {
            // Rows hand their values round.
            let ids: Vec<_> = tx.rows::<Patient>().ids().into_iter().take(2 + dice.below(9)).collect();
            let mut values: Vec<_> = ids.iter().map(|&id| tx[id].clone()).collect();
            values.rotate_left(1);
            let mut values = values.into_iter();
            let _ = tx.update_many(ids, |_, row| *row = values.next().expect("as many as rows"));
        }
        9 => drop(tx.delete(id)),
        10 => {
            let doctor = tx.insert(Doctor { initial: char::from(b'a' + u8::try_from(dice.below(9)).expect("small")) });
            let _ = tx.set(id, Patient::DOCTOR, doctor.ok());
        }
        11 => {
            if let Some(doctor) = tx.rows::<Doctor>().ids().first() {
                let _ = tx.delete(*doctor);
            }
        }
        12 => drop(tx.set_by_name(tx.key_of(id), &[("name", "Dora".into()), ("ward", Value::Null)])),
        _ => drop(tx.insert_many_or_update([patient(dice, 1), patient(dice, 2)], |there, new| *there = new)),
    }
}

fn play(tx: &mut Tx, dice: &mut Dice, calls: usize) {
    for _ in 0..calls {
        if dice.below(6) > 0 {
            write(tx, dice);
        } else {
            let commits = dice.below(2) == 0;
            let _ = tx.transaction(|tx| {
                play(tx, dice, 4);
                if commits { Ok(()) } else { give_up() }
            });
        }
    }
}

#[test]
fn indexes_follow_the_rows_through_writes_and_rollbacks() {
    let (mut db, mut dice) = (Tx::new(), Dice(71));
    for _ in 0..150 {
        play(&mut db, &mut dice, 8);
        sound(&db);
    }
    assert!(db.len::<Patient>() > 20);
}

#[test]
fn a_rollback_leaves_the_indexes_right_at_every_depth() {
    let (mut db, mut dice) = (Tx::new(), Dice(73));
    play(&mut db, &mut dice, 100);
    for _ in 0..40 {
        let before = dump(&db);
        let rolled_back = db.transaction(|tx| {
            play(tx, &mut dice, 20);
            sound(tx);
            give_up::<()>()
        });
        assert!(rolled_back.is_err());
        assert_eq!(dump(&db), before);
        sound(&db);
        play(&mut db, &mut dice, 3);
    }
}

#[test]
fn a_rewind_leaves_the_indexes_right() -> Outcome {
    let (mut db, mut dice) = (Tx::new(), Dice(79));
    let mut checkpoints: Vec<(Checkpoint, Vec<String>)> = Vec::new();
    for _ in 0..60 {
        play(&mut db, &mut dice, 10);
        if dice.below(3) > 0 || checkpoints.is_empty() {
            checkpoints.push((db.checkpoint()?, dump(&db)));
        } else {
            checkpoints.truncate(dice.below(checkpoints.len()) + 1);
            let (checkpoint, before) = checkpoints.last().expect("one is kept");
            db.rewind(*checkpoint)?;
            assert_eq!(&dump(&db), before);
        }
        sound(&db);
    }
    Ok(())
}

#[test]
fn undo_and_redo_leave_the_indexes_right() -> Outcome {
    let (mut db, mut dice) = (Tx::new(), Dice(83));
    play(&mut db, &mut dice, 60);
    db.record_undo(1 << 20)?;
    for _ in 0..20 {
        let mut states = vec![dump(&db)];
        for _ in 0..6 {
            db.transaction(|tx| {
                play(tx, &mut dice, 5);
                tx.insert(Doctor { initial: 'z' }).map(drop).map_err(Error::from)
            })?;
            states.push(dump(&db));
        }
        for state in states.iter().rev().skip(1) {
            assert!(db.undo()?);
            assert_eq!(&dump(&db), state);
            sound(&db);
        }
        for state in &states[1..] {
            assert!(db.redo()?);
            assert_eq!(&dump(&db), state);
            sound(&db);
        }
    }
    Ok(())
}

#[test]
fn forks_snapshots_and_clones_have_indexes_of_their_own() -> Outcome {
    let (mut db, mut dice) = (Tx::new(), Dice(89));
    play(&mut db, &mut dice, 300);
    for _ in 0..10 {
        let (mut fork, mut copy, snapshot) = (db.fork()?, db.clone(), db.snapshot()?);
        let before = dump(&db);
        play(&mut fork, &mut dice, 40);
        play(&mut copy, &mut dice, 40);
        assert_eq!(dump(&db), before);
        play(&mut db, &mut dice, 40);
        assert_eq!(dump(&snapshot), before);
        for store in [&db, &fork, &copy, &snapshot.to_store()] {
            sound(store);
        }
        db = fork;
    }
    Ok(())
}

#[test]
fn changes_from_elsewhere_are_indexed() -> Outcome {
    let (mut here, mut dice) = (Tx::new(), Dice(97));
    let mut there = here.clone();
    for _ in 0..30 {
        let ((), changes) = here.transaction_changes(|tx| {
            play(tx, &mut dice, 15);
            Ok(())
        })?;
        there.apply(&changes)?;
        assert_eq!(here.digest(), there.digest());
        sound(&there);
    }
    Ok(())
}

#[test]
fn an_index_shared_by_very_many_rows_follows_them() -> Outcome {
    let (mut db, mut dice) = (Tx::new(), Dice(101));
    let ids = db.insert_many((0..20_000).map(|number| patient(&mut dice, number)))?;
    sound(&db);
    let fork = db.fork()?;
    db.transaction(|tx| {
        for &id in ids.iter().step_by(3) {
            tx.update(id, |row| row.is_well = !row.is_well)?;
        }
        tx.delete_many(ids.iter().copied().skip(2_000).take(12_000)).map(drop)
    })?;
    sound(&db);
    sound(&fork);
    Ok(())
}

#[test]
fn rows_by_a_value_are_those_that_a_scan_finds_in_slot_order() -> Outcome {
    let (mut db, mut dice) = (Tx::new(), Dice(3));
    let ward = |dice: &mut Dice| (dice.below(5) > 0).then(|| i32::try_from(dice.below(40)).expect("small"));
    let patient = |number: usize, ward: Option<i32>| Patient {
        number,
        is_well: number.is_multiple_of(3),
        name: format!("patient {}", number % 11),
        height: 1.5,
        ward,
        note: 0,
        host: None,
        doctor: None,
    };
    let ids = db.insert_many((0..500).map(|number| patient(number, ward(&mut dice))))?;
    for step in 0..300 {
        let id = ids[dice.below(ids.len())];
        if step % 4 == 0 && db.contains(id) {
            db.delete(id)?;
        } else if db.contains(id) {
            let ward = ward(&mut dice);
            db.update(id, |patient| patient.ward = ward)?;
        }
    }
    for wanted in -1..41 {
        let scanned = db.rows::<Patient>().filter(|patient| patient.ward == Some(wanted)).map(|patient| patient.id());
        assert!(db.rows_by(Patient::WARD, &wanted).map(|patient| patient.id()).eq(scanned));
    }
    assert_eq!(db.rows_by(Patient::NAME, "patient 3").count(), db.query(Patient::NAME.eq("patient 3")).count());
    assert_eq!(db.rows_by(Patient::IS_WELL, &true).count(), db.rows::<Patient>().filter(|row| row.is_well).count());
    Ok(())
}

/// A word that hashes as any other, and counts how often it is compared.
#[derive(Clone, Debug, Eq)]
struct Word(&'static str);

thread_local! {
    static COMPARED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl PartialEq for Word {
    fn eq(&self, other: &Self) -> bool {
        COMPARED.with(|count| count.set(count.get() + 1));
        self.0 == other.0
    }
}

impl std::hash::Hash for Word {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

#[derive(Model, Clone)]
#[index(word, is_long)]
struct Note {
    #[index]
    word: Word,
    is_long: bool,
}

#[derive(Schema)]
struct Book {
    notes: Table<Note>,
}

#[test]
fn rows_by_a_value_are_told_from_those_of_the_same_hash_as_they_are_asked_for() -> Outcome {
    let mut db = Store::<Book>::new();
    let notes = (0..60).map(|number| Note { word: Word(["a", "b", "c"][number % 3]), is_long: number % 2 == 0 });
    let ids = db.insert_many(notes)?;
    for (place, word) in ["a", "b", "c"].into_iter().enumerate() {
        COMPARED.set(0);
        let mut rows = db.rows_by(Note::WORD, &Word(word));
        assert_eq!((rows.size_hint(), COMPARED.get()), ((1, Some(60 - place)), place + 1));
        assert!(rows.next().is_some() && rows.next().is_some());
        assert_eq!((rows.size_hint(), COMPARED.get()), ((0, Some(59 - place - 3)), place + 1 + 3));
        let expected: Vec<_> = ids.iter().copied().skip(place).step_by(3).collect();
        assert!(db.rows_by(Note::WORD, &Word(word)).map(|note| note.id()).eq(expected));
        assert_eq!(db.rows_by(Note::WORD, &Word(word)).count(), 20);
        assert_eq!(db.rows_by(Note::WORD_IS_LONG, (&Word(word), &true)).count(), 10);
    }
    assert_eq!(db.rows_by(Note::WORD, &Word("d")).size_hint(), (0, Some(0)));
    assert!(db.rows_by(Note::WORD, &Word("d")).next().is_none());
    Ok(())
}

#[test]
fn for_each_mut_refuses_a_field_that_an_index_depends_on() {
    let mut db = Tx::new();
    let refused = catch_unwind(AssertUnwindSafe(|| db.for_each_mut(Patient::HEIGHT, |height| *height = 0.0)));
    let text = *refused.expect_err("the field is indexed").downcast::<String>().expect("a text");
    assert_eq!(text, "an index of Patient depends on height; use `update_many`, which keeps it");
    db.for_each_mut(Patient::NOTE, |note| *note += 1);
    sound(&db);
}

#[test]
fn the_schema_as_data_shows_the_indexes() {
    let shown = |descriptor: &'static relarena::ModelDescriptor| -> Vec<(&str, &[u16], IndexKind, usize)> {
        descriptor.indexes.iter().map(|index| (index.name, index.fields, index.kind, index.exact)).collect()
    };
    assert_eq!(
        shown(Patient::DESCRIPTOR),
        [
            ("is_well", &[1][..], Hash, 0),
            ("name", &[2], Hash, 0),
            ("name", &[2], Ordered, 0),
            ("height", &[3], Ordered, 1),
            ("ward", &[4], Hash, 0),
            ("ward", &[4], Ordered, 1),
            ("ward_is_well", &[4, 1], Hash, 0),
            ("ward_height", &[4, 3], Ordered, 2),
        ]
    );
    assert_eq!(shown(Doctor::DESCRIPTOR), [("initial", &[0][..], Ordered, 1)]);
}

mod together {
    use relarena::prelude::*;

    use crate::support::{Outcome, give_up, sound};

    #[derive(Model, Clone, Debug)]
    struct Author {
        name: String,
    }

    #[derive(Model, Clone, Debug)]
    #[unique_together(author, title)]
    #[unique_together(shelf, place, where = |book| !book.lent, name = "one book in a place")]
    #[index(shelf, year)]
    struct Book {
        title: String,
        shelf: u32,
        place: u8,
        year: Option<i16>,
        lent: bool,
        #[foreign_key(on_delete = cascade, reverse = BOOKS)]
        author: Id<Author>,
    }

    #[derive(Schema)]
    struct Library {
        authors: Table<Author>,
        books: Table<Book>,
    }

    #[test]
    fn rows_are_looked_up_by_the_fields_of_a_rule_or_an_index_together() -> Outcome {
        let mut db = Store::<Library>::new();
        let (lem, verne) = (db.insert(Author { name: "Lem".into() })?, db.insert(Author { name: "Verne".into() })?);
        let book = |title: &str, author, place, year| Book {
            title: title.into(),
            shelf: 3,
            place,
            year,
            lent: place == 9,
            author,
        };
        let eden = db.insert(book("Eden", lem, 1, Some(1959)))?;
        let solaris = db.insert(book("Solaris", lem, 2, Some(1961)))?;
        let star = db.insert(book("Star", verne, 9, None))?;
        let id = |found: Option<Row<'_, Library, Book>>| found.map(|book| book.id());
        assert_eq!(id(db.by(Book::AUTHOR_TITLE, (&lem, "Solaris"))), Some(solaris));
        assert_eq!(id(db.by(Book::AUTHOR_TITLE, (&verne, "Solaris"))), None);
        // Of a rule with a condition the rows that satisfy it.
        assert_eq!(id(db.by(Book::SHELF_PLACE, (&3, &1))), Some(eden));
        assert_eq!(id(db.by(Book::SHELF_PLACE, (&3, &9))), None);
        db.set(star, Book::LENT, false)?;
        assert_eq!(id(db.by(Book::SHELF_PLACE, (&3, &9))), Some(star));
        let of_1959 =
            |db: &Store<Library>| db.rows_by(Book::SHELF_YEAR, (&3, &1959)).map(|book| book.id()).collect::<Vec<_>>();
        assert_eq!(of_1959(&db), [eden]);
        let undone: Outcome = db.transaction(|tx| {
            tx.set(solaris, Book::YEAR, Some(1959))?;
            tx.set(eden, Book::AUTHOR, verne)?;
            assert_eq!(of_1959(tx), [eden, solaris]);
            assert_eq!(id(tx.by(Book::AUTHOR_TITLE, (&verne, "Eden"))), Some(eden));
            give_up()
        });
        assert!(undone.is_err());
        assert_eq!(of_1959(&db), [eden]);
        assert_eq!(id(db.by(Book::AUTHOR_TITLE, (&verne, "Eden"))), None);

        let found = db.get_or_insert(Book::AUTHOR_TITLE, (&lem, "Eden"), || unreachable!())?;
        assert_eq!(found, Written::Found(eden));
        let fiasco = db.get_or_insert(Book::AUTHOR_TITLE, (&lem, "Fiasco"), || book("Fiasco", lem, 5, None))?;
        assert_eq!(id(db.by(Book::AUTHOR_TITLE, (&lem, "Fiasco"))), Some(fiasco.id()));
        let written =
            db.update_or_insert(Book::AUTHOR_TITLE, (&lem, "Fiasco"), |book| book.place = 6, || unreachable!())?;
        assert_eq!((written, db[fiasco.id()].place), (Written::Updated(fiasco.id()), 6));
        sound(&db);
        Ok(())
    }
}
