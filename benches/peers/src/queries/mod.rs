//! Questions: relarena's queries beside a loop over its rows, a hand-written loop over flat arrays, and SQLite.
//!
//! A group of its own, since its contestants and its store are: an ordered index, hash indexes, and two relations in a row.

mod follow;
mod handwritten;
mod relarena;
mod shape;
mod sqlite;

use std::collections::BTreeMap;

use indicatif::ProgressBar;

use self::follow::Follow;
use self::handwritten::HandQueries;
use self::relarena::Asked;
use self::shape::Shape;
use self::sqlite::SqliteQueries;
use crate::measure::{Clock, Recorder};
use crate::runner::{Measured, turns};
use crate::shape::{STEPS, fold};
use crate::workloads::passes;

/// What a contestant does for each question.
pub trait Queries: Sized {
    /// A store with the shape's rows, of which some have gone again.
    fn filled(shape: &Shape) -> Self;
    /// The score of the author with a unique name.
    fn score_of(&self, name: &str) -> u64;
    /// The same through the contestant's query language.
    fn ask_score_of(&self, name: &str) -> u64 {
        self.score_of(name)
    }
    /// The pages of all books on a shelf: a hash index.
    fn pages_on(&self, place: u32) -> u64;
    /// The same through the contestant's query language.
    fn ask_pages_on(&self, place: u32) -> u64 {
        self.pages_on(place)
    }
    /// The pages of all books of the author with a name: a unique index, and back over a relation.
    fn pages_by(&self, name: &str) -> u64;
    /// The pages of the hundred books from a price on, in the order of an index.
    fn hundred_from(&self, price: u32) -> u64;
    /// The pages of the ten dearest books, in the order of an index.
    fn dearest(&self) -> u64;
    /// The ten books with most pages, which no index orders; the later of equal ones last.
    fn thickest(&self) -> u64;
    /// Books with more pages than a limit.
    fn thick(&self, pages: u32) -> usize;
    /// Books whose author has a higher score: one relation.
    fn by_high_scores(&self, score: i64) -> usize;
    /// Reviews of books whose author has a higher score: two relations.
    fn reviews_of_high_scores(&self, score: i64) -> usize;
    /// Authors with some book of more pages than a limit: back over one relation.
    fn authors_of_thick(&self, pages: u32) -> usize;
    /// Books of more pages than a limit, found from their authors: a join, whose rows are those of both.
    fn thick_of_authors(&self, pages: u32) -> usize;
    /// The number of each author's books.
    fn books_of_each(&self) -> u64;
    /// Number and pages of the books of each genre.
    fn genres(&self) -> u64;
}

/// A line of the table: a question and its targets; zero is none.
pub struct Question {
    /// Its name on the command line.
    pub id: &'static str,
    /// Its name in the table.
    pub title: &'static str,
    /// At most so many times the time of the hand-written loop.
    pub handwritten: f64,
    /// At least so many times faster than SQLite.
    pub sqlite: f64,
}

const fn question(id: &'static str, title: &'static str, handwritten: f64, sqlite: f64) -> Question {
    Question { id, title, handwritten, sqlite }
}

/// All questions.
pub const ALL: [Question; 15] = [
    question("ask_unique_by", "unique name, `by`", 1.3, 10.0),
    question("ask_unique", "unique name, query", 0.0, 10.0),
    question("ask_index_by", "shelf of 10, `rows_by`", 1.3, 10.0),
    question("ask_index", "shelf of 10, query", 0.0, 10.0),
    question("ask_back", "unique name and back over a relation, query", 0.0, 10.0),
    question("ask_range", "ordered range of 100", 0.0, 15.0),
    question("ask_top", "top 10 by an ordered field", 0.0, 10.0),
    question("ask_top_scan", "top 10 by another field, per row", 0.0, 10.0),
    question("ask_filter", "filter, per row", 1.5, 10.0),
    question("ask_one", "filter across one relation, per row", 1.5, 10.0),
    question("ask_two", "filter across two relations, per row", 1.5, 10.0),
    question("ask_any", "filter by some related row, per row", 1.5, 10.0),
    question("ask_join", "filter by a join with related rows, per row", 1.5, 10.0),
    question("ask_each", "number of related rows of each row, per row", 0.0, 10.0),
    question("ask_group", "group by, per row", 0.0, 10.0),
];

/// The contestants' names, in the order of the table.
pub const CONTESTANTS: [&str; 4] = ["relarena", "loop", "handwritten", "sqlite"];

const SCORE: i64 = 500;
const PAGES: u32 = 490;

/// Asks every question that is wanted.
fn run<Q: Queries>(db: &Q, shape: &Shape, recorder: &mut Recorder<'_>) {
    let each = |recorder: &mut Recorder<'_>, id, ask: &dyn Fn(usize) -> u64| {
        if recorder.wants(id) {
            let steps = shape.asked().min(STEPS / 10);
            recorder.measure(id, steps, || (0..steps).fold(0, |sum, step| fold(sum, ask(step))));
        }
    };
    each(recorder, "ask_unique_by", &|step| db.score_of(shape.name(step)));
    each(recorder, "ask_unique", &|step| db.ask_score_of(shape.name(step)));
    each(recorder, "ask_index_by", &|step| db.pages_on(shape.shelf(step)));
    each(recorder, "ask_index", &|step| db.ask_pages_on(shape.shelf(step)));
    each(recorder, "ask_back", &|step| db.pages_by(shape.name(step)));
    each(recorder, "ask_range", &|step| db.hundred_from(shape.price(step)));
    each(recorder, "ask_top", &|_| db.dearest());
    let all = |recorder: &mut Recorder<'_>, id, rows: usize, ask: &dyn Fn() -> u64| {
        if recorder.wants(id) {
            let passes = passes(rows).min(20);
            recorder.measure(id, passes * rows, || (0..passes).fold(0, |sum, _| fold(sum, ask())));
        }
    };
    all(recorder, "ask_top_scan", shape.books(), &|| db.thickest());
    all(recorder, "ask_filter", shape.books(), &|| db.thick(PAGES) as u64);
    all(recorder, "ask_one", shape.books(), &|| db.by_high_scores(SCORE) as u64);
    all(recorder, "ask_two", shape.reviews(), &|| db.reviews_of_high_scores(SCORE) as u64);
    all(recorder, "ask_any", shape.authors(), &|| db.authors_of_thick(PAGES) as u64);
    all(recorder, "ask_join", shape.authors(), &|| db.thick_of_authors(PAGES) as u64);
    all(recorder, "ask_each", shape.authors(), &|| db.books_of_each());
    all(recorder, "ask_group", shape.books(), &|| db.genres());
}

/// Asks all questions at all sizes, the contestants in turns on stores that only read.
pub fn measure(sizes: &[usize], rounds: usize, once: bool, only: &[String]) -> Vec<Measured> {
    let wanted: Vec<&'static str> = ALL
        .iter()
        .map(|question| question.id)
        .filter(|id| only.is_empty() || only.iter().any(|one| one == id))
        .collect();
    let bar = ProgressBar::new((sizes.len() * rounds * CONTESTANTS.len()) as u64);
    let clock = Clock::calibrated();
    let measure = |&size: &usize| {
        let shape = Shape::new(size);
        let (ours, hand) = (Asked::filled(&shape), HandQueries::filled(&shape));
        let (loops, sqlite) = (Follow::filled(&shape), SqliteQueries::filled(&shape));
        let mut measured = Measured { size, times: BTreeMap::new(), bytes: BTreeMap::new() };
        turns(&mut measured, (&CONTESTANTS, rounds), &bar, "queries", |place| {
            let mut recorder = Recorder::new(&clock, &wanted);
            loop {
                match place {
                    0 => run(&ours, &shape, &mut recorder),
                    1 => run(&loops, &shape, &mut recorder),
                    2 => run(&hand, &shape, &mut recorder),
                    _ => run(&sqlite, &shape, &mut recorder),
                }
                if once || recorder.is_enough() {
                    return recorder;
                }
            }
        });
        measured
    };
    let all = sizes.iter().map(measure).collect();
    bar.finish_and_clear();
    all
}
