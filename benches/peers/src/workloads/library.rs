//! Books of random authors: reads in both directions, moves, inserts and deletes, on a store with a history of removals.

use std::hint::black_box;

use super::passes;
use crate::contestants::Library;
use crate::measure::Recorder;
use crate::shape::{FAN_OUT, Random, STEPS, THICK, Texts, fold, pages, score};

/// The rows and orders of one size.
pub struct Shape {
    size: usize,
    names: Texts,
    titles: Texts,
    /// For each book inserted its author.
    author_of: Vec<usize>,
    /// Books deleted in the store's history.
    removed: Vec<usize>,
    reads: Vec<usize>,
    authors_read: Vec<usize>,
    moves: Vec<(usize, usize)>,
    leaves: Vec<usize>,
    chapter_of: Vec<usize>,
    cascades: Vec<usize>,
}

impl Shape {
    /// The shape of a store with `size` books.
    pub fn new(size: usize) -> Self {
        let mut random = Random::new(1);
        let (authors, inserted) = (size / FAN_OUT, size + size / 5 + size);
        let mut removed = random.shuffled(size + size / 10);
        removed.truncate(size / 5);
        let mut reads = random.shuffled(size);
        reads.truncate(STEPS);
        let mut authors_read = random.shuffled(authors);
        authors_read.truncate(STEPS / FAN_OUT);
        let mut leaves = random.shuffled(2 * size);
        leaves.truncate(STEPS.min(size));
        let mut cascades = random.shuffled(authors);
        cascades.truncate(STEPS / FAN_OUT / 2);
        Self {
            size,
            names: Texts::of(0..authors),
            titles: Texts::of(0..inserted),
            author_of: (0..inserted).map(|_| random.below(authors)).collect(),
            removed,
            reads,
            authors_read,
            moves: (0..size.clamp(20_000, STEPS)).map(|_| (random.below(size), random.below(authors))).collect(),
            leaves,
            chapter_of: (0..size / 2).map(|_| random.below(2 * size)).collect(),
            cascades,
        }
    }

    /// How many books there are.
    pub fn size(&self) -> usize {
        self.size
    }

    fn insert<L: Library>(&self, db: &mut L, number: usize, authors: &[L::Author]) -> L::Book {
        db.insert_book(self.titles.at(number), pages(number), authors[self.author_of[number]])
    }

    /// A store without history: authors, and `size` books.
    pub fn fresh<L: Library>(&self) -> (L, Vec<L::Author>, Vec<L::Book>) {
        let mut db = L::empty();
        db.begin();
        let authors = self.authors(&mut db);
        let books = (0..self.size).map(|number| self.insert(&mut db, number, &authors)).collect();
        db.end();
        (db, authors, books)
    }

    fn authors<L: Library>(&self, db: &mut L) -> Vec<L::Author> {
        (0..self.size / FAN_OUT).map(|number| db.insert_author(self.names.at(number), score(number))).collect()
    }

    /// A store with `size` books, a tenth as many free slots in random order, and children that have moved.
    pub fn warm<L: Library>(&self) -> (L, Vec<L::Author>, Vec<L::Book>) {
        let mut db = L::empty();
        db.begin();
        let authors = self.authors(&mut db);
        let early = self.size + self.size / 10;
        let mut books: Vec<Option<L::Book>> =
            (0..early).map(|number| Some(self.insert(&mut db, number, &authors))).collect();
        for &place in &self.removed {
            let book = books[place].take().expect("a book is removed once");
            db.delete_book(book);
        }
        for (number, &place) in self.removed.iter().enumerate().take(self.size / 10) {
            books[place] = Some(self.insert(&mut db, early + number, &authors));
        }
        db.end();
        let books: Vec<L::Book> = books.into_iter().flatten().collect();
        assert_eq!(books.len(), self.size, "a store of this size was asked for");
        (db, authors, books)
    }

    /// Inserts the `step`-th of the books that come after the store's history.
    pub fn insert_late<L: Library>(&self, db: &mut L, step: usize, authors: &[L::Author]) -> L::Book {
        self.insert(db, self.size + self.size / 5 + step, authors)
    }
}

/// All pages by author: equal for all contestants as long as they agree on every book.
pub fn census<L: Library>(db: &mut L, authors: &[L::Author]) -> u64 {
    authors.iter().fold(db.row_count() as u64, |sum, &author| fold(sum, db.pages_by(author)))
}

/// Runs the wanted workloads once, on one store.
pub fn run<L: Library>(shape: &Shape, recorder: &mut Recorder<'_>) {
    run_on(shape.warm::<L>(), shape, recorder);
}

/// The same, on a warm store that something may have happened to.
pub fn run_on<L: Library>(
    (mut db, authors, mut books): (L, Vec<L::Author>, Vec<L::Book>),
    shape: &Shape,
    recorder: &mut Recorder<'_>,
) {
    db.begin();
    reads(&mut db, shape, recorder, &authors, &books);
    if recorder.wants("reparent") {
        let moves: Vec<_> = shape.moves.iter().map(|&(book, author)| (books[book], authors[author])).collect();
        recorder.measure("reparent", moves.len(), || {
            for &(book, author) in &moves {
                db.set_author(book, author);
            }
            0
        });
        recorder.settle("reparent", census(&mut db, &authors));
    }
    if recorder.wants("insert") {
        books.reserve(shape.size);
        recorder.measure("insert", shape.size, || {
            books.extend((0..shape.size).map(|step| shape.insert_late(&mut db, step, &authors)));
            books.len() as u64
        });
        recorder.settle("insert", census(&mut db, &authors));
    }
    deletes(db, shape, recorder, &authors, &books);
}

fn reads<L: Library>(db: &mut L, shape: &Shape, recorder: &mut Recorder<'_>, authors: &[L::Author], books: &[L::Book]) {
    if recorder.wants("forward") {
        let read: Vec<L::Book> = shape.reads.iter().map(|&place| books[place]).collect();
        let passes = passes(read.len());
        recorder.measure("forward", passes * read.len(), || {
            (0..passes).fold(0, |sum, _| {
                let db = black_box(&mut *db);
                fold(sum, read.iter().map(|&book| db.author_score(book)).sum::<i64>().unsigned_abs())
            })
        });
    }
    if recorder.wants("reverse") {
        let read: Vec<L::Author> = shape.authors_read.iter().map(|&place| authors[place]).collect();
        let passes = passes(read.len() * FAN_OUT);
        recorder.measure("reverse", passes * read.len() * FAN_OUT, || {
            (0..passes).fold(0, |sum, _| {
                let db = black_box(&mut *db);
                fold(sum, read.iter().map(|&author| db.pages_by(author)).sum())
            })
        });
    }
    if recorder.wants("scan") {
        let passes = passes(shape.size).max(3);
        recorder.measure("scan", passes * shape.size, || {
            (0..passes).fold(0, |sum, _| fold(sum, black_box(&mut *db).count_thicker(THICK) as u64))
        });
    }
}

fn deletes<L: Library>(
    mut db: L,
    shape: &Shape,
    recorder: &mut Recorder<'_>,
    authors: &[L::Author],
    books: &[L::Book],
) {
    let mut live: Vec<Option<L::Book>> = books.iter().copied().map(Some).collect();
    if recorder.wants("leaf") {
        // Without the inserts before there are fewer books than places.
        let leaves: Vec<L::Book> =
            shape.leaves.iter().filter_map(|&place| live.get_mut(place).and_then(Option::take)).collect();
        recorder.measure("leaf", leaves.len(), || {
            for &book in &leaves {
                db.delete_book(book);
            }
            leaves.len() as u64
        });
        recorder.settle("leaf", census(&mut db, authors));
    }
    if recorder.wants("cascade") {
        for (number, &place) in shape.chapter_of.iter().enumerate() {
            if let Some(&Some(book)) = live.get(place) {
                db.insert_chapter(number as u32, book);
            }
        }
        let doomed: Vec<L::Author> = shape.cascades.iter().map(|&place| authors[place]).collect();
        let before = db.row_count();
        recorder.measure("cascade", 0, || {
            for &author in &doomed {
                db.delete_author(author);
            }
            0
        });
        let after = db.row_count();
        recorder.settle("cascade", after as u64);
        recorder.count("cascade", before - after);
    }
    db.end();
}
