//! A through model with more keys than two, and a relation of a model with itself through another.

#![deny(warnings)]

use relarena::prelude::*;

#[derive(Model, Clone)]
#[many_to_many(CLUBS: Club, reverse = MEMBERS, through = Membership(person, club))]
#[many_to_many(FOLLOWS: Self, reverse = FOLLOWED_BY, through = Following(fan, star))]
struct Person {}

#[derive(Model, Clone)]
struct Club {}

#[derive(Model, Clone)]
struct Membership {
    #[foreign_key(on_delete = cascade, reverse = MEMBERSHIPS)]
    club: Id<Club>,
    #[foreign_key(on_delete = cascade, reverse = MEMBERSHIPS)]
    person: Id<Person>,
    #[foreign_key(on_delete = set_null, reverse = SPONSORED)]
    sponsor: Option<Id<Person>>,
}

#[derive(Model, Clone)]
struct Following {
    #[foreign_key(on_delete = cascade)]
    star: Id<Person>,
    #[foreign_key(on_delete = cascade)]
    fan: Id<Person>,
}

#[derive(Schema)]
struct Town {
    people: Table<Person>,
    clubs: Table<Club>,
    memberships: Table<Membership>,
    followings: Table<Following>,
}

fn main() -> Result<(), Error> {
    let mut db = Store::<Town>::new();
    let (ann, bob, chess) = (db.insert(Person {})?, db.insert(Person {})?, db.insert(Club {})?);
    db.link_with(ann, Person::CLUBS, chess, |person, club| Membership { club, person, sponsor: Some(bob) })?;
    db.insert(Following { star: ann, fan: bob })?;
    assert_eq!(db.follow(chess, Club::MEMBERS).ids(), [ann]);
    assert_eq!(db.follow(bob, Person::FOLLOWS).ids(), [ann]);
    assert_eq!(db.follow(ann, Person::FOLLOWED_BY).ids(), [bob]);
    Ok(())
}
