use relarena::prelude::*;

#[derive(Clone, PartialEq, PartialOrd)]
struct Date(u32, u32, u32);

#[derive(Model, Clone)]
struct Book {
    title: String,
    #[index(ordered)]
    printed: Date,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
}

fn main() {}
