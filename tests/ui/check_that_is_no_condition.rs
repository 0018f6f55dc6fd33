use relarena::prelude::*;

#[derive(Model, Clone)]
#[check(name = "named", |row| row.name.len())]
struct Author {
    name: String,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
}

fn main() {}
