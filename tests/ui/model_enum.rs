use relarena::prelude::*;

#[derive(Model, Clone)]
enum Author {
    Alive,
    Dead,
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

fn use_it(db: &mut Store<Library>, author: Id<Author>) -> Result<(), Error> {
    db.insert(Author::Alive)?;
    db.follow(author, Author::BOOKS).count();
    Ok(())
}

fn main() {}
