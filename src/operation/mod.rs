//! Programs of writes as data: what is to be done, with positions for rows.
//!
//! An operation names a row by its position among the living rows of a model, modulo their number, so that every program
//! is legal, also what shrinking leaves of one. `Debug` prints Rust that can be pasted into a test; with the feature
//! `serde` programs are data for it. Absent here: stores, the reference, strategies.

mod make;
mod print;
mod statement;

pub use print::paste;
pub use statement::{LinkStatement, Statement, Verb};

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::id::RowKey;
use crate::value::Value;

/// The name of a model, field or relation.
pub type Name = Cow<'static, str>;

/// A row's name in the reference: given once, in the order of creation, over all models.
pub type Label = u32;

/// Values by field name.
pub type Fields<R = Target> = Vec<(Name, Cell<R>)>;

/// A row of a model by position, in the order of creation and modulo how many there are. Where there are none, the
/// operation is left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Target {
    /// A row that is there.
    Living(u16),
    /// A row that was deleted; a living one as long as none was.
    Gone(u16),
    /// An id that was reserved and not yet inserted; a living one where there is none.
    Reserved(u16),
}

impl From<u16> for Target {
    fn from(position: u16) -> Self {
        Self::Living(position)
    }
}

/// What a field is given. Rows are named by position in an operation, by label in a statement.
#[derive(Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Cell<R = Target> {
    /// Nothing: `None` of an optional field.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A floating-point number.
    Float(f64),
    /// A text.
    Text(String),
    /// A reference to a row.
    Row(R),
    /// A value of a type without [`FieldValue`](crate::FieldValue): what the field's strategy makes of this seed.
    Sample(u64),
}

impl<R> Cell<R> {
    /// The cell as a value; a row as `row` says, a sample as null.
    pub fn to_value(&self, row: impl FnOnce(&R) -> Value) -> Value {
        match self {
            Self::Null | Self::Sample(_) => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Text(value) => Value::Text(value.clone()),
            Self::Row(one) => row(one),
        }
    }

    /// A plain value as a cell; a key as `row` says.
    pub fn from_value(value: Value, row: impl FnOnce(RowKey) -> R) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Int(value) => Self::Int(value),
            Value::Float(value) => Self::Float(value),
            Value::Text(value) => Self::Text(value),
            Value::Key(key) => Self::Row(row(key)),
        }
    }
}

/// One step of a program of writes. Legal in any order, so that shrinking may leave any out.
///
/// ```
/// use relarena::operation::{Cell, Operation};
///
/// let program = [
///     Operation::insert("Author", [("name", Cell::text("Lem"))]),
///     Operation::insert("Book", [("title", Cell::text("Solaris")), ("author", Cell::row(0))]),
///     Operation::transaction(false, [Operation::delete("Author", 0)]),
/// ];
/// // What `Debug` prints is what was written.
/// assert_eq!(format!("{:?}", program[2]), r#"Operation::transaction(false, [Operation::delete("Author", 0)])"#);
/// ```
#[derive(Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Operation {
    /// Inserts a row. Fields left out take their default.
    #[non_exhaustive]
    Insert {
        /// Its model.
        model: Name,
        /// Its fields.
        fields: Fields,
    },
    /// Inserts rows, all or none.
    #[non_exhaustive]
    InsertMany {
        /// Their model.
        model: Name,
        /// Their fields.
        rows: Vec<Fields>,
    },
    /// Reserves an id.
    #[non_exhaustive]
    Reserve {
        /// The model of the row to come.
        model: Name,
    },
    /// Inserts the row of a reserved id.
    #[non_exhaustive]
    InsertReserved {
        /// Its model.
        model: Name,
        /// The id.
        row: Target,
        /// Its fields.
        fields: Fields,
    },
    /// Sets one field.
    #[non_exhaustive]
    Set {
        /// The row's model.
        model: Name,
        /// The row.
        row: Target,
        /// The field.
        field: Name,
        /// Its new content.
        value: Cell,
    },
    /// Changes fields of a row as one statement.
    #[non_exhaustive]
    Update {
        /// The row's model.
        model: Name,
        /// The row.
        row: Target,
        /// New contents.
        fields: Fields,
    },
    /// Deletes a row.
    #[non_exhaustive]
    Delete {
        /// The row's model.
        model: Name,
        /// The row.
        row: Target,
    },
    /// Deletes rows as one set.
    #[non_exhaustive]
    DeleteMany {
        /// The rows' model.
        model: Name,
        /// The rows.
        rows: Vec<Target>,
    },
    /// Deletes the rows that have this in a field.
    #[non_exhaustive]
    DeleteWhere {
        /// The rows' model.
        model: Name,
        /// The field.
        field: Name,
        /// Its content.
        value: Cell,
    },
    /// Changes the links of a row.
    #[non_exhaustive]
    Links {
        /// What becomes of them.
        verb: Verb,
        /// The row's model.
        model: Name,
        /// The row.
        row: Target,
        /// The many-to-many relation, from either end.
        relation: Name,
        /// Rows at the other end.
        others: Vec<Target>,
        /// Further fields of new rows of a through model, in turn.
        extra: Vec<Fields>,
    },
    /// Gives a one-to-one key a target; the row that holds the target is left with null.
    #[non_exhaustive]
    Replace {
        /// The row's model.
        model: Name,
        /// The row.
        row: Target,
        /// The one-to-one key.
        field: Name,
        /// Its new target.
        target: Target,
    },
    /// Gives a one-to-one key a target; the row that holds the target gets what this row had.
    #[non_exhaustive]
    Swap {
        /// The row's model.
        model: Name,
        /// The row.
        row: Target,
        /// The one-to-one key.
        field: Name,
        /// Its new target.
        target: Target,
    },
    /// Names the row that a key falls back to.
    #[non_exhaustive]
    SetSubstitute {
        /// The key's model.
        model: Name,
        /// The key.
        field: Name,
        /// The row, or null.
        row: Cell,
    },
    /// Runs operations in a transaction; nested ones are savepoints.
    #[non_exhaustive]
    Transaction {
        /// Whether it is committed or rolled back.
        commits: bool,
        /// What it does.
        operations: Vec<Operation>,
    },
}
