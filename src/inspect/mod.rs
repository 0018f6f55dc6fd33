//! The by-name face: rows read and written through names and [`Value`]s, with the same checks as the typed face.
//!
//! Inspectors, saves and replayers stand on it; it needs no model type, so that it serves any schema.

mod diagram;
mod insert;
mod print;
mod read;
mod write;

pub use diagram::SchemaDiagram;

use crate::value::Value;

/// Values by field name.
pub type NamedValues<'a> = &'a [(&'a str, Value)];
