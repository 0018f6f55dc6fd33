//! A repository over SQLite, tested against a store: what the models declare is what the tables ought to do.
//!
//! `cargo run --manifest-path examples/sqlite_oracle/Cargo.toml` tests the right tables and those that lack a cascade, and
//! prints the smallest program that shows what they lack; `cargo test` asserts the same.

mod repository;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use relarena::operation::{Label, Operation, paste};
use relarena::prelude::*;
use relarena::proptest::{Kind, OperationsConfig, any_operations};
use relarena::reference::Session;

use repository::{Repository, Tables};

#[derive(Model, Clone, Debug)]
struct Author {
    #[unique]
    #[strategy("[a-z]{0,3}")]
    name: String,
}

#[derive(Model, Clone, Debug)]
#[check(name = "some_pages", |book| book.pages.map(|pages| pages > 0))]
struct Book {
    #[strategy("[a-z]{0,8}")]
    title: String,
    #[strategy(proptest::option::of(-1..400_i32))]
    pages: Option<i32>,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    author: Id<Author>,
    #[foreign_key(on_delete = set_null, reverse = EDITED)]
    editor: Option<Id<Author>>,
}

#[derive(Model, Clone, Debug)]
struct Review {
    stars: u8,
    #[foreign_key(on_delete = cascade, reverse = REVIEWS)]
    book: Id<Book>,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
    books: Table<Book>,
    reviews: Table<Review>,
}

/// Columns of the tables, beside `id`.
const COLUMNS: [(&str, &[&str]); 3] =
    [("Author", &["name"]), ("Book", &["title", "pages", "author", "editor"]), ("Review", &["stars", "book"])];

/// The store, which knows what ought to be, and the repository beside it.
struct Pair {
    session: Session<Library>,
    repository: Repository,
}

impl Pair {
    fn play(&mut self, db: &mut Store<Library>, program: &[Operation]) -> Result<(), String> {
        for operation in program {
            if let Operation::Transaction { commits, operations, .. } = operation {
                self.transaction(db, operations, *commits)?;
            } else if let Some(statement) = told(self.session.reference().prepare(operation))? {
                let outcome = told(self.session.execute(db, &statement))?;
                let created = outcome.as_ref().map(|effect| effect.created.clone()).unwrap_or_default();
                let accepted = self.repository.execute(&statement, &created);
                if accepted.is_ok() != outcome.is_ok() {
                    return Err(format!("{operation:?}: SQLite says {accepted:?}, the store {outcome:?}"));
                }
            }
            self.compare(db, operation)?;
        }
        Ok(())
    }

    fn transaction(&mut self, db: &mut Store<Library>, program: &[Operation], commits: bool) -> Result<(), String> {
        told(self.repository.begin())?;
        let (ids, mut inner) = (self.session.begin(), Ok(()));
        let ended = db.transaction(|tx| {
            inner = self.play(tx, program);
            if commits && inner.is_ok() { Ok(()) } else { Err(Error::other("roll back")) }
        });
        inner?;
        told(self.session.end(ids, commits, &ended))?;
        told(self.repository.end(commits))
    }

    fn compare(&self, db: &Store<Library>, operation: &Operation) -> Result<(), String> {
        for (model, columns) in COLUMNS {
            let (ought, is) = (self.rows(db, model), told(self.repository.rows(model, columns))?);
            if ought != is {
                return Err(format!("after {operation:?} the table {model} has {is:?}, and ought to have {ought:?}"));
            }
        }
        Ok(())
    }

    /// Rows of the store as the repository tells its own.
    fn rows(&self, db: &Store<Library>, model: &str) -> Vec<String> {
        let label = |row| self.session.ids().label(row).expect("every row of the store has a label");
        let text = |value: Value| match value {
            Value::Key(row) => label(row).to_string(),
            other => other.to_string(),
        };
        let mut rows: Vec<(Label, String)> = Vec::new();
        for row in db.keys_of(model).expect("the model is the store's") {
            let values = db.values(row).expect("a listed row is living").into_iter().map(|(_, value)| text(value));
            let told: Vec<String> = std::iter::once(label(row).to_string()).chain(values).collect();
            rows.push((label(row), told.join(" ")));
        }
        rows.sort_unstable();
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

fn told<T>(answer: Result<T, impl std::fmt::Display>) -> Result<T, String> {
    answer.map_err(|error| error.to_string())
}

fn programs() -> impl Strategy<Value = Vec<Operation>> {
    let kinds = [Kind::Insert, Kind::Set, Kind::Update, Kind::Delete, Kind::Transaction];
    any_operations::<Library>(OperationsConfig::default().only(&kinds))
}

/// What differs, and the smallest program that was found to show it.
fn difference(tables: Tables) -> Option<(String, Vec<Operation>)> {
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let tested = runner.run(&programs(), |program| {
        let repository = Repository::new(tables).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let mut pair = Pair { session: Session::new(), repository };
        pair.play(&mut Store::new(), &program).map_err(TestCaseError::fail)
    });
    match tested {
        Ok(()) => None,
        Err(TestError::Fail(reason, program)) => Some((reason.to_string(), program)),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

fn main() {
    for (name, tables) in [("right tables", Tables::Right), ("tables without a cascade", Tables::WithoutCascade)] {
        match difference(tables) {
            None => println!("{name}: no difference"),
            Some((reason, program)) => println!("{name}: {reason}\nlet program = {};", paste(&program)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_tables_agree_with_the_store() {
        assert_eq!(difference(Tables::Right), None);
    }

    #[test]
    fn a_missing_cascade_is_found_and_shrunk() {
        let (reason, program) = difference(Tables::WithoutCascade).expect("it is found");
        assert!(reason.contains("the table Review"), "{reason}");
        let count: usize = program.iter().map(Operation::count).sum();
        assert_eq!(count, 4, "an author, a book, a review, and the delete: {program:?}");
    }
}
