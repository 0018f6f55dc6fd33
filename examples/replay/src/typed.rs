//! Rows of a recording as rows of their models: what a program that knows its schema would write by hand.

use std::time::Duration;

use relarena::{Error, FieldValue, Has, Id, Model, RowKey, Schema, Store, Value};

/// A schema whose recorded rows can be inserted as rows of their models.
pub trait Typed: Schema {
    /// Inserts rows of a model, each with its values in the order of the fields. `clock` reads a clock; answers the new rows,
    /// how long it took to make the structs, and how long to insert them.
    ///
    /// # Errors
    ///
    /// As `insert_many`.
    fn insert_rows(store: &mut Store<Self>, model: &str, rows: Vec<Vec<Value>>, clock: fn() -> Duration) -> Inserted;
}

/// The new rows, and the times of making the structs and of inserting them.
pub type Inserted = Result<(Vec<RowKey>, [Duration; 2]), Error>;

/// A model whose rows can be made from values in the order of its fields.
pub trait FromValues: Model {
    /// Makes a row.
    fn from_values(values: &mut impl Iterator<Item = Value>) -> Self;
}

/// A key field.
pub trait FromKey {
    /// The key to a row, or to none.
    fn from_key(row: Option<RowKey>) -> Self;
}

impl<M> FromKey for Id<M> {
    fn from_key(row: Option<RowKey>) -> Self {
        Self::from_raw(row.expect("a required key is recorded").raw())
    }
}

impl<M> FromKey for Option<Id<M>> {
    fn from_key(row: Option<RowKey>) -> Self {
        row.map(|row| Id::from_raw(row.raw()))
    }
}

/// The next value, of a plain field. O(1).
///
/// # Panics
///
/// If there is none, or it is not of the field's type.
pub fn plain<T: FieldValue>(values: &mut impl Iterator<Item = Value>) -> T {
    let value = values.next().expect("a row has a value for each field");
    T::from_value(value).unwrap_or_else(|misfit| panic!("a recorded value fits its field: {misfit:?}"))
}

/// The next value, of a key. O(1).
///
/// # Panics
///
/// If there is none, or it is not a key, or null where that is not allowed.
pub fn key<K: FromKey>(values: &mut impl Iterator<Item = Value>) -> K {
    match values.next().expect("a row has a value for each field") {
        Value::Key(row) => K::from_key(Some(row)),
        Value::Null => K::from_key(None),
        other => panic!("{other} is no key"),
    }
}

/// Inserts rows of one model; see [`Typed::insert_rows`]. O(rows).
///
/// # Errors
///
/// As `insert_many`.
pub fn insert_rows<S: Has<M>, M: FromValues>(
    store: &mut Store<S>,
    rows: Vec<Vec<Value>>,
    clock: fn() -> Duration,
) -> Inserted {
    let started = clock();
    let mut structs = Vec::with_capacity(rows.len());
    structs.extend(rows.into_iter().map(|row| M::from_values(&mut row.into_iter())));
    let made = clock();
    let ids = store.insert_many(structs).map_err(|refused| refused.error)?;
    let inserted = clock();
    Ok((
        ids.into_iter().map(|id| store.key_of(id)).collect(),
        [made.saturating_sub(started), inserted.saturating_sub(made)],
    ))
}
