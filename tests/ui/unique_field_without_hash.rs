use relarena::prelude::*;

#[derive(Model, Clone)]
struct Author {
    #[unique]
    height: f64,
    name: String,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
}

fn main() {}
