//! Reads: by id, by unique value, along relations, up and down trees.

use relarena::prelude::*;

use crate::support::{Outcome, sound};

#[derive(Model, Clone, Debug)]
struct Author {
    #[unique]
    name: String,
}

#[derive(Model, Clone, Debug)]
#[many_to_many(TAGS: Tag, reverse = BOOKS)]
struct Book {
    title: String,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    author: Id<Author>,
}

#[derive(Model, Clone, Debug)]
struct Tag {
    #[unique]
    code: Option<u32>,
}

#[derive(Model, Clone, Debug)]
struct Folder {
    name: &'static str,
    #[foreign_key(on_delete = set_null, reverse = INSIDE)]
    parent: Option<Id<Folder>>,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
    books: Table<Book>,
    tags: Table<Tag>,
    folders: Table<Folder>,
}

fn author(name: &str) -> Author {
    Author { name: name.into() }
}

#[test]
fn rows_come_in_slot_order_with_gaps_filled() -> Outcome {
    let mut db = Store::<Library>::new();
    let ids = db.insert_many(["a", "b", "c"].map(author))?;
    db.delete(ids[1])?;
    let again = db.insert(author("d"))?;
    assert_eq!(db.rows::<Author>().ids(), [ids[0], again, ids[2]]);
    sound(&db);
    Ok(())
}

#[test]
fn rows_walk_over_pages_and_gaps() -> Outcome {
    let mut db = Store::<Library>::new();
    let ids = db.insert_many((0..300).map(|number| author(&number.to_string())))?;
    db.delete_many(ids[10..290].iter().copied())?;
    assert_eq!(db.rows::<Author>().ids(), [&ids[..10], &ids[290..]].concat());
    sound(&db);
    Ok(())
}

#[test]
fn len_counts_living_rows() -> Outcome {
    let mut db = Store::<Library>::new();
    assert!(db.is_empty::<Author>());
    let ids = db.insert_many(["a", "b"].map(author))?;
    db.delete(ids[0])?;
    assert_eq!((db.len::<Author>(), db.is_empty::<Author>()), (1, false));
    sound(&db);
    Ok(())
}

#[test]
fn contains_get_and_row_agree_on_a_dead_row() -> Outcome {
    let mut db = Store::<Library>::new();
    let id = db.insert(author("a"))?;
    assert!(db.contains(id) && db.get(id).is_some() && db.row(id).is_ok());
    db.delete(id)?;
    assert!(!db.contains(id) && db.get(id).is_none());
    assert!(matches!(db.row(id), Err(Error::RowNotFound { row }) if row == db.key_of(id)));
    sound(&db);
    Ok(())
}

#[test]
fn by_finds_a_row_by_its_unique_value() -> Outcome {
    let mut db = Store::<Library>::new();
    let ids = db.insert_many((0..200).map(|number| author(&number.to_string())))?;
    assert_eq!(db.by(Author::NAME, "137").map(|row| row.id()), Some(ids[137]));
    assert!(db.by(Author::NAME, "200").is_none());
    sound(&db);
    Ok(())
}

#[test]
fn by_finds_a_row_by_an_optional_unique_value() -> Outcome {
    let mut db = Store::<Library>::new();
    db.insert_many([Tag { code: None }, Tag { code: None }])?;
    let seven = db.insert(Tag { code: Some(7) })?;
    assert_eq!(db.by(Tag::CODE, &7).map(|row| row.id()), Some(seven));
    sound(&db);
    Ok(())
}

#[test]
fn rows_are_followed_in_chains() -> Outcome {
    let mut db = Store::<Library>::new();
    let lem = db.insert(author("Lem"))?;
    let books = db.insert_many(["Solaris", "Eden"].map(|title| Book { title: title.into(), author: lem }))?;
    let tag = db.insert(Tag { code: None })?;
    db.link(books[1], Book::TAGS, tag)?;
    let siblings: Vec<_> = db
        .row(tag)?
        .follow(Tag::BOOKS)
        .flat_map(|book| book.follow(Book::AUTHOR).follow(Author::BOOKS))
        .map(|book| book.id())
        .collect();
    assert_eq!(siblings, books);
    sound(&db);
    Ok(())
}

#[test]
fn iterators_know_how_many_rows_are_left() -> Outcome {
    let mut db = Store::<Library>::new();
    let lem = db.insert(author("Lem"))?;
    let books = db.insert_many((0..40).map(|number| Book { title: number.to_string(), author: lem }))?;
    let tag = db.insert(Tag { code: None })?;
    db.set_links(tag, Tag::BOOKS, books.iter().copied())?;
    let (mut all, mut sources, mut neighbours) =
        (db.rows::<Book>(), db.follow(lem, Author::BOOKS), db.follow(tag, Tag::BOOKS));
    for left in (0..=40).rev() {
        assert_eq!((all.len(), sources.len(), neighbours.len()), (left, left, left));
        assert_eq!(all.next().is_some(), left > 0);
        assert_eq!(sources.next().is_some(), left > 0);
        assert_eq!(neighbours.next().is_some(), left > 0);
    }
    sound(&db);
    Ok(())
}

#[test]
fn an_iterator_can_be_cloned_half_way() -> Outcome {
    let mut db = Store::<Library>::new();
    let ids = db.insert_many((0..70).map(|number| author(&number.to_string())))?;
    let mut rows = db.rows::<Author>();
    rows.nth(65);
    assert_eq!((rows.clone().ids(), rows.ids()), (ids[66..].to_vec(), ids[66..].to_vec()));
    sound(&db);
    Ok(())
}

#[test]
fn what_a_row_lends_outlives_the_handle() -> Outcome {
    fn longest(db: &Store<Library>) -> Option<&str> {
        db.rows::<Author>().map(|row| row.get().name.as_str()).max_by_key(|name| name.len())
    }
    let mut db = Store::<Library>::new();
    db.insert_many(["Lem", "Le Guin", "Butler"].map(author))?;
    assert_eq!(longest(&db), Some("Le Guin"));
    sound(&db);
    Ok(())
}

#[test]
fn row_keys_go_to_ids_of_their_own_model_only() -> Outcome {
    let mut db = Store::<Library>::new();
    let lem = db.insert(author("Lem"))?;
    let key = db.key_of(lem);
    assert_eq!((db.id_of::<Author>(key), db.id_of::<Book>(key)), (Some(lem), None));
    sound(&db);
    Ok(())
}

/// `root` with `a` (`aa`, `ab`) and `b`.
fn tree() -> Result<(Store<Library>, [Id<Folder>; 5]), Error> {
    let mut db = Store::new();
    let root = db.insert(Folder { name: "root", parent: None })?;
    let a = db.insert(Folder { name: "a", parent: Some(root) })?;
    let b = db.insert(Folder { name: "b", parent: Some(root) })?;
    let aa = db.insert(Folder { name: "aa", parent: Some(a) })?;
    let ab = db.insert(Folder { name: "ab", parent: Some(a) })?;
    Ok((db, [root, a, b, aa, ab]))
}

fn above(db: &Store<Library>, folder: Id<Folder>) -> Vec<&'static str> {
    db.ancestors(folder, Folder::PARENT).map(|row| row.name).collect()
}

fn below(db: &Store<Library>, folder: Id<Folder>) -> Vec<&'static str> {
    db.descendants(folder, Folder::PARENT).map(|row| row.name).collect()
}

#[test]
fn ancestors_come_nearest_first() -> Outcome {
    let (db, [root, .., ab]) = tree()?;
    assert_eq!((above(&db, ab), above(&db, root)), (vec!["a", "root"], vec![]));
    sound(&db);
    Ok(())
}

#[test]
fn descendants_come_owner_first() -> Outcome {
    let (db, [root, a, b, ..]) = tree()?;
    assert_eq!(below(&db, root), ["a", "aa", "ab", "b"]);
    assert_eq!((below(&db, a), below(&db, b)), (vec!["aa", "ab"], vec![]));
    sound(&db);
    Ok(())
}

#[test]
fn a_ring_is_walked_once_and_never_leads_back_to_the_start() -> Outcome {
    let (mut db, [root, a, b, aa, _]) = tree()?;
    db.set(root, Folder::PARENT, Some(aa))?;
    assert_eq!(above(&db, aa), ["a", "root"]);
    assert_eq!(above(&db, b), ["root", "aa", "a"]);
    assert_eq!(below(&db, a), ["aa", "root", "b", "ab"]);
    assert_eq!(below(&db, root), ["a", "aa", "ab", "b"]);
    sound(&db);
    Ok(())
}

#[test]
fn a_row_inside_itself_is_neither_its_ancestor_nor_its_descendant() -> Outcome {
    let (mut db, [root, a, ..]) = tree()?;
    db.set(root, Folder::PARENT, Some(root))?;
    assert_eq!(above(&db, root), Vec::<&str>::new());
    assert_eq!(above(&db, a), ["root"]);
    assert_eq!(below(&db, root), ["a", "aa", "ab", "b"]);
    sound(&db);
    Ok(())
}

#[test]
fn threads_may_read_one_store_together() -> Outcome {
    let mut db = Store::<Library>::new();
    let lem = db.insert(author("Lem"))?;
    db.insert_many((0..100).map(|number| Book { title: number.to_string(), author: lem }))?;
    let count = || db.follow(lem, Author::BOOKS).filter(|book| book.title.ends_with('7')).count();
    let counts = std::thread::scope(|scope| {
        let readers = [scope.spawn(count), scope.spawn(count)];
        readers.map(|reader| reader.join().expect("a reader does not panic"))
    });
    assert_eq!(counts, [10, 10]);
    sound(&db);
    Ok(())
}

#[test]
fn a_store_may_move_to_another_thread() -> Outcome {
    let mut db = Store::<Library>::new();
    db.insert(author("Lem"))?;
    let db = std::thread::spawn(move || {
        let added = db.insert(author("Le Guin")).is_ok();
        (added, db)
    });
    let (added, db) = db.join().expect("the writer does not panic");
    assert_eq!((added, db.len::<Author>()), (true, 2));
    sound(&db);
    Ok(())
}
