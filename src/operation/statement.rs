//! Operations whose rows are found: what the reference, a store and a program under test carry out alike.

use alloc::vec::Vec;

use super::{Cell, Fields, Label, Name};

/// What becomes of links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Verb {
    /// Links are added.
    Link,
    /// Links are taken away.
    Unlink,
    /// Links become exactly these.
    Set,
    /// All links of the row go.
    Clear,
}

/// An operation with labels for rows: no transaction, no position, every name one of the schema.
///
/// Labels are small numbers that are never used twice, so that they serve as primary keys of a program under test.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Statement {
    /// Inserts rows, all or none; their labels are in the [`Effect`](crate::reference::Effect).
    #[non_exhaustive]
    Insert {
        /// Their model.
        model: &'static str,
        /// Their fields.
        rows: Vec<Fields<Label>>,
        /// Whether it was asked for as one call for many rows.
        many: bool,
    },
    /// Reserves an id; its label is in the [`Effect`](crate::reference::Effect).
    #[non_exhaustive]
    Reserve {
        /// The model of the row to come.
        model: &'static str,
    },
    /// Inserts the row of a reserved id.
    #[non_exhaustive]
    InsertReserved {
        /// Its model.
        model: &'static str,
        /// The reserved id.
        row: Label,
        /// Its fields.
        fields: Fields<Label>,
    },
    /// Changes fields of a row. `set` checks a written key even where it does not change; `update` does not.
    #[non_exhaustive]
    Write {
        /// The row's model.
        model: &'static str,
        /// The row.
        row: Label,
        /// New contents.
        fields: Fields<Label>,
        /// Whether it was asked for as `set` of one field.
        is_set: bool,
    },
    /// Deletes a row.
    #[non_exhaustive]
    Delete {
        /// Its model.
        model: &'static str,
        /// The row.
        row: Label,
    },
    /// Deletes rows as one set; those that are gone count for nothing.
    #[non_exhaustive]
    DeleteMany {
        /// Their model.
        model: &'static str,
        /// The rows.
        rows: Vec<Label>,
    },
    /// Deletes the rows that have this in a field.
    #[non_exhaustive]
    DeleteWhere {
        /// Their model.
        model: &'static str,
        /// The field.
        field: &'static str,
        /// Its content.
        value: Cell<Label>,
    },
    /// Changes links of a row.
    Links(LinkStatement),
    /// Gives a one-to-one key a target.
    #[non_exhaustive]
    Reassign {
        /// The row's model.
        model: &'static str,
        /// The row.
        row: Label,
        /// The one-to-one key.
        field: &'static str,
        /// Its new target.
        target: Label,
        /// Whether the row that holds the target gets what this row had; else it is left with null.
        swaps: bool,
    },
    /// Names the row that a key falls back to.
    #[non_exhaustive]
    SetSubstitute {
        /// The key's model.
        model: &'static str,
        /// The key.
        field: &'static str,
        /// The row; none for null.
        row: Option<Label>,
    },
}

impl Statement {
    /// What kind of statement this is, by the name of the operation that it comes from. O(1).
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Insert { many: false, .. } => "Insert",
            Self::Insert { .. } => "InsertMany",
            Self::Reserve { .. } => "Reserve",
            Self::InsertReserved { .. } => "InsertReserved",
            Self::Write { is_set: true, .. } => "Set",
            Self::Write { .. } => "Update",
            Self::Delete { .. } => "Delete",
            Self::DeleteMany { .. } => "DeleteMany",
            Self::DeleteWhere { .. } => "DeleteWhere",
            Self::Links(change) => match change.verb {
                Verb::Link => "Link",
                Verb::Unlink => "Unlink",
                Verb::Set => "SetLinks",
                Verb::Clear => "ClearLinks",
            },
            Self::Reassign { swaps: true, .. } => "Swap",
            Self::Reassign { .. } => "Replace",
            Self::SetSubstitute { .. } => "SetSubstitute",
        }
    }
}

/// What is to become of the links of a row.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LinkStatement {
    /// What becomes of them.
    pub verb: Verb,
    /// The row's model.
    pub model: &'static str,
    /// The row.
    pub row: Label,
    /// The relation as the row's model names it.
    pub relation: Name,
    /// Rows at the other end.
    pub others: Vec<Label>,
    /// Further fields of new rows of a through model: those of the first new row first, and over again.
    pub extra: Vec<Fields<Label>>,
}

impl LinkStatement {
    /// Further fields of the n-th new row of a through model.
    pub fn extra(&self, place: usize) -> &[(Name, Cell<Label>)] {
        if self.extra.is_empty() { &[] } else { &self.extra[place % self.extra.len()] }
    }
}
