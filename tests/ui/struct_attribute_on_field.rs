use relarena::prelude::*;

#[derive(Model, Clone)]
struct Author {
    #[unique_together(name, born)]
    born: i32,
    name: String,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
}

fn main() {}
