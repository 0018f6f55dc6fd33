//! Schema A: library and campus, the models of `schema_a_models.py`.

use relarena::prelude::*;
use relarena_replay::{Recorded, Substitute};

#[derive(Model, Clone)]
#[many_to_many(FOLLOWS: Author, reverse = FOLLOWERS)]
#[check(name = "author_age_nonneg", |author| author.age.map(|age| age >= 0))]
pub(crate) struct Author {
    name: String,
    age: Option<i64>,
    active: bool,
    #[foreign_key(on_delete = set_null, reverse = MENTEES)]
    mentor: Option<Id<Author>>,
}

#[derive(Model, Clone)]
pub(crate) struct Publisher {
    #[unique]
    name: String,
    city: String,
}

#[derive(Model, Clone)]
pub(crate) struct Genre {
    name: String,
    #[foreign_key(on_delete = cascade, reverse = CHILDREN)]
    parent: Option<Id<Genre>>,
}

#[derive(Model, Clone)]
#[unique_together(author, title)]
#[check(name = "book_pages_pos", |book| book.pages >= 1)]
pub(crate) struct Book {
    title: String,
    pages: i64,
    #[unique]
    isbn: Option<String>,
    in_print: bool,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    author: Id<Author>,
    #[foreign_key(on_delete = protect, reverse = BOOKS)]
    publisher: Option<Id<Publisher>>,
    #[foreign_key(on_delete = set_default, reverse = BOOKS)]
    genre: Id<Genre>,
}

#[derive(Model, Clone)]
#[many_to_many(FRIENDS: User, symmetrical)]
pub(crate) struct User {
    #[unique]
    username: String,
    karma: Option<i64>,
    is_staff: bool,
    #[foreign_key(on_delete = set_null, reverse = FANS)]
    favourite: Option<Id<Book>>,
}

#[derive(Model, Clone)]
pub(crate) struct Profile {
    #[one_to_one(on_delete = cascade, reverse = PROFILE)]
    user: Id<User>,
    bio: String,
    #[one_to_one(on_delete = set_null, reverse = PINNED_BY)]
    pinned: Option<Id<Book>>,
}

#[derive(Model, Clone)]
pub(crate) struct LibraryCard {
    #[one_to_one(on_delete = protect, reverse = CARD)]
    holder: Id<User>,
    #[unique]
    number: i64,
}

#[derive(Model, Clone)]
pub(crate) struct Department {
    #[unique]
    name: String,
    #[foreign_key(on_delete = set_null, reverse = HEADS)]
    head: Option<Id<Teacher>>,
}

#[derive(Model, Clone)]
#[check(name = "teacher_salary_nonneg", |teacher| teacher.salary >= 0)]
pub(crate) struct Teacher {
    name: String,
    salary: i64,
    #[foreign_key(on_delete = cascade, reverse = TEACHERS)]
    department: Option<Id<Department>>,
}

#[derive(Model, Clone)]
#[unique_together(code, term)]
pub(crate) struct Course {
    code: String,
    term: i64,
    #[foreign_key(on_delete = cascade, reverse = COURSES)]
    department: Id<Department>,
    #[foreign_key(on_delete = restrict, reverse = COURSES)]
    teacher: Id<Teacher>,
    #[foreign_key(on_delete = protect, reverse = ASSISTS)]
    assistant: Option<Id<Teacher>>,
}

#[derive(Model, Clone)]
#[unique_together(name, year)]
#[many_to_many(COURSES: Course, reverse = STUDENTS)]
pub(crate) struct Student {
    name: String,
    year: Option<i64>,
    #[one_to_one(on_delete = set_null, reverse = STUDENT)]
    account: Option<Id<User>>,
}

#[derive(Model, Clone)]
#[check(name = "review_rating_range", |review| (1..=5).contains(&review.rating))]
#[unique_together(book, reviewer, where = |review| review.public, name = "review_one_public")]
pub(crate) struct Review {
    text: String,
    rating: i64,
    public: bool,
    #[foreign_key(on_delete = cascade, reverse = REVIEWS)]
    book: Id<Book>,
    #[foreign_key(on_delete = cascade, reverse = REVIEWS)]
    subject: Option<Id<Author>>,
    #[foreign_key(on_delete = set_with, reverse = REVIEWS)]
    reviewer: Id<User>,
}

#[derive(Model, Clone)]
#[many_to_many(MEMBERS: User, reverse = CLUBS, through = Membership)]
pub(crate) struct Club {
    name: String,
    #[foreign_key(on_delete = do_nothing, reverse = FOUNDED)]
    founder: Option<Id<User>>,
}

#[derive(Model, Clone)]
#[unique_together(club, user)]
#[check(name = "membership_level_nonneg", |membership| membership.level >= 0)]
pub(crate) struct Membership {
    #[foreign_key(on_delete = cascade, reverse = MEMBERSHIPS)]
    club: Id<Club>,
    #[foreign_key(on_delete = cascade, reverse = MEMBERSHIPS)]
    user: Id<User>,
    role: String,
    level: i64,
    #[field(default = false)]
    muted: bool,
}

#[derive(Schema)]
pub(crate) struct SchemaA {
    authors: Table<Author>,
    publishers: Table<Publisher>,
    genres: Table<Genre>,
    books: Table<Book>,
    users: Table<User>,
    profiles: Table<Profile>,
    library_cards: Table<LibraryCard>,
    departments: Table<Department>,
    teachers: Table<Teacher>,
    courses: Table<Course>,
    students: Table<Student>,
    reviews: Table<Review>,
    clubs: Table<Club>,
    memberships: Table<Membership>,
}

impl Recorded for SchemaA {
    const SUBSTITUTES: &'static [Substitute] = &[
        Substitute { model: "Book", field: "genre", row: Some("Genre#1") },
        Substitute { model: "Review", field: "reviewer", row: Some("User#1") },
    ];
}
