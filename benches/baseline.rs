//! The contestant: what one writes by hand with `slotmap` and `indexmap`. It checks keys and keeps reverse sets.

use indexmap::IndexSet;
use slotmap::{SecondaryMap, SlotMap, new_key_type};

use crate::shapes::{FAN_OUT, Random};

new_key_type! {
    pub(crate) struct AuthorKey;
    pub(crate) struct BookKey;
    pub(crate) struct StudentKey;
    pub(crate) struct CourseKey;
}

pub(crate) struct Author {
    #[expect(dead_code, reason = "rows own a text, as in the other contestant")]
    pub(crate) name: String,
    pub(crate) score: i64,
}

pub(crate) struct Book {
    #[expect(dead_code, reason = "rows own a text, as in the other contestant")]
    pub(crate) title: String,
    pub(crate) pages: u32,
    pub(crate) author: AuthorKey,
}

#[derive(Default)]
pub(crate) struct Library {
    pub(crate) authors: SlotMap<AuthorKey, Author>,
    pub(crate) books: SlotMap<BookKey, Book>,
    pub(crate) books_of: SecondaryMap<AuthorKey, IndexSet<BookKey>>,
}

impl Library {
    pub(crate) fn insert_author(&mut self, number: usize) -> AuthorKey {
        let key = self.authors.insert(Author { name: format!("author {number}"), score: i64::from(number as u32) });
        self.books_of.insert(key, IndexSet::new());
        key
    }

    pub(crate) fn insert_book(&mut self, number: usize, author: AuthorKey) -> BookKey {
        let books = self.books_of.get_mut(author).expect("the author is there");
        let pages = 100 + (number % 400) as u32;
        let key = self.books.insert(Book { title: format!("book {number}"), pages, author });
        books.insert(key);
        key
    }

    pub(crate) fn set_author(&mut self, book: BookKey, author: AuthorKey) {
        let row = self.books.get_mut(book).expect("the book is there");
        let old = std::mem::replace(&mut row.author, author);
        self.books_of[old].swap_remove(&book);
        self.books_of.get_mut(author).expect("the author is there").insert(book);
    }

    pub(crate) fn delete_book(&mut self, book: BookKey) {
        let row = self.books.remove(book).expect("the book is there");
        self.books_of[row.author].swap_remove(&book);
    }

    pub(crate) fn delete_author(&mut self, author: AuthorKey) -> usize {
        self.authors.remove(author).expect("the author is there");
        let books = self.books_of.remove(author).expect("an author has a set");
        for book in &books {
            self.books.remove(*book);
        }
        books.len() + 1
    }
}

pub(crate) fn library(books: usize) -> (Library, Vec<AuthorKey>, Vec<BookKey>) {
    let mut db = Library::default();
    let authors: Vec<_> = (0..books / FAN_OUT).map(|number| db.insert_author(number)).collect();
    let mut random = Random::new();
    let mut keys: Vec<_> =
        (0..books).map(|number| db.insert_book(number, authors[random.below(authors.len())])).collect();
    for _ in 0..books / 10 {
        let place = random.below(keys.len());
        db.delete_book(keys[place]);
        let author = authors[random.below(authors.len())];
        keys[place] = db.insert_book(place, author);
    }
    (db, authors, keys)
}

#[derive(Default)]
pub(crate) struct Campus {
    pub(crate) students: SlotMap<StudentKey, u32>,
    pub(crate) courses: SlotMap<CourseKey, u32>,
    pub(crate) courses_of: SecondaryMap<StudentKey, IndexSet<CourseKey>>,
    pub(crate) students_of: SecondaryMap<CourseKey, IndexSet<StudentKey>>,
}

impl Campus {
    pub(crate) fn link(&mut self, student: StudentKey, course: CourseKey) -> bool {
        let (courses, students) = (self.courses_of.get_mut(student), self.students_of.get_mut(course));
        courses.expect("the student is there").insert(course) & students.expect("the course is there").insert(student)
    }

    pub(crate) fn unlink(&mut self, student: StudentKey, course: CourseKey) -> bool {
        self.courses_of[student].swap_remove(&course) & self.students_of[course].swap_remove(&student)
    }
}
