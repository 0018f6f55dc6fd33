//! SQLite in memory: foreign keys on, indexes on the keys, every statement prepared once, each workload one transaction.
//!
//! Its rollback journal stays in memory, since without one a statement that fails would leave the database broken.

use rusqlite::{Connection, OptionalExtension as _, Statement, params};
use self_cell::self_cell;

use super::{Accounts, Campus, Library, Transactions};

/// A database in memory with a schema.
pub fn open(schema: &str) -> Connection {
    let connection = Connection::open_in_memory().expect("a database in memory can be opened");
    connection
        .execute_batch(
            "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON;",
        )
        .expect("these settings exist");
    connection.execute_batch(schema).expect("the schema is right");
    connection
}

/// A prepared statement.
pub fn prepare<'a>(connection: &'a Connection, sql: &str) -> Statement<'a> {
    connection.prepare(sql).expect("the statement fits the schema")
}

/// The schema of the library.
pub const LIBRARY: &str = "
    CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL, score INTEGER NOT NULL);
    CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT NOT NULL, pages INTEGER NOT NULL,
        author INTEGER NOT NULL REFERENCES author ON DELETE CASCADE);
    CREATE INDEX book_author ON book (author);
    CREATE TABLE chapter (id INTEGER PRIMARY KEY, number INTEGER NOT NULL,
        book INTEGER NOT NULL REFERENCES book ON DELETE CASCADE);
    CREATE INDEX chapter_book ON chapter (book);";

/// The statements of the library.
pub struct LibraryStatements<'a> {
    insert_author: Statement<'a>,
    insert_book: Statement<'a>,
    insert_chapter: Statement<'a>,
    author_score: Statement<'a>,
    pages_by: Statement<'a>,
    count_thicker: Statement<'a>,
    set_author: Statement<'a>,
    delete_book: Statement<'a>,
    delete_author: Statement<'a>,
}

self_cell! {
    /// A library with its statements.
    pub struct SqliteLibrary {
        owner: Connection,
        #[not_covariant]
        dependent: LibraryStatements,
    }
}

impl SqliteLibrary {
    /// The database itself, for what only SQLite has.
    pub fn connection(&self) -> &Connection {
        self.borrow_owner()
    }

    fn execute(&self, sql: &str) {
        self.borrow_owner().execute_batch(sql).expect("the statement is right");
    }
}

impl Library for SqliteLibrary {
    type Author = i64;
    type Book = i64;

    fn empty() -> Self {
        Self::new(open(LIBRARY), |connection| LibraryStatements {
            insert_author: prepare(connection, "INSERT INTO author (name, score) VALUES (?, ?)"),
            insert_book: prepare(connection, "INSERT INTO book (title, pages, author) VALUES (?, ?, ?)"),
            insert_chapter: prepare(connection, "INSERT INTO chapter (number, book) VALUES (?, ?)"),
            author_score: prepare(
                connection,
                "SELECT author.score FROM book JOIN author ON author.id = book.author WHERE book.id = ?",
            ),
            pages_by: prepare(connection, "SELECT coalesce(sum(pages), 0) FROM book WHERE author = ?"),
            count_thicker: prepare(connection, "SELECT count(*) FROM book WHERE pages > ?"),
            set_author: prepare(connection, "UPDATE book SET author = ? WHERE id = ?"),
            delete_book: prepare(connection, "DELETE FROM book WHERE id = ?"),
            delete_author: prepare(connection, "DELETE FROM author WHERE id = ?"),
        })
    }

    fn begin(&mut self) {
        self.execute("BEGIN");
    }

    fn end(&mut self) {
        self.execute("COMMIT");
    }

    fn insert_author(&mut self, name: &str, score: i64) -> i64 {
        self.with_dependent_mut(|_, statements| statements.insert_author.insert(params![name, score]))
            .expect("authors break no rule")
    }

    fn insert_book(&mut self, title: &str, pages: u32, author: i64) -> i64 {
        self.with_dependent_mut(|_, statements| statements.insert_book.insert(params![title, pages, author]))
            .expect("the author is there")
    }

    fn insert_chapter(&mut self, number: u32, book: i64) {
        self.with_dependent_mut(|_, statements| statements.insert_chapter.insert(params![number, book]))
            .expect("the book is there");
    }

    fn author_score(&mut self, book: i64) -> i64 {
        self.with_dependent_mut(|_, statements| statements.author_score.query_one([book], |row| row.get(0)))
            .expect("a book has an author")
    }

    fn pages_by(&mut self, author: i64) -> u64 {
        self.with_dependent_mut(|_, statements| statements.pages_by.query_one([author], |row| row.get::<_, i64>(0)))
            .expect("a sum is one row")
            .unsigned_abs()
    }

    fn count_thicker(&mut self, limit: u32) -> usize {
        self.with_dependent_mut(|_, statements| statements.count_thicker.query_one([limit], |row| row.get::<_, u32>(0)))
            .expect("a count is one row") as usize
    }

    fn set_author(&mut self, book: i64, author: i64) {
        let changed = self.with_dependent_mut(|_, statements| statements.set_author.execute([author, book]));
        assert_eq!(changed.expect("the author is there"), 1, "the book is there");
    }

    fn delete_book(&mut self, book: i64) {
        let changed = self.with_dependent_mut(|_, statements| statements.delete_book.execute([book]));
        assert_eq!(changed.expect("nothing protects a book"), 1, "the book is there");
    }

    fn delete_author(&mut self, author: i64) {
        let changed = self.with_dependent_mut(|_, statements| statements.delete_author.execute([author]));
        assert_eq!(changed.expect("nothing protects an author"), 1, "the author is there");
    }

    fn row_count(&mut self) -> usize {
        self.borrow_owner()
            .query_one(
                "SELECT (SELECT count(*) FROM author) + (SELECT count(*) FROM book) + (SELECT count(*) FROM chapter)",
                [],
                |row| row.get::<_, u32>(0),
            )
            .expect("a sum is one row") as usize
    }

    fn own_bytes(&mut self) -> Option<usize> {
        let bytes = "SELECT (page_count - freelist_count) * page_size
             FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()";
        let bytes = self.borrow_owner().query_one(bytes, [], |row| row.get::<_, u32>(0));
        Some(bytes.expect("a database knows its pages") as usize)
    }
}

impl Transactions for SqliteLibrary {
    const CAN_ROLL_BACK: bool = true;

    fn commit(&mut self, work: impl FnOnce(&mut Self)) {
        self.execute("BEGIN");
        work(self);
        self.execute("COMMIT");
    }

    fn roll_back(&mut self, work: impl FnOnce(&mut Self)) {
        self.execute("BEGIN");
        work(self);
        self.execute("ROLLBACK");
    }
}

/// The statements of the accounts.
pub struct AccountStatements<'a> {
    insert: Statement<'a>,
    find: Statement<'a>,
    delete: Statement<'a>,
}

self_cell! {
    /// Accounts with their statements.
    pub struct SqliteAccounts {
        owner: Connection,
        #[not_covariant]
        dependent: AccountStatements,
    }
}

impl Accounts for SqliteAccounts {
    type User = i64;

    fn empty() -> Self {
        let schema = "CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, karma INTEGER NOT NULL);";
        Self::new(open(schema), |connection| AccountStatements {
            insert: prepare(connection, "INSERT INTO user (name, karma) VALUES (?, ?)"),
            find: prepare(connection, "SELECT karma FROM user WHERE name = ?"),
            delete: prepare(connection, "DELETE FROM user WHERE id = ?"),
        })
    }

    fn begin(&mut self) {
        self.borrow_owner().execute_batch("BEGIN").expect("no transaction is open");
    }

    fn end(&mut self) {
        self.borrow_owner().execute_batch("COMMIT").expect("a transaction is open");
    }

    fn insert_user(&mut self, name: &str, karma: u32) -> Option<i64> {
        self.with_dependent_mut(|_, statements| statements.insert.insert(params![name, karma])).ok()
    }

    fn karma_of(&mut self, name: &str) -> Option<u32> {
        self.with_dependent_mut(|_, statements| statements.find.query_one([name], |row| row.get(0)).optional())
            .expect("names are unique")
    }

    fn delete_user(&mut self, user: i64) {
        self.with_dependent_mut(|_, statements| statements.delete.execute([user])).expect("nothing protects a user");
    }
}

/// The statements of the campus.
pub struct CampusStatements<'a> {
    insert_student: Statement<'a>,
    insert_course: Statement<'a>,
    link: Statement<'a>,
    unlink: Statement<'a>,
    linked: Statement<'a>,
    course_numbers: Statement<'a>,
}

self_cell! {
    /// A campus with its statements.
    pub struct SqliteCampus {
        owner: Connection,
        #[not_covariant]
        dependent: CampusStatements,
    }
}

impl Campus for SqliteCampus {
    type Student = i64;
    type Course = i64;

    fn empty() -> Self {
        let schema = "
            CREATE TABLE student (id INTEGER PRIMARY KEY, number INTEGER NOT NULL);
            CREATE TABLE course (id INTEGER PRIMARY KEY, number INTEGER NOT NULL);
            CREATE TABLE link (student INTEGER NOT NULL REFERENCES student ON DELETE CASCADE,
                course INTEGER NOT NULL REFERENCES course ON DELETE CASCADE, PRIMARY KEY (student, course)) WITHOUT ROWID;
            CREATE INDEX link_course ON link (course);";
        Self::new(open(schema), |connection| CampusStatements {
            insert_student: prepare(connection, "INSERT INTO student (number) VALUES (?)"),
            insert_course: prepare(connection, "INSERT INTO course (number) VALUES (?)"),
            link: prepare(connection, "INSERT OR IGNORE INTO link (student, course) VALUES (?, ?)"),
            unlink: prepare(connection, "DELETE FROM link WHERE student = ? AND course = ?"),
            linked: prepare(connection, "SELECT 1 FROM link WHERE student = ? AND course = ?"),
            course_numbers: prepare(
                connection,
                "SELECT coalesce(sum(course.number), 0) FROM link JOIN course ON course.id = link.course
                 WHERE link.student = ?",
            ),
        })
    }

    fn begin(&mut self) {
        self.borrow_owner().execute_batch("BEGIN").expect("no transaction is open");
    }

    fn end(&mut self) {
        self.borrow_owner().execute_batch("COMMIT").expect("a transaction is open");
    }

    fn insert_student(&mut self, number: u32) -> i64 {
        self.with_dependent_mut(|_, statements| statements.insert_student.insert([number]))
            .expect("students break no rule")
    }

    fn insert_course(&mut self, number: u32) -> i64 {
        self.with_dependent_mut(|_, statements| statements.insert_course.insert([number]))
            .expect("courses break no rule")
    }

    fn link(&mut self, student: i64, course: i64) -> bool {
        let changed = self.with_dependent_mut(|_, statements| statements.link.execute([student, course]));
        changed.expect("both rows are there") == 1
    }

    fn unlink(&mut self, student: i64, course: i64) -> bool {
        let changed = self.with_dependent_mut(|_, statements| statements.unlink.execute([student, course]));
        changed.expect("nothing protects a link") == 1
    }

    fn linked(&mut self, student: i64, course: i64) -> bool {
        self.with_dependent_mut(|_, statements| statements.linked.exists([student, course]))
            .expect("the statement is right")
    }

    fn course_numbers(&mut self, student: i64) -> u64 {
        let sum = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        self.with_dependent_mut(|_, statements| statements.course_numbers.query_one([student], sum))
            .expect("a sum is one row")
            .unsigned_abs()
    }
}
