//! Costs that may not grow: removal at any fan-out, rollback at any size of the store, a transaction that does nothing.

use relarena::prelude::*;

use super::{Line, in_turns};
use crate::contestants::relarena::{Author, Book, Chapter, Course, Relarena, Student};
use crate::measure::Clock;
use crate::shape::{Random, STEPS};

/// Links that a course has in the store of small fan-outs.
const SMALL: usize = 10;

pub(super) fn run(clock: &Clock, rounds: usize, scale: usize) -> Vec<Line> {
    vec![
        unlink(clock, rounds, scale * 10),
        delete_child(clock, rounds, scale * 10),
        rollback(clock, rounds, scale),
        empty(clock, rounds),
    ]
}

fn unlink(clock: &Clock, rounds: usize, rows: usize) -> Line {
    let mut stores = [rows, SMALL].map(|fan_out| {
        let mut db = Relarena::new();
        let students =
            db.insert_many((0..rows as u32).map(|number| Student { number })).expect("students break no rule");
        let courses = db.insert_many((0..(rows / fan_out) as u32).map(|number| Course { number }));
        let courses = courses.expect("courses break no rule");
        // Entries of a small list lie apart in time, as they do in a store that has lived.
        let order = Random::new(7).shuffled(rows);
        for &place in &order {
            db.link(students[place], Student::COURSES, courses[place % courses.len()]).expect("both rows are there");
        }
        let mut order = Random::new(8).shuffled(rows);
        order.truncate(STEPS);
        let pairs: Vec<_> = order.into_iter().map(|place| (students[place], courses[place % courses.len()])).collect();
        (db, pairs)
    });
    let [large, small] = in_turns(rounds, |number| {
        let (db, pairs) = &mut stores[number];
        let (time, ()) = clock.time(|| {
            for &(student, course) in pairs.iter() {
                db.unlink(student, Student::COURSES, course).expect("both rows are there");
            }
        });
        for &(student, course) in pairs.iter() {
            db.link(student, Student::COURSES, course).expect("both rows are there");
        }
        (time, STEPS.min(rows))
    });
    Line::new(&format!("unlink at a fan-out of {rows}"), large, "ns").beside("at a fan-out of 10", small, "ns").target(
        large <= 2.0 * small,
        "at most 2 x",
        large / small,
    )
}

fn delete_child(clock: &Clock, rounds: usize, rows: usize) -> Line {
    let mut stores = [rows, SMALL].map(|fan_out| {
        let mut db = Relarena::new();
        let author = db.insert(Author { name: "one".into(), score: 0 }).expect("authors break no rule");
        let books = (0..rows / fan_out).map(|_| Book { title: String::new(), pages: 1, author });
        let books = db.insert_many(books).expect("the author is there");
        let order = Random::new(7).shuffled(rows);
        let chapters: Vec<_> = order
            .iter()
            .map(|&place| {
                db.insert(Chapter { number: 1, book: books[place % books.len()] }).expect("the book is there")
            })
            .collect();
        let doomed: Vec<_> = Random::new(8).shuffled(rows).into_iter().map(|place| chapters[place]).collect();
        (db, doomed, 0)
    });
    let steps = (rows / rounds).min(STEPS / 2);
    let [large, small] = in_turns(rounds, |number| {
        let (db, doomed, next) = &mut stores[number];
        let (time, ()) = clock.time(|| {
            for &chapter in &doomed[*next..*next + steps] {
                db.delete(chapter).expect("nothing protects a chapter");
            }
        });
        *next += steps;
        (time, steps)
    });
    Line::new(&format!("delete a child at a fan-out of {rows}"), large, "ns")
        .beside("at a fan-out of 10", small, "ns")
        .target(large <= 2.0 * small, "at most 2 x", large / small)
}

fn rollback(clock: &Clock, rounds: usize, rows: usize) -> Line {
    const SMALL_STORE: usize = 1000;
    const STEPS: usize = 1000;
    let mut stores = [rows, SMALL_STORE].map(|rows| {
        let mut db = Relarena::new();
        let authors = (0..rows / 10).map(|_| Author { name: "one".into(), score: 0 });
        let authors = db.insert_many(authors).expect("authors break no rule");
        let books =
            (0..rows).map(|number| Book { title: "one".into(), pages: 1, author: authors[number % authors.len()] });
        let books = db.insert_many(books).expect("the authors are there");
        (db, authors, books)
    });
    let [large, small] = in_turns(rounds, |number| {
        let (db, authors, books) = &mut stores[number];
        let mut run = || {
            let done: Result<(), Error> = db.rehearse(|tx| {
                // The same rows at either size, so that only the store's size can make a difference.
                for step in 0..STEPS {
                    // Another author in every pass over the books, so that each step is a move.
                    tx.set(books[step % 100], Book::AUTHOR, authors[(step + step / 100 + 1) % 100])?;
                }
                Ok(())
            });
            done.expect("all rows are there");
        };
        run();
        (clock.time(run).0, STEPS)
    });
    Line::new(&format!("rollback of 1000 moves of the same rows, per move, store of {rows}"), large, "ns")
        .beside("store of 1000", small, "ns")
        .target(large <= 1.3 * small, "equal", large / small)
}

fn empty(clock: &Clock, rounds: usize) -> Line {
    const STEPS: usize = 100_000;
    let mut db = Relarena::new();
    let [time] = in_turns(rounds, |_| {
        let (time, ()) = clock.time(|| {
            for _ in 0..STEPS {
                std::hint::black_box(&mut db).transaction(|_| Ok(())).expect("nothing was done");
            }
        });
        (time, STEPS)
    });
    Line::new("empty transaction", time, "ns").target(time < 50.0, "under 50 ns", time)
}
