//! The loops that one would write by hand: rows in vectors, keys beside them, a map from each indexed value.

use std::collections::BTreeMap;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::Queries;
use super::shape::Shape;
use crate::shape::fold;

struct Author {
    name: String,
    score: i64,
}

struct Book {
    #[expect(dead_code, reason = "a row of the same size as in the store")]
    title: String,
    pages: u32,
    genre: u8,
}

/// The vectors and maps.
pub struct HandQueries {
    authors: Vec<Author>,
    by_name: HashMap<String, u32, RandomState>,
    books: Vec<Option<Book>>,
    /// The author of each book.
    writers: Vec<u32>,
    /// The books of each author.
    written: Vec<Vec<u32>>,
    by_shelf: HashMap<u32, Vec<u32>, RandomState>,
    by_price: BTreeMap<u32, u32>,
    /// The book of each review.
    reviewed: Vec<u32>,
}

impl HandQueries {
    #[inline]
    fn book(&self, slot: u32) -> &Book {
        self.books[slot as usize].as_ref().expect("an indexed book is there")
    }

    #[inline]
    fn live(&self) -> impl Iterator<Item = (u32, &Book)> {
        (0..).zip(&self.books).filter_map(|(slot, book)| Some((slot, book.as_ref()?)))
    }
}

impl Queries for HandQueries {
    fn filled(shape: &Shape) -> Self {
        let mut db = Self {
            authors: shape.each_author().map(|(name, score)| Author { name: name.into(), score }).collect(),
            by_name: HashMap::default(),
            books: Vec::new(),
            writers: Vec::new(),
            written: vec![Vec::new(); shape.authors()],
            by_shelf: HashMap::default(),
            by_price: BTreeMap::new(),
            reviewed: shape.each_review().map(|(_, book)| book as u32).collect(),
        };
        db.by_name.extend((0..).zip(&db.authors).map(|(slot, author)| (author.name.clone(), slot)));
        let mut goes = vec![false; shape.each_book().count()];
        shape.removed().iter().for_each(|&place| goes[place] = true);
        for ((slot, book), goes) in (0..).zip(shape.each_book()).zip(goes) {
            db.writers.push(book.writer as u32);
            let row = Book { title: book.title.into(), pages: book.pages, genre: book.genre };
            db.books.push((!goes).then_some(row));
            if !goes {
                db.written[book.writer].push(slot);
                db.by_shelf.entry(book.shelf).or_default().push(slot);
                db.by_price.insert(book.price, slot);
            }
        }
        db
    }

    fn score_of(&self, name: &str) -> u64 {
        self.by_name.get(name).map_or(7, |&slot| self.authors[slot as usize].score.cast_unsigned())
    }

    fn pages_on(&self, place: u32) -> u64 {
        self.by_shelf.get(&place).map_or(0, |slots| slots.iter().map(|&slot| u64::from(self.book(slot).pages)).sum())
    }

    fn pages_by(&self, name: &str) -> u64 {
        self.by_name
            .get(name)
            .map_or(0, |&slot| self.written[slot as usize].iter().map(|&book| u64::from(self.book(book).pages)).sum())
    }

    fn hundred_from(&self, price: u32) -> u64 {
        let range = self.by_price.range(price..).take(100);
        range.fold(0, |sum, (_, &slot)| fold(sum, self.book(slot).pages.into()))
    }

    fn dearest(&self) -> u64 {
        self.by_price.values().rev().take(10).fold(0, |sum, &slot| fold(sum, self.book(slot).pages.into()))
    }

    fn thickest(&self) -> u64 {
        let mut best: Vec<(u32, u32)> = Vec::with_capacity(11);
        for (slot, book) in self.live() {
            if best.len() < 10 || best.last().is_some_and(|last| book.pages > last.0) {
                let place = best.partition_point(|other| other.0 >= book.pages);
                best.insert(place, (book.pages, slot));
                best.truncate(10);
            }
        }
        best.into_iter().fold(0, |sum, (pages, _)| fold(sum, pages.into()))
    }

    fn thick(&self, pages: u32) -> usize {
        self.live().filter(|(_, book)| book.pages > pages).count()
    }

    fn by_high_scores(&self, score: i64) -> usize {
        self.live().filter(|&(slot, _)| self.authors[self.writers[slot as usize] as usize].score > score).count()
    }

    fn reviews_of_high_scores(&self, score: i64) -> usize {
        let writer = |book: u32| self.writers[book as usize];
        self.reviewed.iter().filter(|&&book| self.authors[writer(book) as usize].score > score).count()
    }

    fn authors_of_thick(&self, pages: u32) -> usize {
        self.written.iter().filter(|books| books.iter().any(|&book| self.book(book).pages > pages)).count()
    }

    fn thick_of_authors(&self, pages: u32) -> usize {
        let thick = |books: &Vec<u32>| books.iter().filter(|&&book| self.book(book).pages > pages).count();
        self.written.iter().map(thick).sum()
    }

    fn books_of_each(&self) -> u64 {
        self.written.iter().fold(0, |sum, books| fold(sum, books.len() as u64))
    }

    fn genres(&self) -> u64 {
        let mut genres: HashMap<u8, (u64, u64), RandomState> = HashMap::default();
        for (_, book) in self.live() {
            let genre = genres.entry(book.genre).or_default();
            *genre = (genre.0 + 1, genre.1 + u64::from(book.pages));
        }
        genres.into_iter().map(|(genre, (count, pages))| u64::from(genre) * (count + pages)).sum()
    }
}
