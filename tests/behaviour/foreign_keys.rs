//! Foreign keys: the row's field is the truth, and the reverse set follows it (I1, I2, I3).

use relarena::prelude::*;

use crate::support::{Outcome, sound};

#[derive(Model, Clone, Debug)]
struct Author {
    name: &'static str,
}

#[derive(Model, Clone, Debug)]
struct Book {
    title: &'static str,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    author: Id<Author>,
    #[foreign_key(on_delete = set_null, reverse = EDITED)]
    editor: Option<Id<Author>>,
}

#[derive(Model, Clone, Debug)]
struct Folder {
    #[foreign_key(on_delete = set_null, reverse = INSIDE)]
    parent: Option<Id<Folder>>,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
    books: Table<Book>,
    folders: Table<Folder>,
}

struct Shelf {
    db: Store<Library>,
    lem: Id<Author>,
    le_guin: Id<Author>,
    solaris: Id<Book>,
}

fn shelf() -> Result<Shelf, Error> {
    let mut db = Store::new();
    let lem = db.insert(Author { name: "Lem" })?;
    let le_guin = db.insert(Author { name: "Le Guin" })?;
    let solaris = db.insert(Book { title: "Solaris", author: lem, editor: None })?;
    Ok(Shelf { db, lem, le_guin, solaris })
}

#[test]
fn a_required_key_leads_to_a_row() -> Outcome {
    let Shelf { db, solaris, .. } = shelf()?;
    assert_eq!(db.follow(solaris, Book::AUTHOR).name, "Lem");
    sound(&db);
    Ok(())
}

#[test]
fn a_null_key_leads_nowhere() -> Outcome {
    let Shelf { db, solaris, .. } = shelf()?;
    assert!(db.follow(solaris, Book::EDITOR).is_none());
    sound(&db);
    Ok(())
}

#[test]
fn two_relations_between_the_same_models_stay_apart() -> Outcome {
    let Shelf { mut db, lem, le_guin, solaris } = shelf()?;
    db.set(solaris, Book::EDITOR, Some(le_guin))?;
    assert_eq!((db.follow(le_guin, Author::BOOKS).count(), db.follow(le_guin, Author::EDITED).count()), (0, 1));
    assert_eq!((db.follow(lem, Author::BOOKS).count(), db.follow(lem, Author::EDITED).count()), (1, 0));
    sound(&db);
    Ok(())
}

#[test]
fn the_reverse_side_lists_rows_in_the_order_they_came() -> Outcome {
    let Shelf { mut db, lem, solaris, .. } = shelf()?;
    let more = db.insert_many(["Fiasco", "Eden"].map(|title| Book { title, author: lem, editor: None }))?;
    assert_eq!(db.follow(lem, Author::BOOKS).ids(), [solaris, more[0], more[1]]);
    sound(&db);
    Ok(())
}

#[test]
fn the_named_reverse_and_the_reverse_of_the_key_are_the_same() -> Outcome {
    let Shelf { db, lem, .. } = shelf()?;
    assert_eq!(db.follow(lem, Book::AUTHOR.reverse()).ids(), db.follow(lem, Author::BOOKS).ids());
    sound(&db);
    Ok(())
}

#[test]
fn inserting_a_key_to_a_dead_row_is_refused_at_the_statement() -> Outcome {
    let Shelf { mut db, le_guin, .. } = shelf()?;
    db.delete(le_guin)?;
    let refused = db.insert(Book { title: "Rocannon", author: le_guin, editor: None }).expect_err("the author is gone");
    match refused.error {
        Error::DanglingTarget { relation, target } => {
            assert_eq!((relation.to_string().as_str(), target), ("Book.author", db.key_of(le_guin)));
        }
        other => panic!("{other}"),
    }
    sound(&db);
    Ok(())
}

#[test]
fn the_null_id_is_no_row() -> Outcome {
    let Shelf { mut db, .. } = shelf()?;
    let refused = db.insert(Book { title: "", author: Id::NULL, editor: None }).expect_err("no row has the null id");
    assert!(matches!(refused.error, Error::DanglingTarget { .. }));
    sound(&db);
    Ok(())
}

#[test]
fn an_id_of_a_dead_row_does_not_name_the_next_row_in_its_slot() -> Outcome {
    let Shelf { mut db, le_guin, .. } = shelf()?;
    db.delete(le_guin)?;
    let next = db.insert(Author { name: "Butler" })?;
    assert_eq!(next.slot(), le_guin.slot());
    assert!(!db.contains(le_guin));
    assert!(db.insert(Book { title: "Kindred", author: le_guin, editor: None }).is_err());
    sound(&db);
    Ok(())
}

#[test]
fn setting_a_key_moves_the_row_from_one_reverse_set_to_the_other() -> Outcome {
    let Shelf { mut db, lem, le_guin, solaris } = shelf()?;
    db.set(solaris, Book::AUTHOR, le_guin)?;
    assert_eq!(db[solaris].author, le_guin);
    assert_eq!((db.follow(lem, Author::BOOKS).ids(), db.follow(le_guin, Author::BOOKS).ids()), (vec![], vec![solaris]));
    sound(&db);
    Ok(())
}

#[test]
fn updating_keys_by_a_closure_moves_all_of_them() -> Outcome {
    let Shelf { mut db, lem, le_guin, solaris } = shelf()?;
    db.update(solaris, |book| (book.author, book.editor) = (le_guin, Some(lem)))?;
    assert_eq!(db.follow(le_guin, Author::BOOKS).ids(), [solaris]);
    assert_eq!(db.follow(lem, Author::EDITED).ids(), [solaris]);
    assert_eq!(db.follow(lem, Author::BOOKS).count(), 0);
    sound(&db);
    Ok(())
}

#[test]
fn setting_a_key_to_the_row_it_names_keeps_the_order() -> Outcome {
    let Shelf { mut db, lem, solaris, .. } = shelf()?;
    let eden = db.insert(Book { title: "Eden", author: lem, editor: None })?;
    db.set(solaris, Book::AUTHOR, lem)?;
    db.update(solaris, |book| book.author = lem)?;
    assert_eq!(db.follow(lem, Author::BOOKS).ids(), [solaris, eden]);
    sound(&db);
    Ok(())
}

#[test]
fn a_refused_set_changes_neither_the_row_nor_a_reverse_set() -> Outcome {
    let Shelf { mut db, lem, le_guin, solaris } = shelf()?;
    db.delete(le_guin)?;
    let error = db.set(solaris, Book::AUTHOR, le_guin).expect_err("the target is gone");
    assert!(matches!(error, Error::DanglingTarget { .. }), "{error}");
    assert_eq!((db[solaris].author, db.follow(lem, Author::BOOKS).ids()), (lem, vec![solaris]));
    sound(&db);
    Ok(())
}

#[test]
fn a_refused_update_changes_no_field_at_all() -> Outcome {
    let Shelf { mut db, lem, le_guin, solaris } = shelf()?;
    db.delete(le_guin)?;
    let refused = db.update(solaris, |book| (book.title, book.author) = ("The Dispossessed", le_guin));
    assert!(matches!(refused, Err(Error::DanglingTarget { .. })));
    assert_eq!((db[solaris].title, db[solaris].author), ("Solaris", lem));
    sound(&db);
    Ok(())
}

#[test]
fn writing_to_a_dead_row_is_refused() -> Outcome {
    let Shelf { mut db, lem, le_guin, solaris } = shelf()?;
    db.delete(solaris)?;
    assert!(matches!(db.set(solaris, Book::AUTHOR, le_guin), Err(Error::RowNotFound { .. })));
    assert!(matches!(db.update(solaris, |book| book.author = lem), Err(Error::RowNotFound { .. })));
    assert!(matches!(db.delete(solaris), Err(Error::RowNotFound { .. })));
    sound(&db);
    Ok(())
}

#[test]
fn a_deleted_source_leaves_its_reverse_set() -> Outcome {
    let Shelf { mut db, lem, solaris, .. } = shelf()?;
    let eden = db.insert(Book { title: "Eden", author: lem, editor: None })?;
    db.delete(solaris)?;
    assert_eq!(db.follow(lem, Author::BOOKS).ids(), [eden]);
    sound(&db);
    Ok(())
}

#[test]
fn a_row_may_refer_to_itself() -> Outcome {
    let mut db = Store::<Library>::new();
    let root = db.insert(Folder { parent: None })?;
    db.set(root, Folder::PARENT, Some(root))?;
    assert_eq!(db.follow(root, Folder::INSIDE).ids(), [root]);
    sound(&db);
    db.delete(root)?;
    assert!(db.is_empty::<Folder>());
    sound(&db);
    Ok(())
}

#[test]
fn two_rows_may_refer_to_each_other() -> Outcome {
    let mut db = Store::<Library>::new();
    let one = db.insert(Folder { parent: None })?;
    let other = db.insert(Folder { parent: Some(one) })?;
    db.set(one, Folder::PARENT, Some(other))?;
    assert_eq!(
        db.row(one)?.follow(Folder::PARENT).and_then(|row| row.follow(Folder::PARENT)).map(|row| row.id()),
        Some(one)
    );
    sound(&db);
    Ok(())
}
