//! Deletes of rows with one key each, of which trees are made: those that cascades alone make need no plan, and all others
//! are planned.

use std::cell::RefCell;
use std::rc::Rc;

use relarena::prelude::*;

use crate::support::{Outcome, sound};

#[derive(Model, Clone)]
struct Hall {}

#[derive(Model, Clone)]
struct Shelf {
    #[foreign_key(on_delete = cascade, reverse = SHELVES)]
    hall: Option<Id<Hall>>,
}

#[derive(Model, Clone)]
struct Plate {
    #[one_to_one(on_delete = cascade, reverse = PLATE)]
    hall: Option<Id<Hall>>,
}

#[derive(Model, Clone)]
struct Book {
    #[foreign_key(on_delete = protect, reverse = BOOKS)]
    shelf: Id<Shelf>,
}

/// One of the rows' keys is no cascade.
#[derive(Schema)]
struct Library {
    halls: Table<Hall>,
    shelves: Table<Shelf>,
    plates: Table<Plate>,
    books: Table<Book>,
}

/// All keys are cascades.
#[derive(Schema)]
struct Building {
    halls: Table<Hall>,
    plates: Table<Plate>,
    shelves: Table<Shelf>,
}

#[test]
fn a_row_whose_only_referrers_protect_it_stays() -> Outcome {
    let mut db = Store::<Library>::new();
    let shelf = db.insert(Shelf { hall: None })?;
    db.insert(Book { shelf })?;
    assert!(matches!(db.delete(shelf), Err(Error::Protected(_))));
    Ok(())
}

#[test]
fn a_row_stays_if_rows_that_would_go_along_are_protected() -> Outcome {
    let mut db = Store::<Library>::new();
    let hall = db.insert(Hall {})?;
    let shelf = db.insert(Shelf { hall: Some(hall) })?;
    db.insert(Book { shelf })?;
    assert!(matches!(db.delete(hall), Err(Error::Protected(_))));
    Ok(())
}

/// A hall with all in it has gone, and a hall, a plate and shelves that are in none have taken their slots.
fn renewed<S: Has<Hall> + Has<Plate> + Has<Shelf>>() -> Outcome<Store<S>> {
    let mut db = Store::<S>::new();
    let hall = db.insert(Hall {})?;
    db.insert(Plate { hall: Some(hall) })?;
    db.insert_many([Shelf { hall: Some(hall) }, Shelf { hall: Some(hall) }])?;
    assert_eq!(db.delete(hall)?.total, 4);
    db.insert(Hall {})?;
    db.insert(Plate { hall: None })?;
    db.insert_many([Shelf { hall: None }, Shelf { hall: None }])?;
    sound(&db);
    Ok(db)
}

#[test]
fn rows_without_a_key_are_nobodys_also_where_a_tree_has_been() -> Outcome {
    let db = renewed::<Building>()?;
    assert!(db.rows::<Plate>().all(|plate| plate.follow(Plate::HALL).is_none()));
    assert!(db.rows::<Shelf>().all(|shelf| shelf.follow(Shelf::HALL).is_none()));
    Ok(())
}

#[test]
fn rows_without_a_key_are_nobodys_also_where_rows_have_been_that_a_plan_took_along() -> Outcome {
    let db = renewed::<Library>()?;
    assert!(db.rows::<Shelf>().all(|shelf| shelf.follow(Shelf::HALL).is_none()));
    Ok(())
}

type Names = Rc<RefCell<Vec<&'static str>>>;

/// Writes its name down when it is dropped.
#[derive(Clone)]
struct Tag {
    name: &'static str,
    dropped: Names,
}

impl Drop for Tag {
    fn drop(&mut self) {
        self.dropped.borrow_mut().push(self.name);
    }
}

#[derive(Model, Clone)]
struct Trunk {
    tag: Tag,
}

#[derive(Model, Clone)]
struct Twig {
    tag: Tag,
    #[foreign_key(on_delete = cascade, reverse = TWIGS)]
    trunk: Id<Trunk>,
}

#[derive(Schema)]
struct Orchard {
    trunks: Table<Trunk>,
    twigs: Table<Twig>,
}

#[test]
fn the_rows_of_a_tree_are_dropped_when_its_delete_ends_dependents_first() -> Outcome {
    let (mut db, dropped) = (Store::<Orchard>::new(), Names::default());
    let tag = |name| Tag { name, dropped: Rc::clone(&dropped) };
    let trunk = db.insert(Trunk { tag: tag("trunk") })?;
    db.insert(Twig { tag: tag("twig"), trunk })?;
    db.delete(trunk)?;
    assert_eq!(*dropped.borrow(), ["twig", "trunk"]);
    Ok(())
}
