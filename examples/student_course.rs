//! Many to many: students take courses. Once as plain links, once with a model in between that holds a grade.
//!
//! Plain links are kept by the store, readable from either end. Where a link has data of its own, it is a row of a
//! `through` model with two foreign keys, and the relation walks over it.

use relarena::prelude::*;

#[derive(Model, Clone, Debug)]
#[many_to_many(COURSES: Course, reverse = STUDENTS)]
#[many_to_many(PASSED: Course, reverse = GRADUATES, through = Exam)]
struct Student {
    name: &'static str,
}

#[derive(Model, Clone, Debug)]
struct Course {
    title: &'static str,
}

#[derive(Model, Clone, Debug)]
struct Exam {
    #[foreign_key(on_delete = cascade, reverse = EXAMS)]
    student: Id<Student>,
    // Who has sat an exam keeps it: a course with exams cannot be deleted.
    #[foreign_key(on_delete = protect, reverse = EXAMS)]
    course: Id<Course>,
    grade: u8,
}

#[derive(Schema)]
struct Campus {
    students: Table<Student>,
    courses: Table<Course>,
    exams: Table<Exam>,
}

fn main() -> Result<(), Error> {
    let mut db = Store::<Campus>::new();
    let ann = db.insert(Student { name: "Ann" })?;
    let bob = db.insert(Student { name: "Bob" })?;
    let logic = db.insert(Course { title: "Logic" })?;
    let optics = db.insert(Course { title: "Optics" })?;

    // A link can be made from either end; making it twice makes it once.
    assert!(db.link(ann, Student::COURSES, logic)?);
    assert!(db.link(logic, Course::STUDENTS, bob)?);
    assert!(!db.link(bob, Student::COURSES, logic)?);
    let changes = db.set_links(ann, Student::COURSES, [logic, optics])?;
    assert_eq!((changes.added, changes.removed), (1, 0));

    for course in db.rows::<Course>() {
        let students: Vec<&str> = course.follow(Course::STUDENTS).map(|student| student.name).collect();
        println!("{}: {}", course.title, students.join(", "));
    }
    // Followed twice: the classmates of a student.
    let courses = db.follow(bob, Student::COURSES);
    let classmates: Vec<&str> =
        courses.flat_map(|course| course.follow(Course::STUDENTS)).map(|row| row.name).collect();
    assert_eq!(classmates, ["Ann", "Bob"]);

    // A link with data: the closure makes its row. It answers `None` if the two are linked already.
    let exam = db.link_with(ann, Student::PASSED, logic, |student, course| Exam { student, course, grade: 1 })?;
    assert!(exam.is_some() && db.linked(logic, Course::GRADUATES, ann));
    assert_eq!(db.follow(ann, Student::EXAMS).map(|exam| exam.grade).min(), Some(1));

    // Links hold no row back: the course with links alone can go. The one with an exam is protected, by name.
    db.delete(optics)?;
    assert_eq!(db.follow(ann, Student::COURSES).ids(), [logic]);
    match db.delete(logic) {
        Err(Error::Protected(blocked)) => println!("refused: protected by {}", blocked.blockers[0].reference.source),
        _ => return Err(Error::other("the exam was lost")),
    }

    // A student takes links and exams along; then nothing protects the course any more.
    let report = db.delete(ann)?;
    assert_eq!((report.of::<Student>(), report.of::<Exam>()), (1, 1));
    db.delete(logic)?;
    assert!(db.follow(bob, Student::COURSES).next().is_none());
    assert_eq!(db.audit(), []);
    Ok(())
}
