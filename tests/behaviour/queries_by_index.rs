//! Queries that an index could answer wrongly are answered as by a scan: indexes that leave rows out, that have several
//! fields, or that are of another model.

use relarena::prelude::*;
use relarena::query::{AggregateKind, Lookup, NamedAggregate, NamedCondition, NamedOperand, Way, max, min};

use crate::support::{Dice, Outcome, sound};

#[derive(Model, Clone)]
struct Person {
    #[index(ordered)]
    age: u32,
    #[unique]
    name: String,
}

/// The keys of all indexes that lead through people are of fields that stand at the same place as others of the person.
#[derive(Model, Clone)]
#[unique_together(code, where = |book| book.is_listed, name = "listed_code")]
#[unique_together(code, copies, where = |book| book.is_listed, name = "listed_copies")]
#[index(ordered(shelf, place))]
#[index(ordered(year, volume))]
#[index(ordered(code, copies))]
#[index(code, copies)]
#[index(stars, place)]
struct Book {
    #[index(ordered)]
    pages: u32,
    stars: u32,
    code: u32,
    copies: u32,
    shelf: u32,
    place: u32,
    year: u32,
    volume: Option<u32>,
    is_listed: bool,
    #[foreign_key(on_delete = cascade, reverse = WRITTEN)]
    author: Id<Person>,
    #[foreign_key(on_delete = cascade, reverse = EDITED)]
    editor: Id<Person>,
}

#[derive(Model, Clone)]
struct Card {
    #[one_to_one(on_delete = cascade, reverse = CARD)]
    holder: Id<Person>,
}

#[derive(Schema)]
struct Library {
    people: Table<Person>,
    books: Table<Book>,
    cards: Table<Card>,
}

/// Twenty people with a card, and 400 books of theirs with fields that are diced; one in forty is listed.
fn library() -> Outcome<Store<Library>> {
    let (mut db, mut dice) = (Store::<Library>::new(), Dice(7));
    let people =
        db.insert_many((0..20).map(|number| Person { age: 20 + number * 17 % 20, name: format!("P{number}") }))?;
    db.insert_many(people.iter().map(|&holder| Card { holder }))?;
    let mut below = |bound: u32| u32::try_from(dice.below(bound as usize)).expect("it is less than the bound");
    let books = (0..400).map(|number| Book {
        pages: 10 + below(50),
        stars: below(40),
        code: if number % 40 == 0 { number } else { below(30) },
        copies: below(9),
        shelf: below(12),
        place: below(6),
        year: below(25),
        volume: (number % 3 > 0).then(|| below(9)),
        is_listed: number % 40 == 0,
        author: people[below(20) as usize],
        editor: people[below(20) as usize],
    });
    db.insert_many(books.collect::<Vec<_>>())?;
    sound(&db);
    Ok(db)
}

fn books(db: &Store<Library>, holds: impl Fn(&Row<'_, Library, Book>) -> bool) -> Vec<Id<Book>> {
    db.rows::<Book>().filter(holds).map(|book| book.id()).collect()
}

#[test]
fn a_value_of_a_field_is_found_also_in_rows_that_a_conditional_rule_leaves_out() -> Outcome {
    let db = library()?;
    for code in 0..30 {
        assert_eq!(db.query(Book::CODE.eq(code)).ids(), books(&db, |book| book.code == code));
    }
    Ok(())
}

#[test]
fn values_of_two_fields_are_found_also_in_rows_that_a_conditional_rule_leaves_out() -> Outcome {
    let db = library()?;
    for (code, copies) in (0..30).map(|code| (code, code % 9)) {
        let found = db.query(Book::CODE.eq(code).and(Book::COPIES.eq(copies))).ids();
        assert_eq!(found, books(&db, |book| (book.code, book.copies) == (code, copies)));
    }
    Ok(())
}

#[test]
fn values_of_both_fields_of_an_ordered_index_are_found() -> Outcome {
    let db = library()?;
    for (shelf, place) in (0..12).map(|shelf| (shelf, shelf % 6)) {
        let found = db.query(Book::SHELF.eq(shelf).and(Book::PLACE.eq(place))).ids();
        assert_eq!(found, books(&db, |book| (book.shelf, book.place) == (shelf, place)));
    }
    Ok(())
}

#[test]
fn ranges_of_both_fields_of_an_ordered_index_are_of_each_field() -> Outcome {
    let db = library()?;
    for shelf in 0..11 {
        let found = db.query(Book::SHELF.range(shelf..=shelf + 1).and(Book::PLACE.range(2..4))).ids();
        let holds =
            |book: &Row<'_, Library, Book>| (shelf..=shelf + 1).contains(&book.shelf) && (2..4).contains(&book.place);
        assert_eq!(found, books(&db, holds));
    }
    Ok(())
}

#[test]
fn an_index_that_another_field_leads_does_not_serve_the_second() -> Outcome {
    let db = library()?;
    for place in 0..6 {
        assert_eq!(db.query(Book::PLACE.lt(place)).ids(), books(&db, |book| book.place < place));
    }
    Ok(())
}

#[test]
fn rows_whose_second_field_is_null_are_found_by_the_first() -> Outcome {
    let db = library()?;
    for year in 0..25 {
        assert_eq!(db.query(Book::YEAR.eq(year)).ids(), books(&db, |book| book.year == year));
    }
    Ok(())
}

#[test]
fn bounds_the_wrong_way_round_contain_nothing() -> Outcome {
    let db = library()?;
    let (from, to) = (40, 20);
    assert_eq!(db.query(Book::PAGES.range(from..to)).ids(), []);
    Ok(())
}

#[test]
fn an_index_of_several_fields_is_named_by_its_first() -> Outcome {
    let db = library()?;
    let explained = db.query(Book::STARS.eq(7).and(Book::PLACE.eq(3))).explain();
    assert_eq!(explained.way, Way::Index { model: "Book", field: "stars" });
    Ok(())
}

#[test]
fn the_first_of_an_order_keep_to_the_filter_of_a_field_of_another_model() -> Outcome {
    let db = library()?;
    let found = db.query(Book::AUTHOR.then(Person::AGE).gt(30)).order_by(Book::PAGES.asc()).limit(9).ids();
    let mut expected = books(&db, |book| book.follow(Book::AUTHOR).age > 30);
    expected.sort_by_key(|id| db[*id].pages);
    assert_eq!(found, expected[..9]);
    Ok(())
}

#[test]
fn referrers_by_the_second_of_two_keys_are_those_of_that_key() -> Outcome {
    let db = library()?;
    for name in (0..20).map(|number| format!("P{number}")) {
        let found = db.query(Book::EDITOR.then(Person::NAME).eq(name.as_str())).ids();
        assert_eq!(found, books(&db, |book| book.follow(Book::EDITOR).name == name));
    }
    Ok(())
}

#[test]
fn the_holder_of_a_one_to_one_key_is_found_by_what_its_row_is_called() -> Outcome {
    let db = library()?;
    for person in db.rows::<Person>() {
        let found = db.query(Card::HOLDER.then(Person::NAME).eq(person.name.as_str())).ids();
        assert_eq!(found, person.follow(Person::CARD).map(|card| card.id()).into_iter().collect::<Vec<_>>());
    }
    Ok(())
}

/// The least and the greatest number of pages of some books.
fn ends(db: &Store<Library>, holds: impl Fn(&Row<'_, Library, Book>) -> bool) -> (Option<u32>, Option<u32>) {
    let pages = || db.rows::<Book>().filter(&holds).map(|book| book.pages);
    (pages().min(), pages().max())
}

#[test]
fn the_ends_of_a_field_within_bounds_of_it_are_those_of_a_scan() -> Outcome {
    let db = library()?;
    let found = db.query(Book::PAGES.range(25..=33)).aggregate((min(Book::PAGES), max(Book::PAGES)));
    assert_eq!(found, ends(&db, |book| (25..=33).contains(&book.pages)));
    Ok(())
}

#[test]
fn the_ends_of_a_field_keep_to_a_filter_of_another_model() -> Outcome {
    let db = library()?;
    let query = db.query(Book::AUTHOR.then(Person::AGE).gt(38));
    assert_eq!(query.aggregate((min(Book::PAGES), max(Book::PAGES))), {
        ends(&db, |book| book.follow(Book::AUTHOR).age > 38)
    });
    Ok(())
}

#[test]
fn the_ends_of_a_field_keep_to_their_own_filters() -> Outcome {
    let db = library()?;
    let few = || Book::STARS.lt(3);
    let found = db.all::<Book>().aggregate((min(Book::PAGES).filter(few()), max(Book::PAGES).filter(few())));
    assert_eq!(found, ends(&db, |book| book.stars < 3));
    Ok(())
}

#[test]
fn the_ends_of_a_field_of_another_model_are_that_models() -> Outcome {
    let db = library()?;
    let age = || Book::AUTHOR.then(Person::AGE);
    let ages = || db.rows::<Book>().map(|book| book.follow(Book::AUTHOR).age);
    assert_eq!(db.all::<Book>().aggregate((min(age()), max(age()))), (ages().min(), ages().max()));
    Ok(())
}

#[test]
fn the_ends_of_a_field_by_name_keep_to_a_filter_of_another_field() -> Outcome {
    let db = library()?;
    let operand = NamedOperand::Value(3.into());
    let few = NamedCondition::Compare { path: "stars".into(), lookup: Lookup::Lt, operand };
    let least = NamedAggregate { kind: AggregateKind::Min, path: "pages".into(), is_distinct: false, filter: None };
    let found = db.query_by_name("Book")?.filter(&few)?.aggregate(&[("least", least)])?;
    let expected = ends(&db, |book| book.stars < 3).0.map_or(Value::Null, Value::from);
    assert_eq!(found, [("least".into(), expected)]);
    Ok(())
}
