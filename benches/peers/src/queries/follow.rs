//! The same store, asked by loops over its rows: what a program would write without queries.

use std::collections::BTreeMap;

use super::Queries;
use super::relarena::{Asked, Author, Book, Review};
use super::shape::Shape;
use crate::shape::fold;

/// The contestant.
pub struct Follow(Asked);

impl Queries for Follow {
    fn filled(shape: &Shape) -> Self {
        Self(Asked::filled(shape))
    }

    fn score_of(&self, name: &str) -> u64 {
        self.0.score_of(name)
    }

    fn pages_on(&self, place: u32) -> u64 {
        self.0.pages_on(place)
    }

    fn pages_by(&self, name: &str) -> u64 {
        let author = self.0.0.by(Author::NAME, name);
        author.map_or(0, |author| author.follow(Author::BOOKS).map(|book| u64::from(book.pages)).sum())
    }

    fn hundred_from(&self, price: u32) -> u64 {
        self.0.hundred_from(price)
    }

    fn dearest(&self) -> u64 {
        self.0.dearest()
    }

    fn thickest(&self) -> u64 {
        let mut pages: Vec<u32> = self.0.0.rows::<Book>().map(|book| book.pages).collect();
        pages.sort_unstable_by(|one, other| other.cmp(one));
        pages.into_iter().take(10).fold(0, |sum, pages| fold(sum, pages.into()))
    }

    fn thick(&self, pages: u32) -> usize {
        self.0.0.rows::<Book>().filter(|book| book.pages > pages).count()
    }

    fn by_high_scores(&self, score: i64) -> usize {
        self.0.0.rows::<Book>().filter(|book| book.follow(Book::AUTHOR).score > score).count()
    }

    fn reviews_of_high_scores(&self, score: i64) -> usize {
        let score_of =
            |review: relarena::prelude::Row<'_, _, Review>| review.follow(Review::BOOK).follow(Book::AUTHOR).score;
        self.0.0.rows::<Review>().filter(|&review| score_of(review) > score).count()
    }

    fn authors_of_thick(&self, pages: u32) -> usize {
        let has_thick = |author: &relarena::prelude::Row<'_, _, Author>| {
            author.follow(Author::BOOKS).any(|book| book.pages > pages)
        };
        self.0.0.rows::<Author>().filter(has_thick).count()
    }

    fn thick_of_authors(&self, pages: u32) -> usize {
        let authors = self.0.0.rows::<Author>();
        authors.map(|author| author.follow(Author::BOOKS).filter(|book| book.pages > pages).count()).sum()
    }

    fn books_of_each(&self) -> u64 {
        self.0.0.rows::<Author>().fold(0, |sum, author| fold(sum, author.follow(Author::BOOKS).count() as u64))
    }

    fn genres(&self) -> u64 {
        let mut genres = BTreeMap::<u8, (u64, u64)>::new();
        for book in self.0.0.rows::<Book>() {
            let genre = genres.entry(book.genre).or_default();
            *genre = (genre.0 + 1, genre.1 + u64::from(book.pages));
        }
        genres.into_iter().map(|(genre, (count, pages))| u64::from(genre) * (count + pages)).sum()
    }
}
