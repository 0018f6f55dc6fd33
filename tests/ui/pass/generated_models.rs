//! Models that `relarena-codegen` wrote from a schema with awkward names (its tests compare the text).

#![deny(missing_docs, clippy::pedantic)]

#[path = "generated/awkward.rs"]
mod awkward;

use awkward::{Model, Option, ShopFloorSchema, String, Table};
use relarena::{Error, Store};

fn table(seats: i64) -> Table {
    Table { r#type: "round".into(), seats, note: None, maxLoad: None }
}

fn main() -> Result<(), Error> {
    let mut db = Store::<ShopFloorSchema>::new();
    let by_name = db.insert_by_name("Table", &[])?;
    assert_eq!(db.value(by_name, "seats")?, 12_000.into());
    let [one, other] = [db.insert(table(2))?, db.insert(table(4))?];
    assert!(matches!(db.insert(table(-2)).unwrap_err().error, Error::CheckViolation { .. }));
    let option = db.insert(Option {
        r#match: Some(one),
        a_name_that_is_rather_long_for_a_field: 1,
        another_name_that_is_rather_long_for_a_field: None,
        first: true,
        second: true,
        third: true,
        fourth: true,
    })?;
    assert_eq!(db.follow(one, Table::MOVES).count(), 1);
    let strings = db.insert(String { text: "rope".into(), option })?;
    db.insert(Model { strings, from_table: Some(one), to_table: other })?;
    assert_eq!(db.follow(other, Table::SOURCES).count(), 1);
    Ok(())
}
