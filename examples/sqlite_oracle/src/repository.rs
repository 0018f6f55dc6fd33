//! The program under test: a small repository over SQLite, as one writes them by hand.

use relarena::operation::{Cell, Fields, Label, Statement};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params_from_iter};

/// How the tables are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// Every key does what the models say.
    Right,
    /// Somebody forgot that reviews go with their book.
    WithoutCascade,
}

/// Authors, books and reviews in a database in memory.
pub struct Repository {
    connection: Connection,
}

impl Repository {
    /// Makes the tables.
    ///
    /// # Errors
    ///
    /// What SQLite answers.
    pub fn new(tables: Tables) -> rusqlite::Result<Self> {
        let connection = Connection::open_in_memory()?;
        let reviews = match tables {
            Tables::Right => "book INTEGER NOT NULL REFERENCES Book ON DELETE CASCADE",
            Tables::WithoutCascade => "book INTEGER NOT NULL",
        };
        connection.execute_batch(&format!(
            "PRAGMA foreign_keys = ON;
            CREATE TABLE Author (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
            CREATE TABLE Book (id INTEGER PRIMARY KEY, title TEXT NOT NULL, pages INTEGER CHECK (pages > 0),
                author INTEGER NOT NULL REFERENCES Author ON DELETE CASCADE,
                editor INTEGER REFERENCES Author ON DELETE SET NULL);
            CREATE TABLE Review (id INTEGER PRIMARY KEY, stars INTEGER NOT NULL, {reviews});"
        ))?;
        Ok(Self { connection })
    }

    /// Carries a statement out; new rows get these ids.
    ///
    /// # Errors
    ///
    /// What SQLite answers; a constraint that is broken is one.
    pub fn execute(&self, statement: &Statement, created: &[Label]) -> rusqlite::Result<()> {
        match statement {
            Statement::Insert { model, rows, .. } => {
                // A refused row has no label; any that is free will do.
                let ids = created.iter().copied().chain(1_000_000..);
                rows.iter().zip(ids).try_for_each(|(fields, id)| self.insert(model, id, fields))
            }
            Statement::Write { model, row, fields, .. } => self.update(model, *row, fields),
            Statement::Delete { model, row, .. } => {
                self.connection.execute(&format!("DELETE FROM {model} WHERE id = ?"), [row]).map(|_| ())
            }
            other => unreachable!("the programs have no {other:?}"),
        }
    }

    fn insert(&self, model: &str, id: Label, fields: &Fields<Label>) -> rusqlite::Result<()> {
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_ref()).collect();
        let sql = format!("INSERT INTO {model} (id, {}) VALUES (?{})", names.join(", "), ", ?".repeat(names.len()));
        let values = std::iter::once(Sql::from(id)).chain(fields.iter().map(|(_, cell)| sql_value(cell)));
        self.connection.execute(&sql, params_from_iter(values)).map(|_| ())
    }

    fn update(&self, model: &str, id: Label, fields: &Fields<Label>) -> rusqlite::Result<()> {
        let sets: Vec<String> = fields.iter().map(|(name, _)| format!("{name} = ?")).collect();
        let sql = format!("UPDATE {model} SET {} WHERE id = ?", sets.join(", "));
        let values = fields.iter().map(|(_, cell)| sql_value(cell)).chain([Sql::from(id)]);
        self.connection.execute(&sql, params_from_iter(values)).map(|_| ())
    }

    /// Opens a transaction, or a savepoint in one.
    ///
    /// # Errors
    ///
    /// What SQLite answers.
    pub fn begin(&self) -> rusqlite::Result<()> {
        self.connection.execute_batch("SAVEPOINT inner_transaction")
    }

    /// Ends the innermost transaction.
    ///
    /// # Errors
    ///
    /// What SQLite answers.
    pub fn end(&self, commits: bool) -> rusqlite::Result<()> {
        let rollback = if commits { "" } else { "ROLLBACK TO inner_transaction;" };
        self.connection.execute_batch(&format!("{rollback} RELEASE inner_transaction"))
    }

    /// All rows of a table as text, in order.
    ///
    /// # Errors
    ///
    /// What SQLite answers.
    pub fn rows(&self, model: &str, columns: &[&str]) -> rusqlite::Result<Vec<String>> {
        let sql = format!("SELECT id, {} FROM {model} ORDER BY id", columns.join(", "));
        let mut query = self.connection.prepare(&sql)?;
        let text = |row: &rusqlite::Row<'_>| -> rusqlite::Result<String> {
            let values = (0..=columns.len()).map(|place| row.get::<_, Sql>(place).map(|value| told(&value)));
            Ok(values.collect::<rusqlite::Result<Vec<String>>>()?.join(" "))
        };
        query.query_map([], text)?.collect()
    }
}

fn sql_value(cell: &Cell<Label>) -> Sql {
    match cell {
        Cell::Null => Sql::Null,
        Cell::Int(number) => Sql::Integer(i64::try_from(*number).expect("the models' numbers are small")),
        Cell::Text(text) => Sql::Text(text.clone()),
        Cell::Row(label) => Sql::from(*label),
        other => unreachable!("the models have no {other:?}"),
    }
}

fn told(value: &Sql) -> String {
    match value {
        Sql::Null => "null".into(),
        Sql::Integer(number) => number.to_string(),
        Sql::Text(text) => format!("{text:?}"),
        other => unreachable!("the tables have no {other:?}"),
    }
}
