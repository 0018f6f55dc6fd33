//! Authors, books and chapters. A head at each parent holds up to three children, or names a block; a child knows its place.
//!
//! With `LOG` every change is noted with what its exact inverse needs; without, the notes compile to nothing.

use super::Key;
use super::blocks::{Block, Blocks};
use crate::contestants::{Library, Transactions};

const INLINE: u32 = 3;

/// The children of a row: inline, or in a block named by the first two words.
#[derive(Clone, Copy, Default)]
struct Head {
    length: u32,
    words: [u32; INLINE as usize],
}

#[derive(Clone, Copy, Default)]
struct AuthorKeys {
    generation: u32,
    books: Head,
}

#[derive(Clone, Copy, Default)]
struct BookKeys {
    generation: u32,
    author: u32,
    position: u32,
    chapters: Head,
}

#[derive(Clone, Copy, Default)]
struct ChapterKeys {
    generation: u32,
    book: u32,
    position: u32,
}

#[derive(Clone)]
struct AuthorRow {
    #[expect(dead_code, reason = "rows own a text, as with the other contestants")]
    name: String,
    score: i64,
}

#[derive(Clone)]
struct BookRow {
    #[expect(dead_code, reason = "rows own a text, as with the other contestants")]
    title: String,
    pages: u32,
}

/// What taking a change back needs.
enum Change {
    Inserted { book: u32 },
    Deleted { book: u32, row: BookRow, author: u32, position: u32 },
    Moved { book: u32, author: u32, position: u32 },
}

/// The library; with `LOG` it keeps an undo log.
pub struct HandLibrary<const LOG: bool> {
    author_keys: Vec<AuthorKeys>,
    authors: Vec<Option<AuthorRow>>,
    free_authors: Vec<u32>,
    book_keys: Vec<BookKeys>,
    books: Vec<Option<BookRow>>,
    free_books: Vec<u32>,
    chapter_keys: Vec<ChapterKeys>,
    chapters: Vec<u32>,
    free_chapters: Vec<u32>,
    pool: Blocks<u32>,
    changes: Vec<Change>,
    rows: usize,
}

/// A deep copy, to measure forks against; without the log.
impl<const LOG: bool> Clone for HandLibrary<LOG> {
    fn clone(&self) -> Self {
        Self {
            author_keys: self.author_keys.clone(),
            authors: self.authors.clone(),
            free_authors: self.free_authors.clone(),
            book_keys: self.book_keys.clone(),
            books: self.books.clone(),
            free_books: self.free_books.clone(),
            chapter_keys: self.chapter_keys.clone(),
            chapters: self.chapters.clone(),
            free_chapters: self.free_chapters.clone(),
            pool: self.pool.clone(),
            changes: Vec::new(),
            rows: self.rows,
        }
    }
}

impl Head {
    #[inline]
    const fn block(self) -> Block {
        Block { start: self.words[0], class: self.words[1] }
    }

    #[inline]
    fn children<'a>(&'a self, pool: &'a Blocks<u32>) -> &'a [u32] {
        if self.length <= INLINE {
            return &self.words[..self.length as usize];
        }
        let start = self.words[0] as usize;
        &pool.entries[start..start + self.length as usize]
    }

    #[inline]
    fn set(&mut self, pool: &mut Blocks<u32>, position: u32, child: u32) {
        if self.length <= INLINE {
            self.words[position as usize] = child;
        } else {
            pool.entries[self.block().at(position)] = child;
        }
    }

    /// Appends a child; answers its position.
    #[inline]
    fn push(&mut self, pool: &mut Blocks<u32>, child: u32) -> u32 {
        let position = self.length;
        if position == INLINE {
            let block = pool.allocate(0);
            pool.entries[block.at(0)..block.at(INLINE)].copy_from_slice(&self.words);
            self.words = [block.start, block.class, 0];
        } else if position > INLINE && position as usize == self.block().places() {
            let block = pool.grow(self.block());
            self.words = [block.start, block.class, 0];
        }
        self.length += 1;
        self.set(pool, position, child);
        position
    }

    /// Removes the child at a position; the last one takes its place, and is answered if it is another.
    #[inline]
    fn remove(&mut self, pool: &mut Blocks<u32>, position: u32) -> Option<u32> {
        let last = self.length - 1;
        let moved = if self.length <= INLINE {
            self.words[last as usize]
        } else {
            let block = self.block();
            let moved = pool.entries[block.at(last)];
            if last == INLINE {
                self.words.copy_from_slice(&pool.entries[block.at(0)..block.at(INLINE)]);
                pool.release(block);
            }
            moved
        };
        self.length = last;
        if position == last {
            return None;
        }
        self.set(pool, position, moved);
        Some(moved)
    }

    /// The inverse of `remove`; answers the child that goes back to the end.
    #[inline]
    fn put_back(&mut self, pool: &mut Blocks<u32>, position: u32, child: u32) -> Option<u32> {
        if position == self.length {
            self.push(pool, child);
            return None;
        }
        let moved = self.children(pool)[position as usize];
        self.push(pool, moved);
        self.set(pool, position, child);
        Some(moved)
    }
}

impl<const LOG: bool> HandLibrary<LOG> {
    #[inline]
    fn check_author(&self, author: Key) {
        assert!(self.author_keys[author.place()].generation == author.generation, "the author is there");
    }

    #[inline]
    fn check_book(&self, book: Key) {
        assert!(self.book_keys[book.place()].generation == book.generation, "the book is there");
    }

    #[inline]
    fn attach(&mut self, book: u32, author: u32) {
        let position = self.author_keys[author as usize].books.push(&mut self.pool, book);
        let keys = &mut self.book_keys[book as usize];
        keys.author = author;
        keys.position = position;
    }

    /// Takes a book out of its author's children; answers author and position.
    #[inline]
    fn detach(&mut self, book: u32) -> (u32, u32) {
        let BookKeys { author, position, .. } = self.book_keys[book as usize];
        if let Some(moved) = self.author_keys[author as usize].books.remove(&mut self.pool, position) {
            self.book_keys[moved as usize].position = position;
        }
        (author, position)
    }

    #[inline]
    fn undo_detach(&mut self, book: u32, author: u32, position: u32) {
        let head = &mut self.author_keys[author as usize].books;
        if let Some(moved) = head.put_back(&mut self.pool, position, book) {
            self.book_keys[moved as usize].position = head.length - 1;
        }
        let keys = &mut self.book_keys[book as usize];
        keys.author = author;
        keys.position = position;
    }

    /// Chapters of a book that goes; nothing looks at their positions any more.
    fn delete_chapters(&mut self, book: u32) {
        let head = std::mem::take(&mut self.book_keys[book as usize].chapters);
        if head.length == 0 {
            return;
        }
        for &chapter in head.children(&self.pool) {
            self.chapter_keys[chapter as usize].generation += 1;
            self.free_chapters.push(chapter);
        }
        self.rows -= head.length as usize;
        if head.length > INLINE {
            self.pool.release(head.block());
        }
    }

    fn undo_all(&mut self) {
        while let Some(change) = self.changes.pop() {
            match change {
                Change::Inserted { book } => {
                    self.detach(book);
                    self.books[book as usize] = None;
                    let keys = &mut self.book_keys[book as usize];
                    keys.generation -= 1;
                    if keys.generation == 0 {
                        self.book_keys.pop();
                        self.books.pop();
                    } else {
                        self.free_books.push(book);
                    }
                    self.rows -= 1;
                }
                Change::Deleted { book, row, author, position } => {
                    self.free_books.pop();
                    self.book_keys[book as usize].generation -= 1;
                    self.books[book as usize] = Some(row);
                    self.undo_detach(book, author, position);
                    self.rows += 1;
                }
                Change::Moved { book, author, position } => {
                    self.detach(book);
                    self.undo_detach(book, author, position);
                }
            }
        }
    }
}

impl<const LOG: bool> Library for HandLibrary<LOG> {
    type Author = Key;
    type Book = Key;

    fn empty() -> Self {
        Self {
            author_keys: Vec::new(),
            authors: Vec::new(),
            free_authors: Vec::new(),
            book_keys: Vec::new(),
            books: Vec::new(),
            free_books: Vec::new(),
            chapter_keys: Vec::new(),
            chapters: Vec::new(),
            free_chapters: Vec::new(),
            pool: Blocks::new(),
            changes: Vec::new(),
            rows: 0,
        }
    }

    /// What a workload outside transactions has noted is not to be taken back.
    fn end(&mut self) {
        self.changes = Vec::new();
    }

    fn insert_author(&mut self, name: &str, score: i64) -> Key {
        let row = Some(AuthorRow { name: name.into(), score });
        self.rows += 1;
        if let Some(slot) = self.free_authors.pop() {
            let keys = &mut self.author_keys[slot as usize];
            keys.generation += 1;
            self.authors[slot as usize] = row;
            return Key { slot, generation: keys.generation };
        }
        let slot = self.authors.len() as u32;
        self.author_keys.push(AuthorKeys { generation: 1, ..AuthorKeys::default() });
        self.authors.push(row);
        Key { slot, generation: 1 }
    }

    #[inline]
    fn insert_book(&mut self, title: &str, pages: u32, author: Key) -> Key {
        self.check_author(author);
        let row = Some(BookRow { title: title.into(), pages });
        let book = if let Some(slot) = self.free_books.pop() {
            let keys = &mut self.book_keys[slot as usize];
            keys.generation += 1;
            self.books[slot as usize] = row;
            Key { slot, generation: keys.generation }
        } else {
            let slot = self.books.len() as u32;
            self.book_keys.push(BookKeys { generation: 1, ..BookKeys::default() });
            self.books.push(row);
            Key { slot, generation: 1 }
        };
        self.attach(book.slot, author.slot);
        self.rows += 1;
        if LOG {
            self.changes.push(Change::Inserted { book: book.slot });
        }
        book
    }

    fn insert_chapter(&mut self, number: u32, book: Key) {
        self.check_book(book);
        let slot = if let Some(slot) = self.free_chapters.pop() {
            self.chapter_keys[slot as usize].generation += 1;
            self.chapters[slot as usize] = number;
            slot
        } else {
            self.chapter_keys.push(ChapterKeys { generation: 1, ..ChapterKeys::default() });
            self.chapters.push(number);
            self.chapters.len() as u32 - 1
        };
        let position = self.book_keys[book.place()].chapters.push(&mut self.pool, slot);
        let keys = &mut self.chapter_keys[slot as usize];
        keys.book = book.slot;
        keys.position = position;
        self.rows += 1;
    }

    #[inline]
    fn author_score(&mut self, book: Key) -> i64 {
        let keys = &self.book_keys[book.place()];
        assert!(keys.generation == book.generation, "the book is there");
        self.authors[keys.author as usize].as_ref().map_or(0, |author| author.score)
    }

    #[inline]
    fn pages_by(&mut self, author: Key) -> u64 {
        let keys = &self.author_keys[author.place()];
        assert!(keys.generation == author.generation, "the author is there");
        let pages = |&book: &u32| self.books[book as usize].as_ref().map_or(0, |book| u64::from(book.pages));
        keys.books.children(&self.pool).iter().map(pages).sum()
    }

    fn count_thicker(&mut self, limit: u32) -> usize {
        self.books.iter().filter(|book| book.as_ref().is_some_and(|book| book.pages > limit)).count()
    }

    #[inline]
    fn set_author(&mut self, book: Key, author: Key) {
        self.check_book(book);
        self.check_author(author);
        if self.book_keys[book.place()].author == author.slot {
            return;
        }
        let (old, position) = self.detach(book.slot);
        self.attach(book.slot, author.slot);
        if LOG {
            self.changes.push(Change::Moved { book: book.slot, author: old, position });
        }
    }

    #[inline]
    fn delete_book(&mut self, book: Key) {
        self.check_book(book);
        let (author, position) = self.detach(book.slot);
        self.delete_chapters(book.slot);
        self.book_keys[book.place()].generation += 1;
        self.free_books.push(book.slot);
        self.rows -= 1;
        let row = self.books[book.place()].take();
        // The transactions that are measured delete books without chapters, so the log knows none.
        if LOG {
            let row = row.expect("a book in use has a row");
            self.changes.push(Change::Deleted { book: book.slot, row, author, position });
        }
    }

    #[inline]
    fn delete_author(&mut self, author: Key) {
        self.check_author(author);
        let head = std::mem::take(&mut self.author_keys[author.place()].books);
        for place in 0..head.length {
            let book = head.children(&self.pool)[place as usize];
            self.delete_chapters(book);
            self.book_keys[book as usize].generation += 1;
            self.books[book as usize] = None;
            self.free_books.push(book);
        }
        if head.length > INLINE {
            self.pool.release(head.block());
        }
        self.author_keys[author.place()].generation += 1;
        self.authors[author.place()] = None;
        self.free_authors.push(author.slot);
        self.rows -= 1 + head.length as usize;
    }

    fn row_count(&mut self) -> usize {
        self.rows
    }
}

impl<const LOG: bool> Transactions for HandLibrary<LOG> {
    const CAN_ROLL_BACK: bool = true;

    #[inline]
    fn commit(&mut self, work: impl FnOnce(&mut Self)) {
        work(self);
        self.changes.clear();
    }

    #[inline]
    fn roll_back(&mut self, work: impl FnOnce(&mut Self)) {
        work(self);
        self.undo_all();
    }
}
