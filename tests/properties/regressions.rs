//! Bugs that random programs found, as sentences.

use relarena::prelude::*;

use crate::schema::{Club, Desk, Membership, Person, Tag, World};

fn tag(about: Option<Id<Person>>) -> Tag {
    Tag { label: 0, note: String::new(), source: None, above: None, about, by: None }
}

fn person(name: u8) -> Person {
    Person { name, nick: None, age: None, parent: None, mentor: None, boss: None, home: None }
}

#[test]
fn a_reserved_id_is_no_substitute() {
    let mut db = Store::<World>::new();
    let refused = db.transaction(|tx| {
        let reserved = tx.reserve::<Person>()?;
        tx.set_substitute(Tag::ABOUT, Some(reserved))
    });
    assert!(matches!(refused, Err(Error::DanglingTarget { .. })));
}

#[test]
fn a_key_that_falls_back_to_a_doomed_row_dangles_until_it_is_mended() -> Result<(), Error> {
    let mut db = Store::<World>::new();
    let sentinel = db.insert(person(0))?;
    db.set_substitute(Tag::ABOUT, Some(sentinel))?;
    let tag = db.insert(tag(Some(sentinel)))?;
    let refused = db.transaction(|tx| {
        tx.delete(sentinel)?;
        assert_eq!(tx.audit(), []);
        Ok(())
    });
    assert!(matches!(refused, Err(Error::DanglingReferences(_))));
    db.transaction(|tx| {
        tx.delete(sentinel)?;
        tx.set(tag, Tag::ABOUT, None)
    })?;
    assert_eq!(db.audit(), []);
    Ok(())
}

#[test]
fn a_refused_set_of_through_links_leaves_nothing_behind() -> Result<(), Error> {
    let mut db = Store::<World>::new();
    let persons = db.insert_many([person(0), person(1)])?;
    let club = db.insert(Club { title: 0, open: false, owner: persons[0], deputy: None, guest: persons[0] })?;
    let all_the_same = |person, club| Membership { level: 0, person: Some(person), club };
    let refused = db.set_links_with(club, Club::MEMBERS, persons, all_the_same);
    assert!(matches!(refused, Err(Error::UniqueViolation(_))));
    assert_eq!(db.audit(), []);
    Ok(())
}

#[test]
fn a_one_to_one_key_takes_the_substitute_from_a_doomed_holder() -> Result<(), Error> {
    let mut db = Store::<World>::new();
    let [substitute, leaving, staying] = [0, 1, 2].map(|name| db.insert(person(name)).expect("names differ"));
    db.set_substitute(Desk::SEAT, Some(substitute))?;
    let desk = |user, seat| Desk { user, drawer: None, seat: Some(seat), lamp: None };
    let (holder, heir) = (db.insert(desk(leaving, substitute))?, db.insert(desk(staying, leaving))?);
    let undone = db.transaction::<()>(|tx| {
        tx.delete(leaving)?;
        assert_eq!(tx.audit(), []);
        Err(Error::other("roll back"))
    });
    assert!(undone.is_err());
    assert_eq!(db.audit(), []);
    assert_eq!(db.follow(substitute, Person::SEAT).map(|desk| desk.id()), Some(holder));
    db.delete(leaving)?;
    assert_eq!(db.audit(), []);
    assert_eq!(db.follow(substitute, Person::SEAT).map(|desk| desk.id()), Some(heir));
    Ok(())
}
