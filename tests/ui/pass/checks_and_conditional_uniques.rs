//! Checks of `bool` and `Option<bool>`, and unique rules with conditions, of one field and of optional ones.

#![deny(warnings)]

use relarena::prelude::*;

#[derive(Model, Clone)]
#[check(name = "ends after it starts", |row| row.end.map(|end| end > row.start))]
#[check(name = "starts late", |row| row.start >= MIDNIGHT)]
#[unique_together(room, start, where = |row| !row.cancelled)]
#[unique_together(room, where = |row| row.end.map(|end| end > 100), name = "one long booking")]
#[unique_together(guest, end)]
struct Booking {
    room: u32,
    start: u32,
    end: Option<u32>,
    cancelled: bool,
    #[foreign_key(on_delete = set_null, reverse = BOOKINGS)]
    guest: Option<Id<Guest>>,
}

const MIDNIGHT: u32 = 0;

#[derive(Model, Clone)]
struct Guest {}

#[derive(Schema)]
struct Hotel {
    bookings: Table<Booking>,
    guests: Table<Guest>,
}

fn main() -> Result<(), Error> {
    let mut db = Store::<Hotel>::new();
    let booking = |cancelled| Booking { room: 1, start: 2, end: None, cancelled, guest: None };
    db.insert(booking(false))?;
    db.insert(booking(true))?;
    assert!(matches!(db.insert(booking(false)).map_err(|refused| refused.error), Err(Error::UniqueViolation(_))));
    assert!(db.insert(Booking { end: Some(1), ..booking(true) }).is_err());
    Ok(())
}
