use relarena::prelude::*;

#[derive(Clone)]
struct Author {
    name: String,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
}

fn main() {}
