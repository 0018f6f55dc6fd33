use relarena::prelude::*;

#[derive(Clone)]
struct Author {
    name: String,
}

#[derive(Model, Clone)]
struct Book {
    title: String,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    author: Id<Author>,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
}

fn main() {}
