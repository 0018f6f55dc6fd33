//! A relation without a reverse name, to a target in another module, followed back with `.reverse()`.

use relarena::prelude::*;

mod people {
    use relarena::prelude::*;

    #[derive(Model, Clone)]
    pub struct Author {
        pub name: String,
    }
}

#[derive(Model, Clone)]
#[many_to_many(FANS: people::Author)]
struct Book {
    #[foreign_key(on_delete = cascade)]
    author: Id<people::Author>,
    #[one_to_one(on_delete = set_null)]
    translator: Option<Id<people::Author>>,
}

#[derive(Schema)]
struct Library {
    authors: Table<people::Author>,
    books: Table<Book>,
}

fn main() -> Result<(), Error> {
    let mut db = Store::<Library>::new();
    let lem = db.insert(people::Author { name: "Lem".into() })?;
    let book = db.insert(Book { author: lem, translator: Some(lem) })?;
    db.link(lem, Book::FANS.reverse(), book)?;
    assert_eq!(db.follow(lem, Book::AUTHOR.reverse()).ids(), [book]);
    assert_eq!(db.follow(lem, Book::TRANSLATOR.reverse()).map(|row| row.id()), Some(book));
    assert_eq!(db.follow(lem, Book::FANS.reverse()).ids(), [book]);
    Ok(())
}
