//! The schema and the shapes of data that all areas share.

use relarena::prelude::*;

/// Sizes of a run: in cache, and out of the nearest one.
pub(crate) const SIZES: [usize; 2] = [1_000, 100_000];
/// Books of each author in the `fan_out` shape.
pub(crate) const FAN_OUT: usize = 10;

#[derive(Model, Clone)]
pub(crate) struct Author {
    pub(crate) name: String,
    pub(crate) score: i64,
}

#[derive(Model, Clone)]
pub(crate) struct Book {
    pub(crate) title: String,
    pub(crate) pages: u32,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    pub(crate) author: Id<Author>,
}

#[derive(Model, Clone)]
#[many_to_many(COURSES: Course, reverse = STUDENTS)]
pub(crate) struct Student {
    pub(crate) number: u32,
}

#[derive(Model, Clone)]
pub(crate) struct Course {
    pub(crate) number: u32,
}

#[derive(Schema)]
pub(crate) struct Library {
    authors: Table<Author>,
    books: Table<Book>,
    students: Table<Student>,
    courses: Table<Course>,
}

/// A small generator of the same numbers in every run (xorshift, G. Marsaglia, 2003).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

pub(crate) fn author(number: usize) -> Author {
    Author { name: format!("author {number}"), score: i64::from(number as u32) }
}

pub(crate) fn book(number: usize, author: Id<Author>) -> Book {
    Book { title: format!("book {number}"), pages: 100 + (number % 400) as u32, author }
}

/// Authors with ten books each, `books` in all, after a tenth of the books were removed and inserted again.
pub(crate) fn library(books: usize) -> (Store<Library>, Vec<Id<Author>>, Vec<Id<Book>>) {
    let mut db = Store::<Library>::new();
    let authors = db.insert_many((0..books / FAN_OUT).map(author)).expect("authors break no rule");
    let mut random = Random::new();
    let mut ids: Vec<_> = (0..books)
        .map(|number| db.insert(book(number, authors[random.below(authors.len())])).expect("the author is there"))
        .collect();
    for _ in 0..books / 10 {
        let place = random.below(ids.len());
        db.delete(ids[place]).expect("nothing protects a book");
        let author = authors[random.below(authors.len())];
        ids[place] = db.insert(book(place, author)).expect("the author is there");
    }
    (db, authors, ids)
}
