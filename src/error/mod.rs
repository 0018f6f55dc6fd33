//! The one error type, and the data its variants carry.
//!
//! Every variant names model, field and row, and its text the fix where one is known. Variants are small; what is large
//! is boxed. Absent here: any text that cannot be rebuilt from the data.

mod blocked;

pub(crate) use blocked::path_to;
pub use blocked::{Blocked, Blocker, Step};

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::id::RowKey;
use crate::value::Value;

/// A relation's name: the model that declares it and the field or link name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationName {
    /// Model that declares the relation.
    pub model: &'static str,
    /// Its field (foreign key, one-to-one) or link name (many-to-many).
    pub field: &'static str,
}

impl fmt::Display for RelationName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.model, self.field)
    }
}

/// One reference: `source` points at `target` through `relation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The foreign key.
    pub relation: RelationName,
    /// The row that points.
    pub source: RowKey,
    /// The row pointed at.
    pub target: RowKey,
}

/// A unique rule that a write would break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniqueViolation {
    /// Model of both rows.
    pub model: &'static str,
    /// Name of the constraint.
    pub constraint: &'static str,
    /// The fields whose values must be unique together.
    pub fields: Vec<&'static str>,
    /// The row that has these values; `None` if it is another row of the same statement.
    pub holder: Option<RowKey>,
}

/// What went wrong. Nothing has changed when a call answers one.
///
/// Deletes answer [`Error::Protected`], [`Error::Restricted`] (Django's `ProtectedError`, `RestrictedError`); writes answer
/// [`Error::RowNotFound`], then [`Error::Null`], [`Error::DanglingTarget`], [`Error::CheckViolation`],
/// [`Error::UniqueViolation`], in this order of precedence.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The row that the call works on does not exist (any more).
    RowNotFound {
        /// The row as named.
        row: RowKey,
    },
    /// A required field was given null, or left out without a default.
    Null {
        /// Model of the row.
        model: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A written reference names a row that does not exist.
    DanglingTarget {
        /// The foreign key or link.
        relation: RelationName,
        /// The row that was named.
        target: RowKey,
    },
    /// A check constraint is false for the row.
    CheckViolation {
        /// Model of the row.
        model: &'static str,
        /// Name of the check.
        constraint: &'static str,
        /// The row; `None` if it was to be inserted.
        row: Option<RowKey>,
    },
    /// Another row has these values already.
    UniqueViolation(Box<UniqueViolation>),
    /// Rows with an `on_delete = protect` key point at rows that would go.
    Protected(Box<Blocked>),
    /// Rows that would stay have an `on_delete = restrict` key to rows that would go.
    Restricted(Box<Blocked>),
    /// References still point at nothing when the outermost transaction ends.
    DanglingReferences(Vec<Reference>),
    /// A delete needs the row for `set_default` or `set_with`, and the program has not named it.
    SubstituteNotNamed {
        /// The foreign key.
        relation: RelationName,
    },
    /// A substitute was named for a key whose `on_delete` never falls back to one.
    NeedsNoSubstitute {
        /// The foreign key.
        relation: RelationName,
    },
    /// The call is only meaningful inside a transaction.
    OutsideTransaction {
        /// The call.
        call: &'static str,
    },
    /// The call makes no sense inside a transaction.
    InsideTransaction {
        /// The call.
        call: &'static str,
    },
    /// The checkpoint was forgotten, is of a future that was rewound, or of another store.
    CheckpointGone,
    /// The mark was forgotten, or is another store's.
    MarkGone,
    /// The store is not in the state in which the changes begin.
    ChangesDoNotFit {
        /// The first row that differs; the next one of its model if only free slots do.
        row: RowKey,
    },
    /// Data from elsewhere that no store of this schema could have written.
    WrongData {
        /// What is wrong with it.
        what: Box<str>,
    },
    /// The id was not reserved in this transaction, or has been inserted already.
    NotReserved {
        /// The id as a row.
        row: RowKey,
    },
    /// The schema has no model of this name.
    UnknownModel {
        /// The name that was asked for.
        name: Box<str>,
    },
    /// The model has no field or relation of this name that the call takes.
    UnknownField {
        /// The model.
        model: &'static str,
        /// The name that was asked for.
        field: Box<str>,
        /// What the name stands for, or the names that the model has.
        known: Box<str>,
    },
    /// A query by name that makes no sense.
    WrongQuery {
        /// What is wrong with it.
        what: Box<str>,
    },
    /// A query that asked for exactly one row found none.
    NoRow {
        /// Model of the rows that were asked.
        model: &'static str,
    },
    /// A query that asked for exactly one row found more.
    SeveralRows {
        /// Model of the rows that were asked.
        model: &'static str,
    },
    /// A value does not fit its field.
    WrongType(Box<WrongType>),
    /// An `on_commit` hook failed after the transaction was committed; later hooks did not run.
    Hook(Box<Error>),
    /// The user's own error, to roll a transaction back with.
    Other(Box<dyn core::error::Error + Send + Sync>),
}

/// A value that does not fit its field.
#[derive(Clone, Debug, PartialEq)]
pub struct WrongType {
    /// Model of the field.
    pub model: &'static str,
    /// The field.
    pub field: &'static str,
    /// What it takes.
    pub expected: &'static str,
    /// What it was given.
    pub found: Value,
}

impl Error {
    /// Wraps an error of the program's own, to return it from a transaction's closure and roll the transaction back.
    ///
    /// ```
    /// use relarena::Error;
    /// assert_eq!(Error::other("not enough gold").to_string(), "not enough gold");
    /// ```
    pub fn other(error: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RowNotFound { row } => write!(formatter, "{row} does not exist"),
            Self::Null { model, field } => {
                write!(formatter, "{model}.{field} is required and was null or left out; give it a value")
            }
            Self::DanglingTarget { relation, target } => {
                write!(
                    formatter,
                    "{relation} names {target}, which does not exist; name a row that is there, or insert it first (a key may also name an id that `reserve` gave)"
                )
            }
            Self::CheckViolation { model, constraint, row: Some(row) } => {
                write!(formatter, "check `{constraint}` of {model} is false for {row}")
            }
            Self::CheckViolation { model, constraint, row: None } => {
                write!(formatter, "check `{constraint}` of {model} is false for the new row")
            }
            Self::UniqueViolation(violation) => violation.fmt(formatter),
            Self::Protected(blocked) => {
                blocked.describe(formatter, "protected", "delete or re-point the referring rows first")
            }
            Self::Restricted(blocked) => blocked.describe(
                formatter,
                "restricted",
                "delete or re-point the referring rows first, or delete them together",
            ),
            Self::DanglingReferences(references) => {
                write!(formatter, "{} reference(s) point at rows that do not exist", references.len())?;
                if let Some(first) = references.first() {
                    write!(formatter, ": {} has {} = {}", first.source, first.relation, first.target)?;
                }
                formatter.write_str("; re-point, null or delete the referring rows before the transaction ends")
            }
            Self::SubstituteNotNamed { relation } => write!(
                formatter,
                "deleting needs the row that {relation} falls back to, and none is named; call `set_substitute` first"
            ),
            Self::NeedsNoSubstitute { relation } => write!(
                formatter,
                "{relation} never falls back to a row; declare it with `on_delete = set_default` or `set_with`"
            ),
            Self::OutsideTransaction { call } => {
                write!(formatter, "`{call}` outside a transaction; call it on the argument of a `transaction` closure")
            }
            Self::InsideTransaction { call } => {
                write!(formatter, "`{call}` inside a transaction; call it before the transaction or after")
            }
            Self::CheckpointGone => formatter.write_str(
                "the checkpoint is gone: forgotten, of a future that was rewound, or of another store; take a new one",
            ),
            Self::MarkGone => formatter.write_str("the mark is gone: forgotten, or of another store; take a new one"),
            Self::ChangesDoNotFit { row } => write!(
                formatter,
                "the changes do not begin in this store's state: {row} differs; apply them to a copy of the store at the mark"
            ),
            Self::WrongData { what } => write!(formatter, "the data is not of a store of this schema: {what}"),
            Self::NotReserved { row } => {
                write!(formatter, "{row} is not reserved in this transaction; `reserve` it, and insert it once")
            }
            Self::UnknownModel { name } => write!(formatter, "the schema has no model `{name}`"),
            Self::UnknownField { model, field, known } => {
                write!(formatter, "{model} has no fitting field or relation `{field}`: {known}")
            }
            Self::WrongQuery { what } => write!(formatter, "the query makes no sense: {what}"),
            Self::NoRow { model } => write!(formatter, "no {model} satisfies the query; `first` answers an `Option`"),
            Self::SeveralRows { model } => {
                write!(formatter, "more than one {model} satisfies the query; narrow it, or ask for `first`")
            }
            Self::WrongType(wrong) => write!(
                formatter,
                "{}.{} takes {}, not {} ({})",
                wrong.model,
                wrong.field,
                wrong.expected,
                wrong.found.kind(),
                wrong.found
            ),
            Self::Hook(error) => write!(formatter, "committed, but an on_commit hook failed: {error}"),
            Self::Other(error) => error.fmt(formatter),
        }
    }
}

impl fmt::Display for UniqueViolation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.", self.model)?;
        match self.fields.as_slice() {
            [field] => formatter.write_str(field)?,
            fields => {
                formatter.write_str("(")?;
                for (place, field) in fields.iter().enumerate() {
                    write!(formatter, "{}{field}", if place == 0 { "" } else { ", " })?;
                }
                formatter.write_str(")")?;
            }
        }
        write!(formatter, " must be unique (constraint `{}`), and ", self.constraint)?;
        match self.holder {
            Some(holder) => write!(formatter, "{holder} has the same value"),
            None => formatter.write_str("another row of the same statement has the same value"),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Hook(error) => Some(error),
            Self::Other(error) => error.source(),
            _ => None,
        }
    }
}

/// A refused insert: the error, and the row handed back.
///
/// Turns into [`Error`] with `?`.
pub struct InsertError<M> {
    /// What went wrong.
    pub error: Error,
    /// The row that was not inserted.
    pub row: M,
}

/// A refused bulk insert: the error, which row it is about, and all rows handed back.
///
/// Turns into [`Error`] with `?`.
pub struct InsertManyError<M> {
    /// What went wrong.
    pub error: Error,
    /// Place of the offending row in `rows`.
    pub position: usize,
    /// All rows of the call, in order; none was inserted.
    pub rows: Vec<M>,
}

macro_rules! carrier {
    ($carrier:ident) => {
        impl<M> From<$carrier<M>> for Error {
            fn from(refused: $carrier<M>) -> Self {
                refused.error
            }
        }
        impl<M> fmt::Debug for $carrier<M> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.error, formatter)
            }
        }
        impl<M> fmt::Display for $carrier<M> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.error, formatter)
            }
        }
        impl<M> core::error::Error for $carrier<M> {
            fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
                self.error.source()
            }
        }
    };
}
carrier!(InsertError);
carrier!(InsertManyError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stays_small() {
        assert!(size_of::<Error>() <= 72, "{} bytes", size_of::<Error>());
    }
}
