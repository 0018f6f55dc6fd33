//! The call sites that the project promised before its first line, as written.

use relarena::prelude::*;

#[derive(Model, Clone, Debug)]
struct Author {
    name: String,
}

#[derive(Model, Clone, Debug)]
struct Book {
    title: String,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    author: Id<Author>,
    #[foreign_key(on_delete = set_null, reverse = EDITED)]
    editor: Option<Id<Author>>,
}

#[derive(Model, Clone, Debug)]
struct User {
    #[unique]
    username: String,
}

#[derive(Model, Clone, Debug)]
struct Profile {
    #[one_to_one(on_delete = cascade, reverse = PROFILE)]
    user: Id<User>,
    bio: String,
}

#[derive(Model, Clone, Debug)]
#[many_to_many(COURSES: Course, reverse = STUDENTS)]
struct Student {
    name: String,
}

#[derive(Model, Clone, Debug)]
struct Course {
    name: String,
}

#[derive(Schema)]
struct Campus {
    authors: Table<Author>,
    books: Table<Book>,
    users: Table<User>,
    profiles: Table<Profile>,
    students: Table<Student>,
    courses: Table<Course>,
}

#[test]
fn the_promised_calls_work() -> Result<(), Error> {
    let mut db = Store::<Campus>::new();
    let le_guin = db.insert(Author { name: "Le Guin".into() })?;
    let other = db.insert(Author { name: "Other".into() })?;
    let book = db.insert(Book { title: "The Dispossessed".into(), author: le_guin, editor: None })?;
    let user = db.insert(User { username: "shevek".into() })?;
    let student = db.insert(Student { name: "Takver".into() })?;
    let course = db.insert(Course { name: "Marine biology".into() })?;

    assert_eq!(db[book].title, "The Dispossessed");
    assert_eq!(db.follow(book, Book::AUTHOR).name, "Le Guin");
    assert!(db.follow(book, Book::EDITOR).is_none());
    let mut titles = Vec::new();
    for b in db.follow(le_guin, Author::BOOKS) {
        titles.push(b.title.clone());
    }
    assert_eq!(titles, ["The Dispossessed"]);
    assert!(db.follow(user, User::PROFILE).is_none());
    db.insert(Profile { user, bio: "physicist".into() })?;
    assert_eq!(db.follow(user, User::PROFILE).map(|profile| profile.get().bio.as_str()), Some("physicist"));
    assert_eq!(db.row(book)?.follow(Book::AUTHOR).follow(Author::BOOKS).count(), 1);

    db.update(book, |b| b.title.push('!'))?;
    assert_eq!(db[book].title, "The Dispossessed!");
    db.set(book, Book::AUTHOR, other)?;
    assert_eq!(db.follow(le_guin, Author::BOOKS).count(), 0);
    db.link(student, Student::COURSES, course)?;
    assert!(db.linked(course, Course::STUDENTS, student));
    let names: Vec<&str> = db.follow(student, Student::COURSES).map(|course| course.get().name.as_str()).collect();
    assert_eq!(names, ["Marine biology"]);
    let plan = db.plan_delete(other)?;
    assert_eq!(plan.total(), 2);
    let report = db.delete(other)?;
    assert_eq!((report.total, report.of::<Book>()), (2, 1));

    db.transaction(|tx| {
        let a = tx.insert(Author { name: "Lem".into() })?;
        tx.insert(Book { title: "Solaris".into(), author: a, editor: None })?;
        Ok(())
    })?;
    assert_eq!(db.len::<Author>(), 2);
    assert_eq!(db.rows::<Student>().map(|student| student.name.len()).sum::<usize>(), 6);
    assert_eq!(db.audit(), []);
    Ok(())
}

#[test]
fn the_arguments_of_a_write_may_read_the_store() -> Result<(), Error> {
    let mut db = Store::<Campus>::new();
    let author = db.insert(Author { name: "Le Guin".into() })?;
    db.insert(Book { title: "The Dispossessed".into(), author, editor: None })?;
    db.set(author, Author::NAME, db[author].name.to_uppercase())?;
    db.delete_many(db.follow(author, Author::BOOKS).ids())?;
    assert_eq!((db[author].name.as_str(), db.len::<Book>()), ("LE GUIN", 0));
    Ok(())
}

#[test]
fn a_clone_made_inside_a_transaction_is_of_the_state_before_it() -> Result<(), Error> {
    let mut db = Store::<Campus>::new();
    let author = db.insert(Author { name: "Le Guin".into() })?;
    let copy = db.transaction(|tx| {
        tx.insert(Book { title: "The Dispossessed".into(), author, editor: None })?;
        tx.set(author, Author::NAME, "Ursula".into())?;
        tx.transaction(|tx| {
            tx.delete(author)?;
            Ok(tx.clone())
        })
    })?;
    assert_eq!((copy[author].name.as_str(), copy.len::<Book>(), db.len::<Author>()), ("Le Guin", 0, 0));
    assert_eq!(copy.audit(), []);
    Ok(())
}

/// A trait of a program's own, whose methods have the names of the library's glue.
trait Shelf {
    fn key(&self) -> String;
    fn read(&self) -> usize;
}

impl Shelf for Author {
    fn key(&self) -> String {
        self.name.to_lowercase()
    }
    fn read(&self) -> usize {
        self.name.len()
    }
}

#[test]
fn a_models_glue_is_not_in_the_way_of_a_programs_methods() {
    let author = Author { name: "Lem".into() };
    assert_eq!((author.key(), author.read()), ("lem".into(), 3));
}
