//! SQLite in memory, with an index for each that the store has, and every statement prepared once.

use std::cell::RefCell;

use rusqlite::{Connection, Params, Statement, params};
use self_cell::self_cell;

use super::Queries;
use super::shape::Shape;
use crate::contestants::sqlite::{open, prepare};
use crate::shape::fold;

const SCHEMA: &str = "
    CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, score INTEGER NOT NULL);
    CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT NOT NULL, pages INTEGER NOT NULL, shelf INTEGER NOT NULL,
        price INTEGER NOT NULL, genre INTEGER NOT NULL, author INTEGER NOT NULL REFERENCES author ON DELETE CASCADE);
    CREATE INDEX book_shelf ON book (shelf);
    CREATE INDEX book_price ON book (price);
    CREATE INDEX book_author ON book (author);
    CREATE TABLE review (id INTEGER PRIMARY KEY, stars INTEGER NOT NULL,
        book INTEGER NOT NULL REFERENCES book ON DELETE CASCADE);
    CREATE INDEX review_book ON review (book);";

/// The statements.
pub struct Statements<'a> {
    score_of: Statement<'a>,
    pages_on: Statement<'a>,
    pages_by: Statement<'a>,
    hundred_from: Statement<'a>,
    dearest: Statement<'a>,
    thickest: Statement<'a>,
    thick: Statement<'a>,
    by_high_scores: Statement<'a>,
    reviews_of_high_scores: Statement<'a>,
    authors_of_thick: Statement<'a>,
    thick_of_authors: Statement<'a>,
    books_of_each: Statement<'a>,
    genres: Statement<'a>,
}

self_cell! {
    struct Prepared {
        owner: Connection,
        #[not_covariant]
        dependent: Statements,
    }
}

/// The contestant.
pub struct SqliteQueries(RefCell<Prepared>);

fn fill(connection: &Connection, shape: &Shape) {
    let mut insert = prepare(connection, "INSERT INTO author (id, name, score) VALUES (?, ?, ?)");
    for (number, (name, score)) in (0_i64..).zip(shape.each_author()) {
        insert.execute(params![number, name, score]).expect("names differ");
    }
    let mut insert = prepare(
        connection,
        "INSERT INTO book (id, title, pages, shelf, price, genre, author) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    for (number, book) in (0_i64..).zip(shape.each_book()) {
        let row = params![
            number,
            book.title,
            book.pages,
            book.shelf,
            book.price,
            book.genre,
            book.writer.cast_signed() as i64
        ];
        insert.execute(row).expect("the author is there");
    }
    let mut delete = prepare(connection, "DELETE FROM book WHERE id = ?");
    for &place in shape.removed() {
        delete.execute([place.cast_signed() as i64]).expect("nothing protects a book");
    }
    let mut insert = prepare(connection, "INSERT INTO review (stars, book) VALUES (?, ?)");
    for (stars, place) in shape.each_review() {
        insert.execute(params![stars, place.cast_signed() as i64]).expect("the book is there");
    }
}

/// The only number of the only row.
fn number(statement: &mut Statement<'_>, parameters: impl Params) -> u64 {
    statement.query_one(parameters, |row| row.get::<_, i64>(0)).expect("the answer is one number").unsigned_abs()
}

/// The numbers of all rows, in their order.
fn folded(statement: &mut Statement<'_>, parameters: impl Params) -> u64 {
    let mut rows = statement.query(parameters).expect("the statement is right");
    let mut sum = 0;
    while let Some(row) = rows.next().expect("the statement is right") {
        sum = fold(sum, row.get::<_, i64>(0).expect("the column is a number").unsigned_abs());
    }
    sum
}

impl SqliteQueries {
    fn ask<A>(&self, ask: impl FnOnce(&mut Statements<'_>) -> A) -> A {
        self.0.borrow_mut().with_dependent_mut(|_, statements| ask(statements))
    }
}

impl Queries for SqliteQueries {
    fn filled(shape: &Shape) -> Self {
        let connection = open(SCHEMA);
        connection.execute_batch("BEGIN").expect("no transaction is open");
        fill(&connection, shape);
        connection.execute_batch("COMMIT; ANALYZE; BEGIN").expect("a transaction is open");
        Self(RefCell::new(Prepared::new(connection, |connection| Statements {
            score_of: prepare(connection, "SELECT score FROM author WHERE name = ?"),
            pages_on: prepare(connection, "SELECT coalesce(sum(pages), 0) FROM book WHERE shelf = ?"),
            pages_by: prepare(
                connection,
                "SELECT coalesce(sum(pages), 0) FROM author JOIN book ON book.author = author.id WHERE author.name = ?",
            ),
            hundred_from: prepare(connection, "SELECT pages FROM book WHERE price >= ? ORDER BY price LIMIT 100"),
            dearest: prepare(connection, "SELECT pages FROM book ORDER BY price DESC LIMIT 10"),
            thickest: prepare(connection, "SELECT pages FROM book ORDER BY pages DESC, id LIMIT 10"),
            thick: prepare(connection, "SELECT count(*) FROM book WHERE pages > ?"),
            by_high_scores: prepare(
                connection,
                "SELECT count(*) FROM book JOIN author ON author.id = book.author WHERE author.score > ?",
            ),
            reviews_of_high_scores: prepare(
                connection,
                "SELECT count(*) FROM review JOIN book ON book.id = review.book
                 JOIN author ON author.id = book.author WHERE author.score > ?",
            ),
            authors_of_thick: prepare(
                connection,
                "SELECT count(*) FROM author
                 WHERE EXISTS (SELECT 1 FROM book WHERE book.author = author.id AND book.pages > ?)",
            ),
            thick_of_authors: prepare(
                connection,
                "SELECT count(*) FROM author JOIN book ON book.author = author.id WHERE book.pages > ?",
            ),
            books_of_each: prepare(
                connection,
                "SELECT count(book.id) FROM author LEFT JOIN book ON book.author = author.id
                 GROUP BY author.id ORDER BY author.id",
            ),
            genres: prepare(
                connection,
                "SELECT sum(genre * (books + pages)) FROM
                 (SELECT genre, count(*) AS books, sum(pages) AS pages FROM book GROUP BY genre)",
            ),
        })))
    }

    fn score_of(&self, name: &str) -> u64 {
        self.ask(|statements| number(&mut statements.score_of, [name]))
    }

    fn pages_on(&self, place: u32) -> u64 {
        self.ask(|statements| number(&mut statements.pages_on, [place]))
    }

    fn pages_by(&self, name: &str) -> u64 {
        self.ask(|statements| number(&mut statements.pages_by, [name]))
    }

    fn hundred_from(&self, price: u32) -> u64 {
        self.ask(|statements| folded(&mut statements.hundred_from, [price]))
    }

    fn dearest(&self) -> u64 {
        self.ask(|statements| folded(&mut statements.dearest, []))
    }

    fn thickest(&self) -> u64 {
        self.ask(|statements| folded(&mut statements.thickest, []))
    }

    fn thick(&self, pages: u32) -> usize {
        self.ask(|statements| number(&mut statements.thick, [pages])) as usize
    }

    fn by_high_scores(&self, score: i64) -> usize {
        self.ask(|statements| number(&mut statements.by_high_scores, [score])) as usize
    }

    fn reviews_of_high_scores(&self, score: i64) -> usize {
        self.ask(|statements| number(&mut statements.reviews_of_high_scores, [score])) as usize
    }

    fn authors_of_thick(&self, pages: u32) -> usize {
        self.ask(|statements| number(&mut statements.authors_of_thick, [pages])) as usize
    }

    fn thick_of_authors(&self, pages: u32) -> usize {
        self.ask(|statements| number(&mut statements.thick_of_authors, [pages])) as usize
    }

    fn books_of_each(&self) -> u64 {
        self.ask(|statements| folded(&mut statements.books_of_each, []))
    }

    fn genres(&self) -> u64 {
        self.ask(|statements| number(&mut statements.genres, []))
    }
}
