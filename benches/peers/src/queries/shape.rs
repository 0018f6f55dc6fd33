//! The rows that are asked, and what for.

use crate::shape::{FAN_OUT, Random, STEPS, Texts, pages, score};

/// Books of the store; ten to an author, ten to a shelf, a review each. A tenth more was there and has gone.
pub struct Shape {
    books: usize,
    names: Texts,
    titles: Texts,
    writers: Vec<usize>,
    removed: Vec<usize>,
    reviewed: Vec<usize>,
    asked: Vec<usize>,
}

/// A book before it is in a store.
pub struct NewBook<'a> {
    pub title: &'a str,
    pub pages: u32,
    pub shelf: u32,
    pub price: u32,
    pub genre: u8,
    pub writer: usize,
}

impl Shape {
    /// The shape of a store with so many books.
    pub fn new(books: usize) -> Self {
        let mut random = Random::new(21);
        let early = books + books / 10;
        let writers = (0..early).map(|_| random.below(books / FAN_OUT)).collect();
        let mut removed = random.shuffled(early);
        let mut kept = removed.split_off(early - books);
        let asked = random.shuffled(books / FAN_OUT).into_iter().cycle().take(STEPS / 10).collect();
        kept.sort_unstable();
        let reviewed = (0..books).map(|_| kept[random.below(books)]).collect();
        let (names, titles) = (Texts::of(0..books / FAN_OUT), Texts::of(0..early));
        Self { books, names, titles, writers, removed, reviewed, asked }
    }

    pub fn books(&self) -> usize {
        self.books
    }

    pub fn authors(&self) -> usize {
        self.books / FAN_OUT
    }

    pub fn reviews(&self) -> usize {
        self.reviewed.len()
    }

    /// Name and score of each author.
    pub fn each_author(&self) -> impl Iterator<Item = (&str, i64)> {
        (0..self.authors()).map(|number| (self.names.at(number), score(number * 7)))
    }

    pub fn each_book(&self) -> impl Iterator<Item = NewBook<'_>> {
        self.writers.iter().enumerate().map(|(number, &writer)| NewBook {
            title: self.titles.at(number),
            pages: pages(number),
            shelf: (number.wrapping_mul(31) % (self.books / FAN_OUT)) as u32,
            // Odd, so that no two books have the same.
            price: (number as u32).wrapping_mul(0x9E37_79B1),
            genre: (number.wrapping_mul(0x9E37_79B1) >> 16) as u8 % 20,
            writer,
        })
    }

    /// Places of the books that go again.
    pub fn removed(&self) -> &[usize] {
        &self.removed
    }

    /// Stars of each review, and its book.
    pub fn each_review(&self) -> impl Iterator<Item = (u32, usize)> {
        self.reviewed.iter().enumerate().map(|(number, &book)| (number as u32 % 5, book))
    }

    /// How many questions are asked for one row or few.
    pub fn asked(&self) -> usize {
        self.asked.len()
    }

    pub fn name(&self, step: usize) -> &str {
        self.names.at(self.asked[step])
    }

    pub fn shelf(&self, step: usize) -> u32 {
        self.asked[step] as u32
    }

    pub fn price(&self, step: usize) -> u32 {
        // Below the dearest, so that there are a hundred at every size.
        (self.asked[step] as u32).wrapping_mul(0x85EB_CA6B) / 10 * 8
    }
}
