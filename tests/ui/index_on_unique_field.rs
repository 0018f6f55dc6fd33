use relarena::prelude::*;

#[derive(Model, Clone)]
struct Book {
    #[unique]
    #[index]
    title: String,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
}

fn main() {}
