//! Paths by name: names joined by dots, resolved to hops and a field or the row itself.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::aggregate::Read;
use super::comparison::{Access, Test};
use super::lookup::{Holds, Lookup, NamedOperand};
use super::path::Hop;
use crate::catalog::{Accessor, Catalog, Side};
use crate::error::Error;
use crate::id::RawId;
use crate::table::Schema;
use crate::value::Value;
use crate::view::View;

/// What a path by name ends with.
#[derive(Clone, Copy)]
pub(super) enum NamedLeaf {
    Row,
    Field(usize),
}

/// A path by name, resolved.
pub(super) struct NamedPath {
    pub(super) hops: Vec<Hop>,
    pub(super) model: usize,
    pub(super) leaf: NamedLeaf,
}

impl NamedPath {
    /// Resolves a path from a model. O(length) expected.
    pub(super) fn new(catalog: &Catalog, start: usize, path: &str) -> Result<Self, Error> {
        let (mut hops, mut model, mut leaf) = (Vec::new(), start, NamedLeaf::Row);
        let mut names = path.split('.').peekable();
        while let Some(name) = names.next() {
            let is_last = names.peek().is_none();
            let (hop, next) = match catalog.accessor(model, name) {
                Err(_) if name == "id" && is_last => break,
                Err(error) => return Err(error),
                Ok(Accessor::Field(field)) => match catalog.relation_of_field(model, field) {
                    Some(relation) => {
                        let info = &catalog.relations()[relation];
                        (Hop::Forward(info.ordinal as u16), info.target)
                    }
                    None if is_last => {
                        leaf = NamedLeaf::Field(field);
                        break;
                    }
                    None => {
                        let model = catalog.models()[model].descriptor.name;
                        return Err(Error::UnknownField { model, field: path.into() });
                    }
                },
                Ok(Accessor::Referrers(relation)) => {
                    let info = &catalog.relations()[relation];
                    (Hop::Referrers(info.name.model, info.ordinal as u16), info.source)
                }
                Ok(Accessor::Links(link, side)) => {
                    let info = &catalog.links()[link];
                    let ordinal = (link - catalog.models()[info.source].first_link) as u16;
                    match side {
                        Side::Source => (Hop::Links(ordinal), info.target),
                        Side::Target => (Hop::LinksBack(info.name.model, ordinal), info.source),
                    }
                }
            };
            hops.push(hop);
            model = next;
        }
        Ok(NamedPath { hops, model, leaf })
    }
}

pub(super) fn key<S: Schema>(view: &View<S>, model: usize, slot: u32) -> Value {
    Value::Key(view.engine.row_key(model, slot))
}

pub(super) fn read<'q, S: Schema>(path: &NamedPath) -> Read<'q, S> {
    let (model, leaf) = (path.model, path.leaf);
    Box::new(move |view, slot| match (slot, leaf) {
        (None, _) => Value::Null,
        (Some(slot), NamedLeaf::Row) => key(view, model, slot),
        (Some(slot), NamedLeaf::Field(field)) => view.tables.table(model).value(slot, field),
    })
}

/// A comparison of what a path by name leads to.
pub(super) struct NamedTest<'q, S> {
    pub(super) read: Read<'q, S>,
    pub(super) holds: Holds,
    pub(super) lookup: Lookup,
    /// The field that an index may serve, the rows that are named, and the values that are looked up.
    pub(super) field: Option<usize>,
    pub(super) rows: Vec<RawId>,
    pub(super) values: Vec<Value>,
}

impl<S: Schema> Test<S> for NamedTest<'_, S> {
    fn holds(&self, view: &View<S>, slot: Option<u32>) -> bool {
        (self.holds)(&(self.read)(view, slot))
    }

    fn access(&self) -> Access<'_> {
        match self.field {
            Some(field) => Access::Named { field, lookup: self.lookup, values: &self.values },
            None if self.rows.is_empty() => Access::None,
            None => Access::Rows(self.rows.len()),
        }
    }

    fn row(&self, place: usize) -> RawId {
        self.rows[place]
    }
}

/// How the rows that may satisfy a comparison are found: by a field, by the rows that it names, by values.
pub(super) fn access(
    path: &NamedPath,
    lookup: Lookup,
    operand: &NamedOperand,
) -> (Option<usize>, Vec<RawId>, Vec<Value>) {
    let row = |value: &Value| match value {
        Value::Key(row) if row.model_index() == path.model => Some(row.raw()),
        _ => None,
    };
    match (path.leaf, lookup, operand) {
        (NamedLeaf::Row, Lookup::Exact, NamedOperand::Value(value)) => {
            (None, row(value).into_iter().collect(), Vec::new())
        }
        (NamedLeaf::Row, Lookup::In, NamedOperand::List(list)) => {
            (None, list.iter().filter_map(row).collect(), Vec::new())
        }
        (NamedLeaf::Field(field), _, NamedOperand::Value(value)) if *value != Value::Null => {
            (Some(field), Vec::new(), alloc::vec![value.clone()])
        }
        (NamedLeaf::Field(field), Lookup::In | Lookup::Range, NamedOperand::List(list)) => {
            let values = list.iter().filter(|value| **value != Value::Null).cloned().collect();
            (Some(field), Vec::new(), values)
        }
        _ => (None, Vec::new(), Vec::new()),
    }
}
