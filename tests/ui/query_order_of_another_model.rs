use relarena::prelude::*;

#[derive(Model, Clone)]
struct Author {
    name: String,
}

#[derive(Model, Clone)]
struct Book {
    title: String,
    pages: u32,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    author: Id<Author>,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
    books: Table<Book>,
}

fn main() {
    let db = Store::<Library>::new();
    let _ = db.all::<Book>().order_by(Author::NAME.asc());
}
