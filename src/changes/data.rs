//! Lists of changes as plain data for `serde`: names instead of types, for files and for the wire.
//!
//! Data from elsewhere may be anything: names and values are checked before it becomes a list again, and whether the list
//! fits a store when it is applied.

use alloc::borrow::ToOwned as _;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::{Allocation, Changes, Free, LinkChange, SlotChange, SubstituteChange, Version};
use crate::catalog::{Catalog, LinkStorage};
use crate::error::{Error, RelationName};
use crate::id::RawId;
use crate::journal::Substitute;
use crate::model::{FieldKind, Input};
use crate::table::{Schema, field_value};
use crate::value::{Value, ValueType};

/// A list of [`Changes`] as data: `Serialize` and `Deserialize`.
///
/// Floats that are no numbers go through binary formats, but not through JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChangesData {
    rows: Vec<RowData>,
    links: Vec<LinkData>,
    substitutes: Vec<SubstituteData>,
    slots: Vec<SlotsData>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct RowData {
    model: String,
    slot: u32,
    old: Option<VersionData>,
    new: Option<VersionData>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct VersionData {
    generation: u32,
    fields: BTreeMap<String, ValueData>,
}

/// Slot and generation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct IdData(u32, u32);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum ValueData {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    Key(IdData),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct LinkData {
    model: String,
    relation: String,
    source: IdData,
    target: IdData,
    is_linked: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SubstituteData {
    model: String,
    field: String,
    old: Option<ValueData>,
    new: Option<ValueData>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SlotsData {
    model: String,
    common: usize,
    old_free: Vec<u32>,
    old_used: u32,
    new_free: Vec<u32>,
    new_used: u32,
    generations: Vec<(u32, u32, u32)>,
}

impl<S: Schema> Changes<S> {
    /// The list as data. O(size of the changed rows).
    ///
    /// # Errors
    ///
    /// [`Error::WrongData`] if a changed row has a field whose type does not implement [`FieldValue`](crate::FieldValue).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # use relarena::{Changes, ChangesData};
    /// # #[derive(Model, Clone)] struct Piece { square: u8 }
    /// # #[derive(Schema)] struct Board { pieces: Table<Piece> }
    /// let mut here = Store::<Board>::new();
    /// let mut there = here.clone();
    /// let (rook, changes) = here.transaction_changes(|tx| Ok(tx.insert(Piece { square: 3 })?))?;
    /// let wire = serde_json::to_string(&changes.to_data()?).expect("the data is plain");
    /// let data: ChangesData = serde_json::from_str(&wire).expect("it was written a line above");
    /// there.apply(&Changes::from_data(&data)?)?;
    /// assert_eq!(there[rook].square, 3);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn to_data(&self) -> Result<ChangesData, Error> {
        let model_name = |model: usize| self.catalog.models()[model].descriptor.name.to_owned();
        let version =
            |model: usize, version: Option<Version>| version.map(|one| self.version_data(model, one)).transpose();
        let rows = self.rows.iter().map(|row| {
            let (old, new) = (version(row.model, row.old)?, version(row.model, row.new)?);
            Ok(RowData { model: model_name(row.model), slot: row.slot, old, new })
        });
        let links = self.links.iter().map(|link| {
            let RelationName { model, field } = self.catalog.links()[link.link].name;
            LinkData {
                model: model.to_owned(),
                relation: field.to_owned(),
                source: id_data(link.source),
                target: id_data(link.target),
                is_linked: link.is_linked,
            }
        });
        let substitutes = self.substitutes.iter().map(|change| {
            let RelationName { model, field } = self.catalog.relations()[change.relation].name;
            let (old, new) = (substitute_data(change.old), substitute_data(change.new));
            SubstituteData { model: model.to_owned(), field: field.to_owned(), old, new }
        });
        let slots = self.allocations.iter().map(|one| SlotsData {
            model: model_name(one.model),
            common: one.common,
            old_free: one.old.slots.clone(),
            old_used: one.old.used,
            new_free: one.new.slots.clone(),
            new_used: one.new.used,
            generations: one.generations.clone(),
        });
        Ok(ChangesData {
            rows: rows.collect::<Result<_, Error>>()?,
            links: links.collect(),
            substitutes: substitutes.collect(),
            slots: slots.collect(),
        })
    }

    fn version_data(&self, model: usize, version: Version) -> Result<VersionData, Error> {
        let mut fields = BTreeMap::new();
        for (place, field) in self.catalog.models()[model].descriptor.fields.iter().enumerate() {
            if matches!(field.kind, FieldKind::Value(ValueType::Opaque)) {
                let model = self.catalog.models()[model].descriptor.name;
                return Err(wrong(format!("{model}.{} has a type without `FieldValue`; implement it", field.name)));
            }
            let value = match field_value(&self.catalog, &self.kept.tables, model, version.place, place) {
                Value::Null => ValueData::Null,
                Value::Bool(value) => ValueData::Bool(value),
                Value::Int(value) => ValueData::Int(value),
                Value::Float(value) => ValueData::Float(value),
                Value::Text(value) => ValueData::Text(value),
                Value::Key(row) => ValueData::Key(id_data(row.raw())),
            };
            fields.insert(field.name.to_owned(), value);
        }
        Ok(VersionData { generation: version.id.generation(), fields })
    }

    /// The list that the data tells, for stores of this schema. O(size of the data).
    ///
    /// # Errors
    ///
    /// [`Error::UnknownModel`], [`Error::UnknownField`], [`Error::WrongType`], [`Error::Null`] for names and values that do
    /// not fit the schema; [`Error::WrongData`] for what no store could have made.
    pub fn from_data(data: &ChangesData) -> Result<Self, Error> {
        let mut changes = Self::empty(Arc::new(S::catalog()));
        let catalog = Arc::clone(&changes.catalog);
        let mut seen = BTreeSet::new();
        for row in &data.rows {
            let model = catalog.model(&row.model)?;
            let mut version = |data: &Option<VersionData>| {
                data.as_ref().map(|data| changes.read_version(model, row.slot, data)).transpose()
            };
            let (old, new) = (version(&row.old)?, version(&row.new)?);
            if old.is_none() && new.is_none() || !seen.insert((model, row.slot)) {
                return Err(wrong(format!("slot {} of {} occurs without a row, or twice", row.slot, row.model)));
            }
            changes.rows.push(SlotChange { model, slot: row.slot, old, new });
        }
        for link in &data.links {
            changes.links.push(read_link(&catalog, link)?);
        }
        for change in &data.substitutes {
            let model = catalog.model(&change.model)?;
            let relation = catalog.relation_of_field(model, catalog.field(model, &change.field)?);
            let relation = relation.ok_or_else(|| wrong(format!("{}.{} is no key", change.model, change.field)))?;
            let nullable = catalog.relations()[relation].nullable;
            let (old, new) = (read_substitute(change.old.as_ref())?, read_substitute(change.new.as_ref())?);
            if !nullable && [old, new].contains(&Substitute::Null) {
                return Err(wrong(format!("{}.{} cannot fall back to null", change.model, change.field)));
            }
            changes.substitutes.push(SubstituteChange { relation, old, new });
        }
        for slots in &data.slots {
            changes.allocations.push(Allocation {
                model: catalog.model(&slots.model)?,
                common: slots.common,
                old: Free { slots: slots.old_free.clone(), used: slots.old_used },
                new: Free { slots: slots.new_free.clone(), used: slots.new_used },
                generations: slots.generations.clone(),
            });
        }
        Ok(changes)
    }

    fn read_version(&mut self, model: usize, slot: u32, data: &VersionData) -> Result<Version, Error> {
        let catalog = Arc::clone(&self.catalog);
        let descriptor = catalog.models()[model].descriptor;
        let mut input = Input::new(descriptor);
        if let Some(missing) = descriptor.fields.iter().find(|field| !data.fields.contains_key(field.name)) {
            return Err(wrong(format!("a row of {} comes without its field `{}`", descriptor.name, missing.name)));
        }
        for (name, value) in &data.fields {
            let field = catalog.field(model, name)?;
            match (catalog.relation_of_field(model, field).is_some(), value) {
                (true, ValueData::Null) => input.give_key(field, None),
                (true, ValueData::Key(target)) => input.give_key(field, Some(read_id(*target)?)),
                (false, value) if !matches!(value, ValueData::Key(_)) => input.give(field, plain_value(value)),
                _ => {
                    return Err(wrong(format!(
                        "{}.{name} has a key where a value belongs, or a value for a key",
                        descriptor.name
                    )));
                }
            }
        }
        let id = read_id(IdData(slot, data.generation))?;
        Ok(Version { id, place: self.kept.build(model, &mut input)? })
    }
}

fn wrong(what: String) -> Error {
    Error::WrongData { what: what.into() }
}

fn id_data(id: RawId) -> IdData {
    IdData(id.slot(), id.generation())
}

fn read_id(IdData(slot, generation): IdData) -> Result<RawId, Error> {
    let odd = NonZeroU32::new(generation).filter(|generation| generation.get() & 1 == 1);
    let generation = odd.ok_or_else(|| wrong(format!("a row's generation is odd, and {generation} is not")))?;
    Ok(RawId::new(slot, generation))
}

fn plain_value(value: &ValueData) -> Value {
    match value {
        ValueData::Null | ValueData::Key(_) => Value::Null,
        ValueData::Bool(value) => Value::Bool(*value),
        ValueData::Int(value) => Value::Int(*value),
        ValueData::Float(value) => Value::Float(*value),
        ValueData::Text(value) => Value::Text(value.clone()),
    }
}

fn substitute_data(substitute: Substitute) -> Option<ValueData> {
    match substitute {
        Substitute::Unnamed => None,
        Substitute::Null => Some(ValueData::Null),
        Substitute::Row(row) => Some(ValueData::Key(id_data(row))),
    }
}

fn read_substitute(data: Option<&ValueData>) -> Result<Substitute, Error> {
    match data {
        None => Ok(Substitute::Unnamed),
        Some(ValueData::Null) => Ok(Substitute::Null),
        Some(ValueData::Key(row)) => Ok(Substitute::Row(read_id(*row)?)),
        Some(_) => Err(wrong("a substitute is a row or null".into())),
    }
}

fn read_link(catalog: &Catalog, data: &LinkData) -> Result<LinkChange, Error> {
    let name = |info: &RelationName| info.model == data.model && info.field == data.relation;
    let found = catalog.links().iter().position(|info| name(&info.name));
    let unknown = || wrong(format!("the schema has no links {}.{}", data.model, data.relation));
    let link = found.ok_or_else(unknown)?;
    let (source, target) = (read_id(data.source)?, read_id(data.target)?);
    match catalog.links()[link].storage {
        LinkStorage::Through { .. } => Err(unknown()),
        LinkStorage::Direct | LinkStorage::Symmetrical => {
            Ok(LinkChange { link, source, target, is_linked: data.is_linked })
        }
    }
}
