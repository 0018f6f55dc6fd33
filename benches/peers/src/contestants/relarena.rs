//! The store that is measured, used as its guide says: one schema for everything, ids, and the everyday calls.

use relarena::prelude::*;

use super::{Accounts, Campus, Library, Transactions};

#[derive(Model, Clone)]
pub struct Author {
    pub name: String,
    pub score: i64,
}

#[derive(Model, Clone)]
pub struct Book {
    pub title: String,
    pub pages: u32,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    pub author: Id<Author>,
}

#[derive(Model, Clone)]
pub struct Chapter {
    pub number: u32,
    #[foreign_key(on_delete = cascade, reverse = CHAPTERS)]
    pub book: Id<Book>,
}

#[derive(Model, Clone)]
pub struct User {
    #[unique]
    pub name: String,
    pub karma: u32,
}

#[derive(Model, Clone)]
pub struct Profile {
    #[one_to_one(on_delete = cascade, reverse = PROFILE)]
    pub user: Id<User>,
}

#[derive(Model, Clone)]
#[many_to_many(COURSES: Course, reverse = STUDENTS)]
pub struct Student {
    pub number: u32,
}

#[derive(Model, Clone)]
pub struct Course {
    pub number: u32,
}

#[derive(Schema)]
pub struct World {
    authors: Table<Author>,
    books: Table<Book>,
    chapters: Table<Chapter>,
    users: Table<User>,
    profiles: Table<Profile>,
    students: Table<Student>,
    courses: Table<Course>,
}

/// The contestant.
pub type Relarena = Store<World>;

impl Library for Relarena {
    type Author = Id<Author>;
    type Book = Id<Book>;

    fn empty() -> Self {
        Self::new()
    }

    fn insert_author(&mut self, name: &str, score: i64) -> Id<Author> {
        self.insert(Author { name: name.into(), score }).expect("authors break no rule")
    }

    fn insert_book(&mut self, title: &str, pages: u32, author: Id<Author>) -> Id<Book> {
        self.insert(Book { title: title.into(), pages, author }).expect("the author is there")
    }

    fn insert_chapter(&mut self, number: u32, book: Id<Book>) {
        self.insert(Chapter { number, book }).expect("the book is there");
    }

    fn author_score(&mut self, book: Id<Book>) -> i64 {
        self.follow(book, Book::AUTHOR).score
    }

    fn pages_by(&mut self, author: Id<Author>) -> u64 {
        self.follow(author, Author::BOOKS).map(|book| u64::from(book.pages)).sum()
    }

    fn count_thicker(&mut self, limit: u32) -> usize {
        self.rows::<Book>().filter(|book| book.pages > limit).count()
    }

    fn set_author(&mut self, book: Id<Book>, author: Id<Author>) {
        self.set(book, Book::AUTHOR, author).expect("both rows are there");
    }

    fn delete_book(&mut self, book: Id<Book>) {
        self.delete(book).expect("nothing protects a book");
    }

    fn delete_author(&mut self, author: Id<Author>) {
        self.delete(author).expect("nothing protects an author");
    }

    fn row_count(&mut self) -> usize {
        self.len::<Author>() + self.len::<Book>() + self.len::<Chapter>()
    }
}

impl Transactions for Relarena {
    const CAN_ROLL_BACK: bool = true;

    fn commit(&mut self, work: impl FnOnce(&mut Self)) {
        self.transaction(|tx| {
            work(tx);
            Ok(())
        })
        .expect("no key dangles");
    }

    fn roll_back(&mut self, work: impl FnOnce(&mut Self)) {
        self.rehearse(|tx| {
            work(tx);
            Ok(())
        })
        .expect("the steps break no rule");
    }
}

impl Accounts for Relarena {
    type User = Id<User>;

    fn empty() -> Self {
        Self::new()
    }

    fn insert_user(&mut self, name: &str, karma: u32) -> Option<Id<User>> {
        self.insert(User { name: name.into(), karma }).ok()
    }

    fn karma_of(&mut self, name: &str) -> Option<u32> {
        self.by(User::NAME, name).map(|user| user.karma)
    }

    fn delete_user(&mut self, user: Id<User>) {
        self.delete(user).expect("nothing protects a user");
    }
}

impl Campus for Relarena {
    type Student = Id<Student>;
    type Course = Id<Course>;

    fn empty() -> Self {
        Self::new()
    }

    fn insert_student(&mut self, number: u32) -> Id<Student> {
        self.insert(Student { number }).expect("students break no rule")
    }

    fn insert_course(&mut self, number: u32) -> Id<Course> {
        self.insert(Course { number }).expect("courses break no rule")
    }

    fn link(&mut self, student: Id<Student>, course: Id<Course>) -> bool {
        Self::link(self, student, Student::COURSES, course).expect("both rows are there")
    }

    fn unlink(&mut self, student: Id<Student>, course: Id<Course>) -> bool {
        Self::unlink(self, student, Student::COURSES, course).expect("both rows are there")
    }

    fn linked(&mut self, student: Id<Student>, course: Id<Course>) -> bool {
        relarena::View::linked(self, student, Student::COURSES, course)
    }

    fn course_numbers(&mut self, student: Id<Student>) -> u64 {
        self.follow(student, Student::COURSES).map(|course| u64::from(course.number)).sum()
    }
}
