//! Keys and links of a model with itself, required and optional, under the name `Self` and under its own.

#![deny(warnings)]

use relarena::prelude::*;

#[derive(Model, Clone)]
#[many_to_many(FRIENDS: Self, symmetrical)]
#[many_to_many(LIKES: Self, reverse = LIKED_BY)]
#[many_to_many(RIVALS: Person, reverse = RIVAL_OF)]
struct Person {
    name: String,
    #[foreign_key(on_delete = cascade, reverse = PUPILS)]
    teacher: Id<Self>,
    #[foreign_key(on_delete = set_null, reverse = CHILDREN)]
    parent: Option<Id<Self>>,
    #[one_to_one(on_delete = set_null, reverse = PARTNER_OF)]
    partner: Option<Id<Person>>,
}

#[derive(Schema)]
struct Town {
    people: Table<Person>,
}

fn main() -> Result<(), Error> {
    let mut db = Store::<Town>::new();
    let ann = db.transaction(|tx| {
        let ann = tx.reserve::<Person>()?;
        let row = Person { name: "Ann".into(), teacher: ann, parent: None, partner: Some(ann) };
        Ok(tx.insert_reserved(ann, row)?)
    })?;
    db.link(ann, Person::FRIENDS, ann)?;
    db.link(ann, Person::LIKED_BY, ann)?;
    db.set(ann, Person::PARENT, Some(ann))?;
    assert_eq!(db[ann].name, "Ann");
    assert_eq!(db.follow(ann, Person::PUPILS).ids(), [ann]);
    assert_eq!(db.follow(ann, Person::CHILDREN).ids(), [ann]);
    assert_eq!(db.follow(ann, Person::PARTNER_OF).map(|row| row.id()), Some(ann));
    assert_eq!(db.follow(ann, Person::LIKES).ids(), [ann]);
    assert_eq!(db.follow(ann, Person::RIVAL_OF).count(), 0);
    Ok(())
}
