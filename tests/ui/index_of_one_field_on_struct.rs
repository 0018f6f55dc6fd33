use relarena::prelude::*;

#[derive(Model, Clone)]
#[index(title)]
struct Book {
    title: String,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
}

fn main() {}
