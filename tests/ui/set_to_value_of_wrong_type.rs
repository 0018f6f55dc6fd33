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

fn use_it(db: &mut Store<Library>, book: Id<Book>) -> Result<(), Error> {
    db.set(book, Book::AUTHOR, None)?;
    Ok(())
}

fn main() {}
