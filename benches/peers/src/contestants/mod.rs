//! The traits that a contestant implements: what it does for each step, and nothing of how steps are chosen or timed.
//!
//! Workloads are generic functions over these traits, so that no step goes through a pointer.

pub mod bevy;
pub mod handwritten;
pub mod hashmaps;
pub mod relarena;
pub mod sqlite;

/// Authors with books, and books with chapters: foreign keys that cascade.
pub trait Library: Sized {
    /// Names an author.
    type Author: Copy;
    /// Names a book.
    type Book: Copy;

    /// An empty store.
    fn empty() -> Self;
    /// Before a workload: a contestant with transactions only opens one.
    fn begin(&mut self) {}
    /// After a workload.
    fn end(&mut self) {}

    /// Inserts an author.
    fn insert_author(&mut self, name: &str, score: i64) -> Self::Author;
    /// Checks that the author is there, and inserts a book.
    fn insert_book(&mut self, title: &str, pages: u32, author: Self::Author) -> Self::Book;
    /// Checks that the book is there, and inserts a chapter.
    fn insert_chapter(&mut self, number: u32, book: Self::Book);
    /// Forward: the score of a book's author.
    fn author_score(&mut self, book: Self::Book) -> i64;
    /// Reverse: the pages of all books of an author.
    fn pages_by(&mut self, author: Self::Author) -> u64;
    /// Scan: books with more pages than `limit`.
    fn count_thicker(&mut self, limit: u32) -> usize;
    /// Reparent: gives a book another author, after a check that the author is there.
    fn set_author(&mut self, book: Self::Book, author: Self::Author);
    /// Deletes a book; if it has chapters, they go too.
    fn delete_book(&mut self, book: Self::Book);
    /// Deletes an author with the books and their chapters.
    fn delete_author(&mut self, author: Self::Author);
    /// How many rows there are.
    fn row_count(&mut self) -> usize;
    /// Bytes in use, where the contestant's memory does not come from Rust's allocator.
    fn own_bytes(&mut self) -> Option<usize> {
        None
    }
}

/// A library whose steps can be taken back.
pub trait Transactions: Library {
    /// Whether [`roll_back`](Self::roll_back) takes steps back. A contestant without transactions does the steps alone.
    const CAN_ROLL_BACK: bool;

    /// Runs steps as one transaction and commits.
    fn commit(&mut self, work: impl FnOnce(&mut Self));
    /// Runs steps as one transaction and rolls it back.
    fn roll_back(&mut self, work: impl FnOnce(&mut Self));
}

/// Users with a unique name.
pub trait Accounts: Sized {
    /// Names a user.
    type User: Copy;

    /// An empty store.
    fn empty() -> Self;
    /// Before a workload.
    fn begin(&mut self) {}
    /// After a workload.
    fn end(&mut self) {}

    /// Inserts a user; `None` if the name is taken.
    fn insert_user(&mut self, name: &str, karma: u32) -> Option<Self::User>;
    /// The karma of the user with a name.
    fn karma_of(&mut self, name: &str) -> Option<u32>;
    /// Deletes a user.
    fn delete_user(&mut self, user: Self::User);
}

/// Students and courses, linked many to many.
pub trait Campus: Sized {
    /// Names a student.
    type Student: Copy;
    /// Names a course.
    type Course: Copy;

    /// An empty store.
    fn empty() -> Self;
    /// Before a workload.
    fn begin(&mut self) {}
    /// After a workload.
    fn end(&mut self) {}

    /// Inserts a student.
    fn insert_student(&mut self, number: u32) -> Self::Student;
    /// Inserts a course.
    fn insert_course(&mut self, number: u32) -> Self::Course;
    /// Links; answers whether they were not linked before.
    fn link(&mut self, student: Self::Student, course: Self::Course) -> bool;
    /// Unlinks; answers whether they were linked.
    fn unlink(&mut self, student: Self::Student, course: Self::Course) -> bool;
    /// Whether they are linked.
    fn linked(&mut self, student: Self::Student, course: Self::Course) -> bool;
    /// The numbers of all courses of a student.
    fn course_numbers(&mut self, student: Self::Student) -> u64;
}
