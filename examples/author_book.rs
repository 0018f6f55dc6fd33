//! Many to one: books name their author, an author's books are read back.
//!
//! A foreign key is a field of type `Id<Target>`. The store keeps the other end, `Author::BOOKS`, by itself: it is derived
//! from the field and can never disagree with it.

use std::error::Error;

use relarena::prelude::*;

#[derive(Model, Clone, Debug)]
struct Author {
    name: String,
}

#[derive(Model, Clone, Debug)]
struct Book {
    title: String,
    // A book without its author makes no sense here, so it goes with the author.
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    author: Id<Author>,
    // A book does without its editor, so the key is optional and becomes `None`.
    #[foreign_key(on_delete = set_null, reverse = EDITED)]
    editor: Option<Id<Author>>,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
    books: Table<Book>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut db = Store::<Library>::new();
    let le_guin = db.insert(Author { name: "Ursula K. Le Guin".into() })?;
    let lem = db.insert(Author { name: "Stanisław Lem".into() })?;
    let dispossessed = db.insert(Book { title: "The Dispossessed".into(), author: le_guin, editor: Some(lem) })?;
    let solaris = db.insert(Book { title: "Solaris".into(), author: lem, editor: None })?;
    let cyberiad = db.insert(Book { title: "The Cyberiad".into(), author: lem, editor: Some(le_guin) })?;

    // Forward, required: always a row. Forward, optional: an option of one.
    assert_eq!(db.follow(solaris, Book::AUTHOR).name, "Stanisław Lem");
    assert!(db.follow(solaris, Book::EDITOR).is_none());

    // Backward: an iterator of rows, which can be followed further. The two relations of the same two models stay apart.
    for author in db.rows::<Author>() {
        let written: Vec<&str> = author.follow(Author::BOOKS).map(|book| book.get().title.as_str()).collect();
        println!("{} wrote {}", author.name, written.join(" and "));
    }
    assert_eq!(db.follow(lem, Author::BOOKS).ids(), [solaris, cyberiad]);
    assert_eq!(db.follow(lem, Author::EDITED).ids(), [dispossessed]);

    // Moving a book moves it in both ends at once.
    db.set(cyberiad, Book::AUTHOR, le_guin)?;
    assert_eq!(db.follow(lem, Author::BOOKS).count(), 1);
    assert_eq!(db.follow(le_guin, Author::BOOKS).count(), 2);
    db.set(cyberiad, Book::AUTHOR, lem)?;

    // Ask first what a delete would do: the plan is data, and making it changes nothing.
    let plan = db.plan_delete(lem)?;
    println!("deleting Lem would take {} rows and null {} key", plan.total(), plan.rewritten.len());
    assert_eq!(plan.of::<Book>().collect::<Vec<_>>(), [solaris, cyberiad]);
    assert_eq!(db.len::<Book>(), 3);

    let report = db.delete(lem)?;
    assert_eq!((report.total, report.of::<Book>()), (3, 2));
    assert!(db.get(solaris).is_none());
    assert_eq!(db[dispossessed].editor, None);

    // No key can ever name a row that is not there.
    let refused = db.insert(Book { title: "Fiasco".into(), author: lem, editor: None });
    println!("refused: {}", refused.err().ok_or("a dead author was accepted")?);
    assert_eq!(db.audit(), []);
    Ok(())
}
