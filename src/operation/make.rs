//! How operations and cells are written by hand; what `Debug` prints is made of these calls.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Cell, Fields, Name, Operation, Target, Verb};

impl<R> Cell<R> {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

impl Cell {
    /// A reference to a row by position.
    pub fn row(target: impl Into<Target>) -> Self {
        Self::Row(target.into())
    }
}

fn fields<N: Into<Name>>(given: impl IntoIterator<Item = (N, Cell)>) -> Fields {
    given.into_iter().map(|(name, cell)| (name.into(), cell)).collect()
}

impl Operation {
    /// Inserts a row. Fields left out take their default.
    pub fn insert<N: Into<Name>>(model: impl Into<Name>, given: impl IntoIterator<Item = (N, Cell)>) -> Self {
        Self::Insert { model: model.into(), fields: fields(given) }
    }

    /// Inserts rows, all or none.
    pub fn insert_many<N: Into<Name>, F: IntoIterator<Item = (N, Cell)>>(
        model: impl Into<Name>,
        rows: impl IntoIterator<Item = F>,
    ) -> Self {
        Self::InsertMany { model: model.into(), rows: rows.into_iter().map(fields).collect() }
    }

    /// Reserves an id.
    pub fn reserve(model: impl Into<Name>) -> Self {
        Self::Reserve { model: model.into() }
    }

    /// Inserts the row of a reserved id.
    pub fn insert_reserved<N: Into<Name>>(
        model: impl Into<Name>,
        row: impl Into<Target>,
        given: impl IntoIterator<Item = (N, Cell)>,
    ) -> Self {
        Self::InsertReserved { model: model.into(), row: row.into(), fields: fields(given) }
    }

    /// Sets one field.
    pub fn set(model: impl Into<Name>, row: impl Into<Target>, field: impl Into<Name>, value: Cell) -> Self {
        Self::Set { model: model.into(), row: row.into(), field: field.into(), value }
    }

    /// Changes fields of a row as one statement.
    pub fn update<N: Into<Name>>(
        model: impl Into<Name>,
        row: impl Into<Target>,
        given: impl IntoIterator<Item = (N, Cell)>,
    ) -> Self {
        Self::Update { model: model.into(), row: row.into(), fields: fields(given) }
    }

    /// Deletes a row.
    pub fn delete(model: impl Into<Name>, row: impl Into<Target>) -> Self {
        Self::Delete { model: model.into(), row: row.into() }
    }

    /// Deletes rows as one set.
    pub fn delete_many<T: Into<Target>>(model: impl Into<Name>, rows: impl IntoIterator<Item = T>) -> Self {
        Self::DeleteMany { model: model.into(), rows: targets(rows) }
    }

    /// Deletes the rows that have this in a field.
    pub fn delete_where(model: impl Into<Name>, field: impl Into<Name>, value: Cell) -> Self {
        Self::DeleteWhere { model: model.into(), field: field.into(), value }
    }

    /// Changes the links of a row: `others` are rows at the other end of the relation.
    pub fn links<T: Into<Target>>(
        verb: Verb,
        model: impl Into<Name>,
        row: impl Into<Target>,
        relation: impl Into<Name>,
        others: impl IntoIterator<Item = T>,
    ) -> Self {
        Self::Links {
            verb,
            model: model.into(),
            row: row.into(),
            relation: relation.into(),
            others: targets(others),
            extra: Vec::new(),
        }
    }

    /// Gives new rows of a through model further fields, to a change of links; those of the first new row first, and over
    /// again. Other operations stay as they are.
    #[must_use]
    pub fn with_extra<N: Into<Name>, F: IntoIterator<Item = (N, Cell)>>(
        mut self,
        rows: impl IntoIterator<Item = F>,
    ) -> Self {
        if let Self::Links { extra, .. } = &mut self {
            *extra = rows.into_iter().map(fields).collect();
        }
        self
    }

    /// Gives a one-to-one key a target; the row that holds the target is left with null.
    pub fn replace(
        model: impl Into<Name>,
        row: impl Into<Target>,
        field: impl Into<Name>,
        target: impl Into<Target>,
    ) -> Self {
        Self::Replace { model: model.into(), row: row.into(), field: field.into(), target: target.into() }
    }

    /// Gives a one-to-one key a target; the row that holds the target gets what this row had.
    pub fn swap(
        model: impl Into<Name>,
        row: impl Into<Target>,
        field: impl Into<Name>,
        target: impl Into<Target>,
    ) -> Self {
        Self::Swap { model: model.into(), row: row.into(), field: field.into(), target: target.into() }
    }

    /// Names the row that a key falls back to: `Cell::row` or `Cell::Null`.
    pub fn set_substitute(model: impl Into<Name>, field: impl Into<Name>, row: Cell) -> Self {
        Self::SetSubstitute { model: model.into(), field: field.into(), row }
    }

    /// Runs operations in a transaction, which is committed or rolled back.
    pub fn transaction(commits: bool, operations: impl IntoIterator<Item = Self>) -> Self {
        Self::Transaction { commits, operations: operations.into_iter().collect() }
    }

    /// How many operations this is: a transaction counts as one, and with it all that it does. O(operations).
    pub fn count(&self) -> usize {
        let (mut count, mut left) = (0, alloc::vec![self]);
        while let Some(operation) = left.pop() {
            count += 1;
            if let Self::Transaction { operations, .. } = operation {
                left.extend(operations);
            }
        }
        count
    }
}

fn targets<T: Into<Target>>(given: impl IntoIterator<Item = T>) -> Vec<Target> {
    given.into_iter().map(Into::into).collect()
}
