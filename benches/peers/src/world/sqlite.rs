//! `SQLite` in memory with the same schema: foreign keys on with native ON DELETE, and an index on each key.

use std::fmt::Write as _;
use std::time::Duration;

use relarena::{Catalog, FieldKind, ValueType};
use rusqlite::types::{ToSqlOutput, Value};
use rusqlite::{Connection, ToSql, params_from_iter};

use super::clock;
use super::load::{Cell, Step};

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::Text(value) => value.as_str().into(),
            Self::Key(_, number) => i64::from(*number).into(),
        })
    }
}

/// An empty database of the schema.
pub fn open(catalog: &Catalog) -> Connection {
    let connection = Connection::open_in_memory().expect("a database in memory can be opened");
    let mut schema = String::from(
        "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
         PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON;\n",
    );
    for (place, model) in catalog.models().iter().enumerate() {
        let name = model.descriptor.name;
        let (mut columns, mut indexes) = (String::from("id INTEGER PRIMARY KEY"), String::new());
        for (field, description) in model.descriptor.fields.iter().enumerate() {
            let required = if description.nullable { "" } else { " NOT NULL" };
            let column = description.name;
            let kind = match description.kind {
                FieldKind::Value(ValueType::Text) => "TEXT",
                FieldKind::Value(_) | FieldKind::Key(_) => "INTEGER",
            };
            write!(columns, ", \"{column}\" {kind}{required}").expect("a text takes more");
            if let Some(relation) = catalog.relation_of_field(place, field) {
                let info = &catalog.relations()[relation];
                let target = catalog.models()[info.target].descriptor.name;
                let unique = if info.cardinality == relarena::Cardinality::OneToOne { "UNIQUE " } else { "" };
                write!(columns, " REFERENCES \"{target}\" ON DELETE CASCADE").expect("a text takes more");
                writeln!(indexes, "CREATE {unique}INDEX \"{name}_{column}\" ON \"{name}\" (\"{column}\");")
                    .expect("a text takes more");
            }
        }
        writeln!(schema, "CREATE TABLE \"{name}\" ({columns});\n{indexes}").expect("a text takes more");
    }
    connection.execute_batch(&schema).expect("the schema is right");
    connection
}

/// Inserts all rows in one transaction; answers the time.
pub fn load(connection: &mut Connection, catalog: &Catalog, steps: &[Step]) -> Duration {
    let started = clock();
    let transaction = connection.transaction().expect("no transaction is open");
    for step in steps {
        match step {
            Step::Insert(batch) => {
                let model = catalog.models()[batch.model].descriptor;
                let places = ", ?".repeat(model.fields.len());
                let sql = format!("INSERT INTO \"{}\" VALUES (?{places})", model.name);
                let mut insert = transaction.prepare_cached(&sql).expect("the statement fits the schema");
                for (number, cells) in &batch.rows {
                    let number = Cell::Int(i64::from(*number));
                    insert
                        .execute(params_from_iter(std::iter::once(&number).chain(cells)))
                        .expect("the recording has no refusals");
                }
            }
            Step::Set(late) => {
                let model = catalog.models()[late.model].descriptor;
                let sql =
                    format!("UPDATE \"{}\" SET \"{}\" = ? WHERE id = ?", model.name, model.fields[late.field].name);
                let mut update = transaction.prepare_cached(&sql).expect("the statement fits the schema");
                update.execute((&late.value, late.number)).expect("the recording has no refusals");
            }
        }
    }
    transaction.commit().expect("no key dangles");
    clock().saturating_sub(started)
}

/// Deletes all rows of a model; answers the time.
pub fn cascade(connection: &Connection, model: &str) -> Duration {
    let started = clock();
    connection.execute(&format!("DELETE FROM \"{model}\""), ()).expect("every key cascades");
    clock().saturating_sub(started)
}

/// How many rows there are.
pub fn len(connection: &Connection, catalog: &Catalog) -> usize {
    let count = |model: &relarena::ModelInfo| -> usize {
        let sql = format!("SELECT count(*) FROM \"{}\"", model.descriptor.name);
        connection.query_row(&sql, (), |row| row.get::<_, i64>(0)).expect("the table is there") as usize
    };
    catalog.models().iter().map(count).sum()
}

/// Bytes of all pages in use.
pub fn bytes(connection: &Connection) -> usize {
    let pragma = |name: &str| -> usize {
        let value = connection.query_row(&format!("PRAGMA {name}"), (), |row| row.get::<_, i64>(0));
        value.expect("the pragma is known") as usize
    };
    (pragma("page_count") - pragma("freelist_count")) * pragma("page_size")
}
