//! What most people write: a `HashMap` of structs for each model, a `HashMap` of `HashSet` for each direction.

#![expect(clippy::disallowed_types, reason = "the standard maps are the contestant; no order of theirs shows")]

use std::collections::{HashMap, HashSet};

use super::{Accounts, Campus, Library, Transactions};

struct Author {
    #[expect(dead_code, reason = "rows own a text, as with the other contestants")]
    name: String,
    score: i64,
}

struct Book {
    #[expect(dead_code, reason = "rows own a text, as with the other contestants")]
    title: String,
    pages: u32,
    author: u64,
}

struct Chapter {
    #[expect(dead_code, reason = "a row's content, as with the other contestants")]
    number: u32,
    book: u64,
}

/// Authors, books and chapters in maps by a running number.
#[derive(Default)]
pub struct MapLibrary {
    authors: HashMap<u64, Author>,
    books: HashMap<u64, Book>,
    chapters: HashMap<u64, Chapter>,
    books_of: HashMap<u64, HashSet<u64>>,
    chapters_of: HashMap<u64, HashSet<u64>>,
    next: u64,
}

impl MapLibrary {
    fn next(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn delete_chapters(&mut self, book: u64) {
        for chapter in self.chapters_of.remove(&book).unwrap_or_default() {
            let gone = self.chapters.remove(&chapter).expect("a set names chapters that are there");
            debug_assert_eq!(gone.book, book);
        }
    }
}

impl Library for MapLibrary {
    type Author = u64;
    type Book = u64;

    fn empty() -> Self {
        Self::default()
    }

    fn insert_author(&mut self, name: &str, score: i64) -> u64 {
        let author = self.next();
        self.authors.insert(author, Author { name: name.into(), score });
        author
    }

    fn insert_book(&mut self, title: &str, pages: u32, author: u64) -> u64 {
        assert!(self.authors.contains_key(&author), "the author is there");
        let book = self.next();
        self.books.insert(book, Book { title: title.into(), pages, author });
        self.books_of.entry(author).or_default().insert(book);
        book
    }

    fn insert_chapter(&mut self, number: u32, book: u64) {
        assert!(self.books.contains_key(&book), "the book is there");
        let chapter = self.next();
        self.chapters.insert(chapter, Chapter { number, book });
        self.chapters_of.entry(book).or_default().insert(chapter);
    }

    fn author_score(&mut self, book: u64) -> i64 {
        self.authors[&self.books[&book].author].score
    }

    fn pages_by(&mut self, author: u64) -> u64 {
        let books = self.books_of.get(&author).into_iter().flatten();
        books.map(|book| u64::from(self.books[book].pages)).sum()
    }

    fn count_thicker(&mut self, limit: u32) -> usize {
        self.books.values().filter(|book| book.pages > limit).count()
    }

    fn set_author(&mut self, book: u64, author: u64) {
        assert!(self.authors.contains_key(&author), "the author is there");
        let row = self.books.get_mut(&book).expect("the book is there");
        let old = std::mem::replace(&mut row.author, author);
        self.books_of.get_mut(&old).expect("an author with books has a set").remove(&book);
        self.books_of.entry(author).or_default().insert(book);
    }

    fn delete_book(&mut self, book: u64) {
        let row = self.books.remove(&book).expect("the book is there");
        self.books_of.get_mut(&row.author).expect("an author with books has a set").remove(&book);
        self.delete_chapters(book);
    }

    fn delete_author(&mut self, author: u64) {
        self.authors.remove(&author).expect("the author is there");
        for book in self.books_of.remove(&author).unwrap_or_default() {
            self.books.remove(&book);
            self.delete_chapters(book);
        }
    }

    fn row_count(&mut self) -> usize {
        self.authors.len() + self.books.len() + self.chapters.len()
    }
}

impl Transactions for MapLibrary {
    const CAN_ROLL_BACK: bool = false;

    fn commit(&mut self, work: impl FnOnce(&mut Self)) {
        work(self);
    }

    fn roll_back(&mut self, _: impl FnOnce(&mut Self)) {}
}

struct User {
    name: String,
    karma: u32,
}

/// Users by number, and numbers by name.
#[derive(Default)]
pub struct MapAccounts {
    users: HashMap<u64, User>,
    by_name: HashMap<String, u64>,
    next: u64,
}

impl Accounts for MapAccounts {
    type User = u64;

    fn empty() -> Self {
        Self::default()
    }

    fn insert_user(&mut self, name: &str, karma: u32) -> Option<u64> {
        if self.by_name.contains_key(name) {
            return None;
        }
        self.next += 1;
        self.by_name.insert(name.into(), self.next);
        self.users.insert(self.next, User { name: name.into(), karma });
        Some(self.next)
    }

    fn karma_of(&mut self, name: &str) -> Option<u32> {
        Some(self.users[self.by_name.get(name)?].karma)
    }

    fn delete_user(&mut self, user: u64) {
        let row = self.users.remove(&user).expect("the user is there");
        self.by_name.remove(&row.name);
    }
}

/// Students and courses by number, and a set for each end of a link.
#[derive(Default)]
pub struct MapCampus {
    students: HashMap<u64, u32>,
    courses: HashMap<u64, u32>,
    courses_of: HashMap<u64, HashSet<u64>>,
    students_of: HashMap<u64, HashSet<u64>>,
    next: u64,
}

impl Campus for MapCampus {
    type Student = u64;
    type Course = u64;

    fn empty() -> Self {
        Self::default()
    }

    fn insert_student(&mut self, number: u32) -> u64 {
        self.next += 1;
        self.students.insert(self.next, number);
        self.next
    }

    fn insert_course(&mut self, number: u32) -> u64 {
        self.next += 1;
        self.courses.insert(self.next, number);
        self.next
    }

    fn link(&mut self, student: u64, course: u64) -> bool {
        assert!(self.students.contains_key(&student) && self.courses.contains_key(&course), "both rows are there");
        let is_new = self.courses_of.entry(student).or_default().insert(course);
        self.students_of.entry(course).or_default().insert(student);
        is_new
    }

    fn unlink(&mut self, student: u64, course: u64) -> bool {
        let Some(courses) = self.courses_of.get_mut(&student) else { return false };
        if !courses.remove(&course) {
            return false;
        }
        self.students_of.get_mut(&course).expect("both directions agree").remove(&student)
    }

    fn linked(&mut self, student: u64, course: u64) -> bool {
        self.courses_of.get(&student).is_some_and(|courses| courses.contains(&course))
    }

    fn course_numbers(&mut self, student: u64) -> u64 {
        let courses = self.courses_of.get(&student).into_iter().flatten();
        courses.map(|course| u64::from(self.courses[course])).sum()
    }
}
