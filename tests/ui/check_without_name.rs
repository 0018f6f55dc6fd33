use relarena::prelude::*;

#[derive(Model, Clone)]
#[check(|row| !row.name.is_empty())]
struct Author {
    name: String,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
}

fn main() {}
