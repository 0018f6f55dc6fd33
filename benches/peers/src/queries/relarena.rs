//! The store, asked as its guide says.

use relarena::prelude::*;
use relarena::query::{count, sum};

use super::Queries;
use super::shape::Shape;
use crate::shape::fold;

#[derive(Model, Clone)]
pub struct Author {
    #[unique]
    pub name: String,
    pub score: i64,
}

#[derive(Model, Clone)]
pub struct Book {
    pub title: String,
    pub pages: u32,
    #[index]
    pub shelf: u32,
    #[index(ordered)]
    pub price: u32,
    pub genre: u8,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    pub author: Id<Author>,
}

#[derive(Model, Clone)]
pub struct Review {
    pub stars: u32,
    #[foreign_key(on_delete = cascade, reverse = REVIEWS)]
    pub book: Id<Book>,
}

#[derive(Schema)]
pub struct Shop {
    authors: Table<Author>,
    books: Table<Book>,
    reviews: Table<Review>,
}

/// The contestant.
pub struct Asked(pub Store<Shop>);

impl Queries for Asked {
    fn filled(shape: &Shape) -> Self {
        let mut db = Store::new();
        let authors = shape.each_author().map(|(name, score)| Author { name: name.into(), score });
        let authors = db.insert_many(authors).expect("names differ");
        let books = shape.each_book().map(|book| Book {
            title: book.title.into(),
            pages: book.pages,
            shelf: book.shelf,
            price: book.price,
            genre: book.genre,
            author: authors[book.writer],
        });
        let books = db.insert_many(books).expect("the authors are there");
        db.delete_many(shape.removed().iter().map(|&place| books[place])).expect("nothing protects a book");
        let reviews = shape.each_review().map(|(stars, place)| Review { stars, book: books[place] });
        db.insert_many(reviews).expect("the books are there");
        Self(db)
    }

    fn score_of(&self, name: &str) -> u64 {
        self.0.by(Author::NAME, name).map_or(7, |author| author.score.cast_unsigned())
    }

    fn ask_score_of(&self, name: &str) -> u64 {
        self.0.query(Author::NAME.eq(name)).first().map_or(7, |author| author.score.cast_unsigned())
    }

    fn pages_on(&self, place: u32) -> u64 {
        self.0.rows_by(Book::SHELF, &place).map(|book| u64::from(book.pages)).sum()
    }

    fn ask_pages_on(&self, place: u32) -> u64 {
        self.0.query(Book::SHELF.eq(place)).rows().map(|book| u64::from(book.pages)).sum()
    }

    fn pages_by(&self, name: &str) -> u64 {
        self.0.query(Book::AUTHOR.then(Author::NAME).eq(name)).rows().map(|book| u64::from(book.pages)).sum()
    }

    fn hundred_from(&self, price: u32) -> u64 {
        let books = self.0.query(Book::PRICE.ge(price)).order_by(Book::PRICE.asc()).limit(100);
        books.rows().fold(0, |sum, book| fold(sum, book.pages.into()))
    }

    fn dearest(&self) -> u64 {
        let books = self.0.all().order_by(Book::PRICE.desc()).limit(10);
        books.rows().fold(0, |sum, book| fold(sum, book.pages.into()))
    }

    fn thickest(&self) -> u64 {
        let books = self.0.all().order_by(Book::PAGES.desc()).limit(10);
        books.rows().fold(0, |sum, book| fold(sum, book.pages.into()))
    }

    fn thick(&self, pages: u32) -> usize {
        self.0.query(Book::PAGES.gt(pages)).count()
    }

    fn by_high_scores(&self, score: i64) -> usize {
        self.0.query(Book::AUTHOR.then(Author::SCORE).gt(score)).count()
    }

    fn reviews_of_high_scores(&self, score: i64) -> usize {
        self.0.query(Review::BOOK.then(Book::AUTHOR).then(Author::SCORE).gt(score)).count()
    }

    fn authors_of_thick(&self, pages: u32) -> usize {
        self.0.query(Author::BOOKS.any(Book::PAGES.gt(pages))).count()
    }

    fn thick_of_authors(&self, pages: u32) -> usize {
        self.0.query(Author::BOOKS.then(Book::PAGES).gt(pages)).count()
    }

    fn books_of_each(&self) -> u64 {
        let each = self.0.all::<Author>().each((count(Author::BOOKS),));
        each.into_iter().fold(0, |sum, (_, (books,))| fold(sum, books as u64))
    }

    fn genres(&self) -> u64 {
        let genres = self.0.all().group_by((Book::GENRE,)).each((count(Book::TITLE), sum(Book::PAGES)));
        let answer = |((genre,), (count, pages)): ((u8,), (usize, Option<i128>))| {
            u64::from(genre) * (count as u64 + pages.map_or(0, |pages| pages.cast_unsigned() as u64))
        };
        genres.into_iter().map(answer).sum()
    }
}
