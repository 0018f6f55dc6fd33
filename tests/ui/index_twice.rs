use relarena::prelude::*;

#[derive(Model, Clone)]
struct Book {
    #[index]
    #[index]
    title: String,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
}

fn main() {}
