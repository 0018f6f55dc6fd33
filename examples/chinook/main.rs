//! Chinook, a real data set: a shop for digital music with 11 tables and 15,607 rows.
//!
//! Run with `cargo run --release --example chinook`. It loads the CSV files, prints the schema as the store knows it,
//! answers a dozen questions by following relations and some by queries, and deletes an artist in a transaction that is rolled back.
//! With `-- --diagram dot` or `-- --diagram mermaid` it prints a picture of the schema instead: `... | dot -Tsvg > chinook.svg`.

mod business;
mod deletion;
mod load;
mod models;
mod money;
mod music;
mod print;
mod questions;
mod schema;

use std::error::Error;
use std::time::Instant;

use models::{Artist, Chinook};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => {}
        ["--diagram", format] => return schema::draw::<Chinook>(format),
        _ => return Err("usage: chinook [--diagram dot|mermaid]".into()),
    }
    let start = Instant::now();
    let mut db = load::chinook()?;
    let elapsed = start.elapsed();
    println!("Chinook: {} rows in 11 tables, loaded and checked in {} ms", schema::size(&db)?, elapsed.as_millis());

    print::chapter("The schema, from the catalog");
    schema::show(&db)?;

    print::chapter("Music");
    music::top_artists(&db);
    music::top_genres(&db);
    music::formats(&db);
    music::longest_playlists(&db);
    music::playlists_of_a_track(&db);
    music::also_bought(&db, "AC/DC");
    music::unsold(&db);

    print::chapter("Business");
    business::countries(&db);
    business::years(&db);
    business::hierarchy(&db, "jane@chinookcorp.com");
    business::agents(&db);
    business::taste(&db, "luisg@embraer.com.br");

    print::chapter("Questions by query");
    questions::longest_of(&db, "Iron Maiden");
    questions::over_time(&db);

    print::chapter("Deleting");
    let artist = db.by(Artist::NAME, "AC/DC").ok_or("there is no AC/DC")?.id();
    let plan = deletion::plan(&db, artist)?;
    deletion::rehearse_delete(&mut db, artist, &plan)?;

    let violations = db.audit();
    println!("\naudit: {} violations", violations.len());
    // The store keeps its promises, or the program fails and says which one was broken.
    violations.first().map_or(Ok(()), |first| Err(first.to_string().into()))
}
