use relarena::prelude::*;

#[derive(Model, Clone)]
struct Author {
    name: String,
}

#[derive(Model, Clone)]
struct Book {
    #[strategy(0..3)]
    #[foreign_key(on_delete = cascade)]
    author: Id<Author>,
}

fn main() {}
