//! Paths by name: names joined by dots, resolved to hops and a field or the row itself.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::aggregate::Read;
use super::comparison::{Access, Test};
use super::lookup::{Holds, Lookup, NamedOperand};
use super::path::Hop;
use crate::catalog::{Accessor, Catalog, LinkStorage, Side};
use crate::error::Error;
use crate::id::RawId;
use crate::relation::Target;
use crate::table::{Schema, field_value};
use crate::value::Value;
use crate::view::View;

/// What a path by name ends with.
#[derive(Clone, Copy)]
pub(super) enum NamedLeaf {
    Row,
    Field(usize),
    /// A key, by its relation: what it says counts, even where it dangles.
    Key(usize),
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
        let along = |relation: usize| Hop::Forward(catalog.relations()[relation].ordinal as u16);
        let back = |relation: usize| {
            let info = &catalog.relations()[relation];
            Hop::Referrers(info.name.model, info.ordinal as u16)
        };
        // The key of the last hop, if it is one.
        let mut last = None;
        let mut names = path.split('.').peekable();
        while let Some(name) = names.next() {
            let is_last = names.peek().is_none();
            match catalog.accessor(model, name) {
                Err(_) if name == "id" && is_last => break,
                Err(error) => return Err(error),
                Ok(Accessor::Field(field)) => match catalog.relation_of_field(model, field) {
                    Some(relation) => {
                        hops.push(along(relation));
                        (model, last) = (catalog.relations()[relation].target, Some(relation));
                    }
                    None if is_last => {
                        leaf = NamedLeaf::Field(field);
                        break;
                    }
                    None => {
                        return Err(catalog.unknown(model, name));
                    }
                },
                Ok(Accessor::Referrers(relation)) => {
                    hops.push(back(relation));
                    (model, last) = (catalog.relations()[relation].source, None);
                }
                Ok(Accessor::Links(link, side)) => {
                    let info = &catalog.links()[link];
                    let ordinal = (link - catalog.models()[info.source].first_link) as u16;
                    last = match (info.storage, side) {
                        (LinkStorage::Through { source_key: here, target_key: there }, Side::Source)
                        | (LinkStorage::Through { target_key: here, source_key: there }, Side::Target) => {
                            hops.extend([back(here), along(there)]);
                            Some(there)
                        }
                        (_, Side::Source) => {
                            hops.push(Hop::Links(ordinal));
                            None
                        }
                        (_, Side::Target) => {
                            hops.push(Hop::LinksBack(info.name.model, ordinal));
                            None
                        }
                    };
                    model = if side == Side::Source { info.target } else { info.source };
                }
            }
        }
        if let (NamedLeaf::Row, Some(relation)) = (leaf, last) {
            hops.pop();
            (model, leaf) = (catalog.relations()[relation].source, NamedLeaf::Key(relation));
        }
        Ok(NamedPath { hops, model, leaf })
    }

    /// The field at its end, a key too.
    pub(super) fn field(&self, catalog: &Catalog) -> Option<usize> {
        match self.leaf {
            NamedLeaf::Row => None,
            NamedLeaf::Field(field) => Some(field),
            NamedLeaf::Key(relation) => Some(catalog.relations()[relation].field),
        }
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
        (Some(slot), NamedLeaf::Key(relation)) => {
            let relation = &view.catalog().relations()[relation];
            match view.engine.relations.target(relation, slot) {
                Target::Slot(target) => key(view, relation.target, target),
                Target::Null => Value::Null,
                Target::Dangling => field_value(view.catalog(), &view.tables, model, slot, relation.field),
            }
        }
    })
}

/// A comparison of what a path by name leads to.
pub(super) struct NamedTest<'q, S> {
    pub(super) read: Read<'q, S>,
    pub(super) holds: Holds,
    pub(super) lookup: Lookup,
    pub(super) served: NamedAccess,
}

/// How the rows that may satisfy a comparison are found.
pub(super) enum NamedAccess {
    /// By a scan.
    None,
    /// By values of a field, which an index may serve.
    Values(usize, Vec<Value>),
    /// By rows that are named, or are pointed at by a key that is named.
    Rows(Vec<RawId>, Option<usize>),
}

impl<S: Schema> Test<S> for NamedTest<'_, S> {
    fn holds(&self, view: &View<S>, slot: Option<u32>) -> bool {
        (self.holds)(&(self.read)(view, slot))
    }

    fn value(&self, view: &View<S>, slot: Option<u32>) -> Option<Value> {
        Some((self.read)(view, slot))
    }

    fn access(&self) -> Access<'_> {
        match &self.served {
            NamedAccess::None => Access::None,
            NamedAccess::Values(field, values) => Access::Named { field: *field, lookup: self.lookup, values },
            NamedAccess::Rows(rows, key) => Access::Rows { count: rows.len(), key: *key },
        }
    }

    fn row(&self, place: usize) -> RawId {
        match &self.served {
            NamedAccess::Rows(rows, _) => rows[place],
            NamedAccess::None | NamedAccess::Values(..) => RawId::NULL,
        }
    }
}

/// How the rows that may satisfy a comparison are found.
pub(super) fn access(catalog: &Catalog, path: &NamedPath, lookup: Lookup, operand: &NamedOperand) -> NamedAccess {
    let (model, key) = match path.leaf {
        NamedLeaf::Key(relation) => (catalog.relations()[relation].target, Some(relation)),
        NamedLeaf::Row | NamedLeaf::Field(_) => (path.model, None),
    };
    let row = |value: &Value| match value {
        Value::Key(row) if row.model_index() == model => Some(row.raw()),
        _ => None,
    };
    match (path.leaf, lookup, operand) {
        (NamedLeaf::Row | NamedLeaf::Key(_), Lookup::Exact, NamedOperand::Value(value)) => match row(value) {
            Some(row) => NamedAccess::Rows(alloc::vec![row], key),
            None => NamedAccess::None,
        },
        (NamedLeaf::Row | NamedLeaf::Key(_), Lookup::In, NamedOperand::List(list)) => {
            NamedAccess::Rows(list.iter().filter_map(row).collect(), key)
        }
        (NamedLeaf::Field(field), _, NamedOperand::Value(value)) if *value != Value::Null => {
            NamedAccess::Values(field, alloc::vec![value.clone()])
        }
        (NamedLeaf::Field(field), Lookup::In | Lookup::Range, NamedOperand::List(list)) => {
            let values = list.iter().filter(|value| **value != Value::Null).cloned().collect();
            NamedAccess::Values(field, values)
        }
        _ => NamedAccess::None,
    }
}
