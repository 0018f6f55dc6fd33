//! Unique rules and checks (I5, SEMANTICS C1 to C7): immediate, nulls apart, as they hold at the end of a statement.

use relarena::prelude::*;
use relarena::{RowKey, UniqueViolation};

use crate::support::{Outcome, sound};

#[derive(Model, Clone, Debug)]
struct Room {}

#[derive(Model, Clone, Debug)]
#[unique_together(room, row, number)]
#[unique_together(holder, where = |seat| seat.reserved, name = "one_reservation_each")]
#[check(name = "number_is_positive", |seat| seat.number > 0)]
#[check(name = "price_is_fair", |seat| seat.price.map(|price| price < 100))]
struct Seat {
    #[foreign_key(on_delete = cascade, reverse = SEATS)]
    room: Option<Id<Room>>,
    row: Option<char>,
    number: i32,
    holder: String,
    reserved: bool,
    price: Option<u32>,
}

#[derive(Model, Clone, Debug)]
struct Member {
    #[unique]
    email: Option<String>,
    #[unique]
    number: u32,
}

/// All rules at once, and a key.
#[derive(Model, Clone, Debug)]
#[check(name = "size_is_positive", |cabin| cabin.size > 0)]
struct Cabin {
    #[unique]
    name: &'static str,
    size: i32,
    #[one_to_one(on_delete = cascade)]
    room: Id<Room>,
}

#[derive(Schema)]
struct Hall {
    rooms: Table<Room>,
    seats: Table<Seat>,
    members: Table<Member>,
    cabins: Table<Cabin>,
}

fn seat(number: i32) -> Seat {
    Seat { room: None, row: None, number, holder: String::new(), reserved: false, price: None }
}

fn member(number: u32, email: Option<&str>) -> Member {
    Member { email: email.map(Into::into), number }
}

#[track_caller]
fn unique(error: impl Into<Error>) -> UniqueViolation {
    match error.into() {
        Error::UniqueViolation(violation) => *violation,
        other => panic!("not a unique violation: {other}"),
    }
}

#[track_caller]
fn check(error: impl Into<Error>) -> (&'static str, Option<RowKey>) {
    match error.into() {
        Error::CheckViolation { constraint, row, .. } => (constraint, row),
        other => panic!("not a check violation: {other}"),
    }
}

#[test]
fn a_taken_value_is_refused_at_the_statement() -> Outcome {
    let mut db = Store::<Hall>::new();
    let holder = db.insert(member(1, None))?;
    let violation = unique(db.insert(member(1, None)).expect_err("the number is taken"));
    assert_eq!((violation.model, violation.constraint, violation.fields), ("Member", "number", vec!["number"]));
    assert_eq!(violation.holder, Some(db.key_of(holder)));
    sound(&db);
    Ok(())
}

#[test]
fn a_taken_value_is_refused_inside_a_transaction_before_its_commit() -> Outcome {
    let mut db = Store::<Hall>::new();
    db.insert(member(1, None))?;
    db.transaction(|tx| {
        assert!(tx.insert(member(1, None)).is_err());
        Ok(())
    })?;
    sound(&db);
    Ok(())
}

#[test]
fn a_value_is_free_again_once_its_holder_changes_or_goes() -> Outcome {
    let mut db = Store::<Hall>::new();
    let first = db.insert(member(1, None))?;
    db.set(first, Member::NUMBER, 2)?;
    let second = db.insert(member(1, None))?;
    db.delete(second)?;
    db.insert(member(1, None))?;
    sound(&db);
    Ok(())
}

#[test]
fn many_rows_may_have_no_value() -> Outcome {
    let mut db = Store::<Hall>::new();
    db.insert_many([member(1, None), member(2, None), member(3, None)])?;
    assert_eq!(db.len::<Member>(), 3);
    sound(&db);
    Ok(())
}

#[test]
fn the_empty_text_is_a_value_like_any_other() -> Outcome {
    let mut db = Store::<Hall>::new();
    db.insert(member(1, Some("")))?;
    assert_eq!(unique(db.insert(member(2, Some(""))).expect_err("taken")).constraint, "email");
    sound(&db);
    Ok(())
}

#[test]
fn a_row_may_keep_its_own_value() -> Outcome {
    let mut db = Store::<Hall>::new();
    let ann = db.insert(member(1, Some("ann@example.org")))?;
    db.update(ann, |member| member.email = Some("ann@example.org".into()))?;
    db.set(ann, Member::NUMBER, 1)?;
    sound(&db);
    Ok(())
}

#[test]
fn a_refused_set_leaves_the_value() -> Outcome {
    let mut db = Store::<Hall>::new();
    db.insert(member(1, None))?;
    let other = db.insert(member(2, None))?;
    unique(db.set(other, Member::NUMBER, 1).expect_err("taken"));
    assert_eq!((db[other].number, db.by(Member::NUMBER, &2).map(|row| row.id())), (2, Some(other)));
    sound(&db);
    Ok(())
}

#[test]
fn a_group_collides_only_as_a_whole() -> Outcome {
    let mut db = Store::<Hall>::new();
    let room = db.insert(Room {})?;
    let here = |row, number| Seat { room: Some(room), row: Some(row), ..seat(number) };
    db.insert_many([here('a', 1), here('a', 2), here('b', 1)])?;
    let violation = unique(db.insert(here('a', 1)).expect_err("the seat is there"));
    assert_eq!((violation.constraint, violation.fields), ("room_row_number", vec!["room", "row", "number"]));
    sound(&db);
    Ok(())
}

#[test]
fn one_null_in_a_group_and_the_row_collides_with_nothing() -> Outcome {
    let mut db = Store::<Hall>::new();
    let room = db.insert(Room {})?;
    db.insert_many([seat(1), seat(1)])?;
    db.insert_many([Seat { room: Some(room), ..seat(1) }, Seat { room: Some(room), ..seat(1) }])?;
    assert_eq!(db.len::<Seat>(), 4);
    sound(&db);
    Ok(())
}

#[test]
fn setting_a_key_that_is_part_of_a_group_is_checked() -> Outcome {
    let mut db = Store::<Hall>::new();
    let (one, other) = (db.insert(Room {})?, db.insert(Room {})?);
    db.insert(Seat { room: Some(one), row: Some('a'), ..seat(1) })?;
    let moved = db.insert(Seat { room: Some(other), row: Some('a'), ..seat(1) })?;
    unique(db.set(moved, Seat::ROOM, Some(one)).expect_err("the seat is there"));
    assert_eq!(db.follow(other, Room::SEATS).ids(), [moved]);
    sound(&db);
    Ok(())
}

#[test]
fn rows_outside_the_condition_do_not_collide() -> Outcome {
    let mut db = Store::<Hall>::new();
    let anns = |reserved| Seat { holder: "ann".into(), reserved, ..seat(1) };
    db.insert_many([anns(false), anns(false), anns(true)])?;
    assert_eq!(unique(db.insert(anns(true)).expect_err("a second reservation")).constraint, "one_reservation_each");
    sound(&db);
    Ok(())
}

#[test]
fn a_row_may_collide_by_entering_the_condition() -> Outcome {
    let mut db = Store::<Hall>::new();
    let anns = |reserved| Seat { holder: "ann".into(), reserved, ..seat(1) };
    let holder = db.insert(anns(true))?;
    let entering = db.insert(anns(false))?;
    let violation = unique(db.set(entering, Seat::RESERVED, true).expect_err("a second reservation"));
    assert_eq!(violation.holder, Some(db.key_of(holder)));
    db.set(holder, Seat::RESERVED, false)?;
    db.set(entering, Seat::RESERVED, true)?;
    sound(&db);
    Ok(())
}

#[test]
fn a_false_check_refuses_an_insert() {
    let mut db = Store::<Hall>::new();
    assert_eq!(check(db.insert(seat(0)).expect_err("no seat has the number 0")), ("number_is_positive", None));
    sound(&db);
}

#[test]
fn a_false_check_refuses_an_update_and_names_the_row() -> Outcome {
    let mut db = Store::<Hall>::new();
    let row = db.insert(seat(1))?;
    let refused = check(db.update(row, |seat| seat.number = -1).expect_err("no seat has a negative number"));
    assert_eq!(refused, ("number_is_positive", Some(db.key_of(row))));
    assert_eq!(check(db.set(row, Seat::NUMBER, 0).expect_err("nor 0")).0, "number_is_positive");
    assert_eq!(db[row].number, 1);
    sound(&db);
    Ok(())
}

#[test]
fn an_unknown_check_passes() -> Outcome {
    let mut db = Store::<Hall>::new();
    db.insert(Seat { price: None, ..seat(1) })?;
    db.insert(Seat { price: Some(99), ..seat(1) })?;
    assert_eq!(check(db.insert(Seat { price: Some(100), ..seat(1) }).expect_err("too dear")).0, "price_is_fair");
    sound(&db);
    Ok(())
}

#[test]
fn rows_of_one_statement_may_swap_unique_values() -> Outcome {
    let mut db = Store::<Hall>::new();
    let (one, other) = (db.insert(member(1, None))?, db.insert(member(2, None))?);
    db.update_many([one, other], |_, member| member.number = 3 - member.number)?;
    assert_eq!(db.by(Member::NUMBER, &1).map(|row| row.id()), Some(other));
    sound(&db);
    Ok(())
}

#[test]
fn rows_of_one_statement_may_all_move_up_by_one() -> Outcome {
    let mut db = Store::<Hall>::new();
    let ids = db.insert_many((0..10).map(|number| member(number, None)))?;
    db.update_many(ids.iter().copied(), |_, member| member.number += 1)?;
    assert_eq!(db.by(Member::NUMBER, &10).map(|row| row.id()), ids.last().copied());
    assert!(db.by(Member::NUMBER, &0).is_none());
    sound(&db);
    Ok(())
}

#[test]
fn rows_of_one_statement_cannot_take_the_same_value() -> Outcome {
    let mut db = Store::<Hall>::new();
    let ids = db.insert_many([member(1, None), member(2, None)])?;
    let refused = db.update_many(ids.iter().copied(), |_, member| member.number = 9);
    assert_eq!(unique(refused.expect_err("two for one value")).holder, None);
    assert_eq!(db[ids[0]].number, 1);
    sound(&db);
    Ok(())
}

#[test]
fn a_row_of_a_statement_collides_with_one_that_stays() -> Outcome {
    let mut db = Store::<Hall>::new();
    let ids = db.insert_many((1..=3).map(|number| member(number, None)))?;
    let refused = db.update_many(ids[..2].iter().copied(), |_, member| member.number += 1);
    assert_eq!(unique(refused.expect_err("3 stays")).holder, Some(db.key_of(ids[2])));
    sound(&db);
    Ok(())
}

#[test]
fn a_dangling_key_comes_before_a_check() {
    let mut db = Store::<Hall>::new();
    let refused = db.insert(Cabin { name: "", size: 0, room: Id::NULL }).expect_err("everything is wrong");
    assert!(matches!(refused.error, Error::DanglingTarget { .. }));
    sound(&db);
}

#[test]
fn a_check_comes_before_a_unique_rule() -> Outcome {
    let mut db = Store::<Hall>::new();
    let (one, other) = (db.insert(Room {})?, db.insert(Room {})?);
    db.insert(Cabin { name: "lake", size: 1, room: one })?;
    check(db.insert(Cabin { name: "lake", size: 0, room: other }).expect_err("both rules are broken"));
    sound(&db);
    Ok(())
}

#[test]
fn a_null_by_name_comes_before_everything() {
    let mut db = Store::<Hall>::new();
    let refused = db.insert_by_name("Cabin", &[("size", Value::Int(0)), ("room", Value::Null)]);
    assert!(matches!(refused, Err(Error::Null { model: "Cabin", field: "room" })), "{refused:?}");
    sound(&db);
}

#[test]
fn the_first_offending_row_of_a_bulk_insert_decides() -> Outcome {
    let mut db = Store::<Hall>::new();
    db.insert(member(1, None))?;
    let refused = db.insert_many([member(2, None), member(2, None), member(1, None)]).expect_err("two offenders");
    assert_eq!(refused.position, 1);
    sound(&db);
    Ok(())
}

#[test]
fn the_text_of_a_group_names_its_fields_the_constraint_and_the_holder() -> Outcome {
    let mut db = Store::<Hall>::new();
    let room = db.insert(Room {})?;
    let taken = Seat { room: Some(room), row: Some('a'), ..seat(1) };
    db.insert(taken.clone())?;
    assert_eq!(
        db.insert(taken).expect_err("taken").to_string(),
        "Seat.(room, row, number) must be unique (constraint `room_row_number`), and Seat#0v1 has the same value"
    );
    sound(&db);
    Ok(())
}

#[test]
fn rules_survive_a_rollback() -> Outcome {
    let mut db = Store::<Hall>::new();
    let ann = db.insert(member(1, Some("ann")))?;
    let failed: Outcome = db.transaction(|tx| {
        tx.update(ann, |member| (member.number, member.email) = (5, None))?;
        tx.insert(member(1, Some("ann")))?;
        tx.delete(ann)?;
        crate::support::give_up()
    });
    assert!(failed.is_err());
    unique(db.insert(member(1, None)).expect_err("ann has the number again"));
    db.insert(member(5, None))?;
    sound(&db);
    Ok(())
}
