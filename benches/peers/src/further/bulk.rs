//! Calls for many rows beside one call for each, and changes of every row beside a vector of structs.

use relarena::prelude::*;

use super::{Line, in_turns};
use crate::contestants::relarena::{Author, Book, Course, Relarena, Student};
use crate::measure::Clock;
use crate::shape::{FAN_OUT, LINKS, Random, STEPS};

type Library = (Relarena, Vec<Id<Author>>, Vec<Id<Book>>);

pub(super) fn run(clock: &Clock, rounds: usize, scale: usize) -> Vec<Line> {
    let mut lines = vec![insert(clock, rounds, scale), delete(clock, rounds, scale), link(clock, rounds, scale)];
    lines.extend([1000, scale].map(|rows| for_each(clock, rounds, rows)));
    lines
}

fn author(number: usize) -> Author {
    Author { name: format!("author {number}"), score: 0 }
}

fn book(number: usize, author: Id<Author>) -> Book {
    Book { title: format!("book {number}"), pages: 1, author }
}

fn rows(scale: usize) -> (Relarena, Vec<Id<Author>>, Vec<Book>) {
    let mut db = Relarena::new();
    let authors = db.insert_many((0..scale / FAN_OUT).map(author)).expect("authors break no rule");
    let mut random = Random::new(10);
    let books = (0..scale).map(|number| book(number, authors[random.below(authors.len())])).collect();
    (db, authors, books)
}

fn library(scale: usize) -> Library {
    let (mut db, authors, books) = rows(scale);
    let books = db.insert_many(books).expect("the authors are there");
    (db, authors, books)
}

fn insert(clock: &Clock, rounds: usize, scale: usize) -> Line {
    let [many, single] = in_turns(rounds, |number| {
        let (mut db, _, books) = rows(scale);
        let (time, ids) = clock.time(|| match number {
            0 => db.insert_many(books).expect("the authors are there"),
            _ => books.into_iter().map(|book| db.insert(book).expect("the author is there")).collect(),
        });
        (time, ids.len())
    });
    Line::new("`insert_many`, per row", many, "ns").beside("`insert` for each", single, "ns").target(
        many <= single,
        "no slower",
        many / single,
    )
}

fn delete(clock: &Clock, rounds: usize, scale: usize) -> Line {
    let [many, single] = in_turns(rounds, |number| {
        let (mut db, _, books) = library(scale);
        let order = Random::new(11).shuffled(scale);
        let doomed: Vec<_> = order.into_iter().take(STEPS).map(|place| books[place]).collect();
        let count = doomed.len();
        let (time, ()) = clock.time(|| match number {
            0 => drop(db.delete_many(doomed).expect("nothing protects a book")),
            _ => doomed.into_iter().for_each(|book| drop(db.delete(book).expect("nothing protects a book"))),
        });
        (time, count)
    });
    Line::new("`delete_many`, per row", many, "ns").beside("`delete` for each", single, "ns").target(
        many <= single,
        "no slower",
        many / single,
    )
}

fn link(clock: &Clock, rounds: usize, scale: usize) -> Line {
    let [many, single] = in_turns(rounds, |number| {
        let (mut db, count) = (Relarena::new(), (scale / LINKS) as u32);
        let students = db.insert_many((0..count).map(|number| Student { number })).expect("students break no rule");
        let courses = db.insert_many((0..count).map(|number| Course { number })).expect("courses break no rule");
        let mut random = Random::new(12);
        let links = |_| -> [Id<Course>; LINKS] { std::array::from_fn(|_| courses[random.below(courses.len())]) };
        let wanted: Vec<_> = students.iter().map(links).collect();
        let (time, ()) = clock.time(|| {
            for (&student, wanted) in students.iter().zip(wanted) {
                if number == 0 {
                    db.link_many(student, Student::COURSES, wanted).expect("all rows are there");
                } else {
                    for course in wanted {
                        db.link(student, Student::COURSES, course).expect("both rows are there");
                    }
                }
            }
        });
        (time, count as usize * LINKS)
    });
    Line::new("`link_many` of eight, per link", many, "ns").beside("`link` for each", single, "ns").target(
        many <= single,
        "no slower",
        many / single,
    )
}

struct PlainBook {
    #[expect(dead_code, reason = "a row of the same size as in the store")]
    title: String,
    pages: u32,
    #[expect(dead_code, reason = "a row of the same size as in the store")]
    author: u64,
}

fn for_each(clock: &Clock, rounds: usize, rows: usize) -> Line {
    let (mut db, _, _) = library(rows);
    let mut vector: Vec<PlainBook> = (0..rows)
        .map(|number| PlainBook { title: format!("book {number}"), pages: 1, author: number as u64 })
        .collect();
    let passes = STEPS.div_ceil(rows).max(3);
    let [ours, plain] = in_turns(rounds, |number| {
        let (time, ()) = clock.time(|| {
            for _ in 0..passes {
                if number == 0 {
                    std::hint::black_box(&mut db).for_each_mut(Book::PAGES, |pages| *pages += 1);
                } else {
                    for book in std::hint::black_box(&mut vector) {
                        book.pages += 1;
                    }
                }
            }
        });
        (time, passes * rows)
    });
    Line::new(&format!("`for_each_mut`, per row of {rows}"), ours, "ns")
        .beside("vector of structs", plain, "ns")
        .target(ours <= 1.3 * plain, "equal", ours / plain)
}
