//! Fields of types that the store knows nothing of: no `Debug`, `PartialEq`, `Default` or `FieldValue` asked for.

#![deny(warnings)]

use std::collections::BTreeMap;
use std::rc::Rc;

use relarena::prelude::*;

#[derive(Clone, Copy)]
struct Vec2 {
    x: f32,
    y: f32,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Team {
    Red,
    Blue,
}

#[derive(Clone)]
struct Wrapper<T>(T);

#[derive(Model, Clone)]
#[unique_together(team, number)]
struct Unit {
    position: Vec2,
    team: Team,
    #[unique]
    number: Option<u64>,
    way: Vec<Vec2>,
    target: Option<Vec2>,
    inventory: BTreeMap<&'static str, Wrapper<Vec<u8>>>,
    script: fn(Vec2) -> Vec2,
    shared: Rc<str>,
    grid: [[u8; 3]; 3],
    pair: (i64, bool),
    #[field(untracked)]
    last_seen: Id<Unit>,
    #[field(default = 1.5)]
    speed: f64,
    #[field(default = Team::Blue)]
    ally: Team,
}

#[derive(Schema)]
struct Battle {
    units: Table<Unit>,
}

fn main() -> Result<(), Error> {
    let mut db = Store::<Battle>::new();
    let unit = db.insert(Unit {
        position: Vec2 { x: 0.0, y: 1.0 },
        team: Team::Red,
        number: Some(7),
        way: Vec::new(),
        target: None,
        inventory: BTreeMap::from([("bag", Wrapper(vec![1]))]),
        script: |place| place,
        shared: "orders".into(),
        grid: [[0; 3]; 3],
        pair: (1, true),
        last_seen: Id::NULL,
        speed: 2.0,
        ally: Team::Red,
    })?;
    db.set(unit, Unit::TARGET, Some(Vec2 { x: 1.0, y: 1.0 }))?;
    assert_eq!(db.by(Unit::NUMBER, &7).map(|row| row.position.x + row.position.y), Some(1.0));
    assert!(db[unit].team == Team::Red && db[unit].inventory["bag"].0.len() == 1);
    Ok(())
}
