use relarena::prelude::*;

#[derive(Model, Clone)]
#[index(ordered(title, page))]
struct Book {
    title: String,
    pages: u32,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
}

fn main() {}
