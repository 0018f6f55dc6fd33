use relarena::prelude::*;

#[derive(Model, Clone)]
#[index(ordered(title, pages, price))]
struct Book {
    title: String,
    pages: u32,
    price: u32,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
}

fn main() {}
