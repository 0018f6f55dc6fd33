use relarena::prelude::*;

#[derive(Model, Clone)]
#[index]
struct Book {
    title: String,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
}

fn main() {}
