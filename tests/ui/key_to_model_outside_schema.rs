use relarena::prelude::*;

#[derive(Model, Clone)]
struct Author {
    name: String,
}

#[derive(Model, Clone)]
struct Book {
    title: String,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    author: Id<Author>,
}

#[derive(Model, Clone)]
struct Shop {
    name: String,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
    shops: Table<Shop>,
}

fn main() {}
