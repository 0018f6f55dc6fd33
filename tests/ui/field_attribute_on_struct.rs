use relarena::prelude::*;

#[derive(Model, Clone)]
#[unique]
struct Author {
    name: String,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
}

fn main() {}
