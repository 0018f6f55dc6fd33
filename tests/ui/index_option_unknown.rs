use relarena::prelude::*;

#[derive(Model, Clone)]
struct Book {
    #[index(sorted)]
    title: String,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
}

fn main() {}
