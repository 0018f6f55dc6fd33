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

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
    books: Table<Book>,
}

fn use_it(db: &mut Store<Library>, author: Id<Author>, book: Id<Book>) -> Result<(), Error> {
    db.link(book, Book::AUTHOR, author)?;
    Ok(())
}

fn main() {}
