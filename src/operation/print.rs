//! `Debug` of programs: Rust that can be pasted into a test.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter, Write as _};

use super::{Cell, Fields, Name, Operation, Target};

/// A row alone: a bare number stands for a living one.
impl Debug for Target {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Living(position) => write!(formatter, "{position}"),
            _ => self.spell(formatter),
        }
    }
}

impl Target {
    fn spell(self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Living(position) => write!(formatter, "Target::Living({position})"),
            Self::Gone(position) => write!(formatter, "Target::Gone({position})"),
            Self::Reserved(position) => write!(formatter, "Target::Reserved({position})"),
        }
    }
}

impl<R: Debug> Debug for Cell<R> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("Cell::Null"),
            Self::Bool(value) => write!(formatter, "Cell::Bool({value})"),
            Self::Int(value) => write!(formatter, "Cell::Int({value})"),
            Self::Float(value) if value.is_nan() => formatter.write_str("Cell::Float(f64::NAN)"),
            Self::Float(f64::INFINITY) => formatter.write_str("Cell::Float(f64::INFINITY)"),
            Self::Float(f64::NEG_INFINITY) => formatter.write_str("Cell::Float(f64::NEG_INFINITY)"),
            Self::Float(value) => write!(formatter, "Cell::Float({value:?})"),
            Self::Text(value) => write!(formatter, "Cell::text({value:?})"),
            Self::Row(row) => write!(formatter, "Cell::row({row:?})"),
            Self::Sample(seed) => write!(formatter, "Cell::Sample({seed})"),
        }
    }
}

/// A list as an array; an empty one says its type, which nothing else would tell.
fn list<T>(
    formatter: &mut Formatter<'_>,
    entries: &[T],
    empty: &str,
    mut entry: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    if entries.is_empty() {
        return formatter.write_str(empty);
    }
    for (place, one) in entries.iter().enumerate() {
        formatter.write_str(if place == 0 { "[" } else { ", " })?;
        entry(formatter, one)?;
    }
    formatter.write_str("]")
}

fn field(formatter: &mut Formatter<'_>, (name, cell): &(Name, Cell)) -> fmt::Result {
    write!(formatter, "({name:?}, {cell:?})")
}

fn fields(formatter: &mut Formatter<'_>, given: &Fields) -> fmt::Result {
    list(formatter, given, "Fields::new()", field)
}

/// Rows may have given different numbers of fields, so that they are vectors.
fn rows(formatter: &mut Formatter<'_>, rows: &[Fields]) -> fmt::Result {
    let all_are_empty = rows.iter().all(Vec::is_empty);
    list(formatter, rows, "Vec::<Fields>::new()", |formatter, given| match given.as_slice() {
        [] if all_are_empty => formatter.write_str("Fields::new()"),
        [] => formatter.write_str("vec![]"),
        given => {
            formatter.write_str("vec!")?;
            list(formatter, given, "", field)
        }
    })
}

fn targets(formatter: &mut Formatter<'_>, given: &[Target]) -> fmt::Result {
    let all_are_living = given.iter().all(|target| matches!(target, Target::Living(_)));
    list(formatter, given, "Vec::<Target>::new()", |formatter, target| {
        if all_are_living { Debug::fmt(target, formatter) } else { target.spell(formatter) }
    })
}

impl Debug for Operation {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insert { model, fields: given } => {
                write!(formatter, "Operation::insert({model:?}, ")?;
                fields(formatter, given)?;
            }
            Self::InsertMany { model, rows: given } => {
                write!(formatter, "Operation::insert_many({model:?}, ")?;
                rows(formatter, given)?;
            }
            Self::Reserve { model } => write!(formatter, "Operation::reserve({model:?}")?,
            Self::InsertReserved { model, row, fields: given } => {
                write!(formatter, "Operation::insert_reserved({model:?}, {row:?}, ")?;
                fields(formatter, given)?;
            }
            Self::Set { model, row, field, value } => {
                write!(formatter, "Operation::set({model:?}, {row:?}, {field:?}, {value:?}")?;
            }
            Self::Update { model, row, fields: given } => {
                write!(formatter, "Operation::update({model:?}, {row:?}, ")?;
                fields(formatter, given)?;
            }
            Self::Delete { model, row } => write!(formatter, "Operation::delete({model:?}, {row:?}")?,
            Self::DeleteMany { model, rows } => {
                write!(formatter, "Operation::delete_many({model:?}, ")?;
                targets(formatter, rows)?;
            }
            Self::DeleteWhere { model, field, value } => {
                write!(formatter, "Operation::delete_where({model:?}, {field:?}, {value:?}")?;
            }
            Self::Links { verb, model, row, relation, others, extra } => {
                write!(formatter, "Operation::links(Verb::{verb:?}, {model:?}, {row:?}, {relation:?}, ")?;
                targets(formatter, others)?;
                if !extra.is_empty() {
                    formatter.write_str(").with_extra(")?;
                    rows(formatter, extra)?;
                }
            }
            Self::Replace { model, row, field, target } => {
                write!(formatter, "Operation::replace({model:?}, {row:?}, {field:?}, {target:?}")?;
            }
            Self::Swap { model, row, field, target } => {
                write!(formatter, "Operation::swap({model:?}, {row:?}, {field:?}, {target:?}")?;
            }
            Self::SetSubstitute { model, field, row } => {
                write!(formatter, "Operation::set_substitute({model:?}, {field:?}, {row:?}")?;
            }
            Self::Transaction { commits, operations } => {
                write!(formatter, "Operation::transaction({commits}, ")?;
                // Programs nest as deep as their transactions do, which strategies keep to a few levels.
                list(formatter, operations, "[]", |formatter, operation| Debug::fmt(operation, formatter))?;
            }
        }
        formatter.write_str(")")
    }
}

/// A program as the lines of a test: `let program = [ ... ];`.
///
/// ```
/// use relarena::operation::{Operation, paste};
///
/// let program = [Operation::delete("Author", 0), Operation::delete("Book", 1)];
/// assert_eq!(paste(&program), "[\n    Operation::delete(\"Author\", 0),\n    Operation::delete(\"Book\", 1),\n]");
/// ```
pub fn paste(program: &[Operation]) -> String {
    let mut text = String::from("[\n");
    for operation in program {
        writeln!(text, "    {operation:?},").expect("a text takes all that is written to it");
    }
    text.push(']');
    text
}
