use relarena::prelude::*;

#[derive(Model, Clone)]
struct Author<T: Clone> {
    name: T,
}

#[derive(Model, Clone)]
struct Book {
    title: String,
    #[foreign_key(on_delete = cascade)]
    author: Id<Author<String>>,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author<String>>,
    books: Table<Book>,
}

fn use_it(db: &mut Store<Library>) -> Result<(), Error> {
    db.insert(Author { name: String::new() })?;
    Ok(())
}

fn main() {}
