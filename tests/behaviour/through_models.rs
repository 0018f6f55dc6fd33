//! Many-to-many relations whose links are rows of a model (SEMANTICS M9, M10, D20).

use std::sync::Arc;

use relarena::prelude::*;

use crate::support::{Outcome, dump, sound};

#[derive(Model, Clone, Debug)]
#[many_to_many(MEMBERS: Person, reverse = CLUBS, through = Membership)]
struct Club {}

#[derive(Model, Clone, Debug)]
struct Person {}

#[derive(Model, Clone, Debug, PartialEq)]
#[check(name = "level_is_positive", |row| row.level > 0)]
struct Membership {
    #[foreign_key(on_delete = cascade, reverse = MEMBERSHIPS)]
    club: Id<Club>,
    #[foreign_key(on_delete = cascade, reverse = MEMBERSHIPS)]
    person: Option<Id<Person>>,
    level: u32,
    note: String,
    #[field(default = 7)]
    lucky: i32,
    #[field(default = None)]
    token: Option<Arc<()>>,
}

/// Two keys to the same model: the relation says which is which.
#[derive(Model, Clone, Debug)]
#[many_to_many(TEACHES: Monk, reverse = LEARNS_FROM, through = Lesson(teacher, pupil))]
struct Monk {}

#[derive(Model, Clone, Debug)]
struct Lesson {
    #[foreign_key(on_delete = cascade)]
    pupil: Id<Monk>,
    #[foreign_key(on_delete = protect)]
    teacher: Id<Monk>,
}

#[derive(Schema)]
struct Town {
    clubs: Table<Club>,
    people: Table<Person>,
    memberships: Table<Membership>,
    monks: Table<Monk>,
    lessons: Table<Lesson>,
}

fn member(club: Id<Club>, person: Id<Person>, level: u32) -> Membership {
    Membership { club, person: Some(person), level, note: String::new(), lucky: 0, token: None }
}

type Fixture = (Store<Town>, Id<Club>, Vec<Id<Person>>);

fn town() -> Result<Fixture, Error> {
    let mut db = Store::new();
    let club = db.insert(Club {})?;
    let people = db.insert_many([Person {}, Person {}, Person {}])?;
    Ok((db, club, people))
}

fn levels(db: &View<Town>, club: Id<Club>) -> Vec<u32> {
    db.follow(club, Club::MEMBERSHIPS).map(|row| row.level).collect()
}

#[test]
fn a_link_is_a_row_of_the_through_model() -> Outcome {
    let (mut db, club, people) = town()?;
    let row = db.link_with(club, Club::MEMBERS, people[0], |club, person| member(club, person, 3))?;
    assert_eq!(row.map(|row| db[row].clone()), Some(member(club, people[0], 3)));
    assert!(db.linked(people[0], Person::CLUBS, club));
    sound(&db);
    Ok(())
}

#[test]
fn a_row_of_the_through_model_is_a_link() -> Outcome {
    let (mut db, club, people) = town()?;
    db.insert(member(club, people[1], 1))?;
    assert_eq!(db.follow(club, Club::MEMBERS).ids(), [people[1]]);
    assert_eq!(db.follow(people[1], Person::CLUBS).ids(), [club]);
    sound(&db);
    Ok(())
}

#[test]
fn linking_what_is_linked_keeps_the_row_and_its_values() -> Outcome {
    let (mut db, club, people) = town()?;
    db.insert(member(club, people[0], 3))?;
    let again = db.link_with(people[0], Person::CLUBS, club, |club, person| member(club, person, 9))?;
    assert_eq!((again, levels(&db, club)), (None, vec![3]));
    sound(&db);
    Ok(())
}

#[test]
fn whatever_the_closure_writes_into_the_keys_they_name_the_two_rows() -> Outcome {
    let (mut db, club, people) = town()?;
    db.link_with(club, Club::MEMBERS, people[0], |club, _| member(club, people[2], 1))?;
    assert_eq!(db.follow(club, Club::MEMBERS).ids(), [people[0]]);
    sound(&db);
    Ok(())
}

#[test]
fn set_links_keeps_the_rows_of_links_that_stay() -> Outcome {
    let (mut db, club, people) = town()?;
    db.insert_many([member(club, people[0], 1), member(club, people[1], 2)])?;
    let changes =
        db.set_links_with(club, Club::MEMBERS, [people[1], people[2]], |club, person| member(club, person, 5))?;
    assert_eq!((changes.added, changes.removed), (1, 1));
    assert_eq!(levels(&db, club), [2, 5]);
    sound(&db);
    Ok(())
}

#[test]
fn a_failing_set_links_undoes_its_removals() -> Outcome {
    let (mut db, club, people) = town()?;
    db.insert_many([member(club, people[0], 1), member(club, people[1], 2)])?;
    let before = dump(&db);
    let refused =
        db.set_links_with(club, Club::MEMBERS, [people[1], people[2]], |club, person| member(club, person, 0));
    assert!(matches!(refused, Err(Error::CheckViolation { constraint: "level_is_positive", .. })));
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}

#[test]
fn a_failing_set_links_drops_the_rows_it_had_made() -> Outcome {
    let (mut db, club, people) = town()?;
    let (token, mut level) = (Arc::new(()), 2);
    let refused = db.set_links_with(club, Club::MEMBERS, people.iter().copied(), |club, person| {
        level -= 1;
        Membership { token: Some(Arc::clone(&token)), ..member(club, person, level) }
    });
    assert!(matches!(refused, Err(Error::CheckViolation { .. })));
    assert_eq!((db.len::<Membership>(), Arc::strong_count(&token)), (0, 1));
    sound(&db);
    Ok(())
}

#[test]
fn a_required_extra_field_left_out_fails_only_if_a_row_is_really_inserted() -> Outcome {
    let (mut db, club, people) = town()?;
    db.insert(member(club, people[0], 3))?;
    let (club_key, there, new) = (db.key_of(club), db.key_of(people[0]), db.key_of(people[1]));
    assert_eq!(db.link_by_name(club_key, "members", &[there], |_| &[])?, []);
    let refused = db.link_by_name(club_key, "members", &[there, new], |_| &[]);
    assert!(matches!(refused, Err(Error::Null { model: "Membership", field: "level" })));
    assert_eq!(db.len::<Membership>(), 1);
    sound(&db);
    Ok(())
}

#[test]
fn other_extra_fields_take_their_defaults_and_a_text_starts_empty() -> Outcome {
    let (mut db, club, people) = town()?;
    let extra = [("level", Value::Int(2))];
    let (club, person) = (db.key_of(club), db.key_of(people[0]));
    let made = db.link_by_name(club, "members", &[person], |_| &extra)?;
    assert_eq!((db.value(made[0], "note")?, db.value(made[0], "lucky")?), (Value::from(""), Value::Int(7)));
    sound(&db);
    Ok(())
}

#[test]
fn extra_fields_go_to_new_rows_only() -> Outcome {
    let (mut db, club, people) = town()?;
    db.insert(member(club, people[0], 3))?;
    let key = db.key_of(club);
    let others: Vec<_> = people[..2].iter().map(|&person| db.key_of(person)).collect();
    let extra = [("level", Value::Int(8))];
    let (changes, made) = db.set_links_by_name(key, "members", &others, |_| &extra)?;
    assert_eq!((changes.added, changes.removed, made.len()), (1, 0, 1));
    assert_eq!(levels(&db, club), [3, 8]);
    sound(&db);
    Ok(())
}

#[test]
fn a_pair_linked_twice_shows_up_twice() -> Outcome {
    let (mut db, club, people) = town()?;
    db.insert_many([member(club, people[0], 1), member(club, people[0], 2)])?;
    assert_eq!(db.follow(club, Club::MEMBERS).ids(), [people[0], people[0]]);
    assert_eq!(db.count_links("Club", "members")?, 2);
    sound(&db);
    Ok(())
}

#[test]
fn linking_a_pair_that_is_linked_twice_adds_no_third_row() -> Outcome {
    let (mut db, club, people) = town()?;
    db.insert_many([member(club, people[0], 1), member(club, people[0], 2)])?;
    assert_eq!(db.link_with(club, Club::MEMBERS, people[0], |club, person| member(club, person, 3))?, None);
    assert_eq!(levels(&db, club), [1, 2]);
    sound(&db);
    Ok(())
}

#[test]
fn unlinking_a_pair_removes_all_its_rows() -> Outcome {
    let (mut db, club, people) = town()?;
    db.insert_many([member(club, people[0], 1), member(club, people[1], 4), member(club, people[0], 2)])?;
    assert!(db.unlink(people[0], Person::CLUBS, club)?);
    assert_eq!(levels(&db, club), [4]);
    sound(&db);
    Ok(())
}

#[test]
fn clearing_deletes_the_rows_of_one_end_even_without_another_end() -> Outcome {
    let (mut db, club, people) = town()?;
    let other = db.insert(Club {})?;
    db.insert_many([member(club, people[0], 1), member(other, people[0], 1)])?;
    db.insert(Membership { person: None, ..member(club, people[0], 1) })?;
    assert_eq!(db.clear_links(club, Club::MEMBERS)?, 2);
    assert_eq!(db.follow(people[0], Person::CLUBS).ids(), [other]);
    sound(&db);
    Ok(())
}

#[test]
fn a_row_without_its_other_end_links_nothing() -> Outcome {
    let (mut db, club, people) = town()?;
    db.insert(Membership { person: None, ..member(club, people[0], 1) })?;
    let members = db.follow(club, Club::MEMBERS);
    assert_eq!((members.size_hint().0, members.ids()), (0, vec![]));
    sound(&db);
    Ok(())
}

#[test]
fn rows_of_the_through_model_count_under_its_name_when_an_end_goes() -> Outcome {
    let (mut db, club, people) = town()?;
    db.insert_many([member(club, people[0], 1), member(club, people[1], 1)])?;
    let report = db.delete(club)?;
    assert_eq!(report.rows().collect::<Vec<_>>(), [("Club", 1), ("Membership", 2)]);
    assert_eq!(report.links().count(), 0);
    sound(&db);
    Ok(())
}

#[test]
fn the_rows_of_the_through_model_follow_the_on_delete_of_their_own_keys() -> Outcome {
    let mut db = Store::<Town>::new();
    let (teacher, pupil) = (db.insert(Monk {})?, db.insert(Monk {})?);
    db.insert(Lesson { pupil, teacher })?;
    assert!(matches!(db.delete(teacher), Err(Error::Protected(_))));
    assert_eq!(db.delete(pupil)?.of::<Lesson>(), 1);
    sound(&db);
    Ok(())
}

#[test]
fn a_through_model_with_two_keys_to_one_model_keeps_its_directions() -> Outcome {
    let mut db = Store::<Town>::new();
    let (teacher, pupil) = (db.insert(Monk {})?, db.insert(Monk {})?);
    db.link_with(teacher, Monk::TEACHES, pupil, |teacher, pupil| Lesson { pupil, teacher })?;
    assert_eq!(db.follow(teacher, Monk::TEACHES).ids(), [pupil]);
    assert_eq!(db.follow(pupil, Monk::LEARNS_FROM).ids(), [teacher]);
    assert_eq!(db.follow(pupil, Monk::TEACHES).count(), 0);
    sound(&db);
    Ok(())
}

#[test]
fn the_closure_gets_the_declaring_side_first_from_either_end() -> Outcome {
    let mut db = Store::<Town>::new();
    let (teacher, pupil) = (db.insert(Monk {})?, db.insert(Monk {})?);
    let mut seen = None;
    db.link_with(pupil, Monk::LEARNS_FROM, teacher, |first, second| {
        seen = Some((first, second));
        Lesson { pupil: second, teacher: first }
    })?;
    assert_eq!(seen, Some((teacher, pupil)));
    sound(&db);
    Ok(())
}
