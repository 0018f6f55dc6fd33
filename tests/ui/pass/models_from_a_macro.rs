//! Several models from one expansion of a macro, and two models of one name told apart.

#![deny(warnings)]

use relarena::prelude::*;

macro_rules! owner_and_owned {
    ($owner:ident, $owned:ident, $reverse:ident) => {
        #[derive(Model, Clone)]
        struct $owner {}
        #[derive(Model, Clone)]
        struct $owned {
            #[foreign_key(on_delete = cascade, reverse = $reverse)]
            owner: Id<$owner>,
            #[foreign_key(on_delete = cascade)]
            namesake: Option<Id<other::$owner>>,
        }
    };
}

mod other {
    use relarena::prelude::*;

    #[derive(Model, Clone)]
    #[model(name = "OtherShip")]
    pub(crate) struct Ship {}
}

owner_and_owned!(Ship, Cannon, CANNONS);

#[derive(Schema)]
struct Fleet {
    others: Table<other::Ship>,
    cannons: Table<Cannon>,
    ships: Table<Ship>,
}

fn main() -> Result<(), Error> {
    let mut db = Store::<Fleet>::new();
    let ship = db.insert(Ship {})?;
    let cannon = db.insert(Cannon { owner: ship, namesake: None })?;
    assert_eq!(db.follow(ship, Ship::CANNONS).ids(), [cannon]);
    assert!(db.follow(cannon, Cannon::NAMESAKE).is_none());
    db.delete(ship)?;
    assert!(db.is_empty::<Cannon>());
    Ok(())
}
