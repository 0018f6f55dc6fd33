//! Several keys and links between the same two models, in both directions.

#![deny(warnings)]

use relarena::prelude::*;

#[derive(Model, Clone)]
#[many_to_many(VISITED: City, reverse = VISITORS)]
#[many_to_many(RULED: City, reverse = RULERS)]
struct Hero {
    #[foreign_key(on_delete = protect, reverse = BORN)]
    birthplace: Id<City>,
    #[foreign_key(on_delete = restrict, reverse = RESIDENTS)]
    home: Id<City>,
    #[one_to_one(on_delete = set_null, reverse = MAYOR)]
    office: Option<Id<City>>,
}

#[derive(Model, Clone)]
struct City {
    #[foreign_key(on_delete = do_nothing, reverse = FOUNDED)]
    founder: Option<Id<Hero>>,
    #[foreign_key(on_delete = set_default, reverse = SAVED)]
    saviour: Option<Id<Hero>>,
    #[foreign_key(on_delete = set_with, reverse = SACKED)]
    villain: Option<Id<Hero>>,
}

#[derive(Schema)]
struct Saga {
    heroes: Table<Hero>,
    cities: Table<City>,
}

fn main() -> Result<(), Error> {
    let mut db = Store::<Saga>::new();
    let troy = db.insert(City { founder: None, saviour: None, villain: None })?;
    let hector = db.insert(Hero { birthplace: troy, home: troy, office: Some(troy) })?;
    db.set(troy, City::FOUNDER, Some(hector))?;
    db.link(troy, City::VISITORS, hector)?;
    assert_eq!(db.follow(troy, City::BORN).ids(), db.follow(troy, City::RESIDENTS).ids());
    assert_eq!(db.follow(hector, Hero::FOUNDED).ids(), [troy]);
    assert!(db.follow(troy, City::MAYOR).is_some() && !db.linked(hector, Hero::RULED, troy));
    Ok(())
}
