//! Inserts by name. Names are resolved once for rows that give the same fields in the same order.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::NamedValues;
use crate::catalog::{Accessor, Catalog};
use crate::engine::insert_built;
use crate::error::{Error, WrongType};
use crate::id::{RawId, RowKey};
use crate::journal::Substitute;
use crate::model::{Input, OnDelete};
use crate::store::Store;
use crate::table::Schema;
use crate::value::Value;

impl<S: Schema> Store<S> {
    /// Inserts a row by name. Fields left out take their `#[field(default = ...)]`, null, or the empty text; a key left out takes
    /// its named substitute. O(fields + rules).
    ///
    /// # Errors
    ///
    /// [`Error::UnknownModel`], [`Error::UnknownField`], [`Error::WrongType`], [`Error::Null`], then as
    /// [`insert`](Self::insert).
    pub fn insert_by_name(&mut self, model: &str, values: NamedValues<'_>) -> Result<RowKey, Error> {
        let model = self.catalog().model(model)?;
        let columns = Columns::find(self.catalog(), model, values)?;
        let mut input = Input::new(self.catalog().models()[model].descriptor);
        self.fill(model, &columns, values, &mut input)?;
        self.insert_input(model, &mut input)
    }

    /// Inserts rows by name in order: all of them, or none. O(rows × (fields + rules)); fastest where all rows give the same
    /// fields in the same order.
    ///
    /// # Errors
    ///
    /// As [`insert_by_name`](Self::insert_by_name) for the first row that is refused.
    pub fn insert_many_by_name<'v>(
        &mut self,
        model: &str,
        rows: impl IntoIterator<Item = NamedValues<'v>>,
    ) -> Result<Vec<RowKey>, Error> {
        let model = self.catalog().model(model)?;
        let mut input = Input::new(self.catalog().models()[model].descriptor);
        let rows = rows.into_iter();
        self.transaction(|tx| {
            let (mut columns, mut keys) = (Columns::default(), Vec::with_capacity(rows.size_hint().0));
            for values in rows {
                if !columns.are_of(values) {
                    columns = Columns::find(tx.catalog(), model, values)?;
                }
                input.clear();
                tx.fill(model, &columns, values, &mut input)?;
                keys.push(tx.insert_input(model, &mut input)?);
            }
            Ok(keys)
        })
    }

    /// Inserts what an input was given.
    pub(super) fn insert_input(&mut self, model: usize, input: &mut Input) -> Result<RowKey, Error> {
        self.view.tables.table_mut(model).clear_bin();
        let id = insert_built(&mut self.view.engine, &mut self.view.tables, model, input)?;
        self.end_statement();
        Ok(self.catalog().row_key(model, id))
    }

    /// Gives an input the values, and substitutes of keys that were left out. Values stand in the order of the columns.
    pub(super) fn fill(
        &self,
        model: usize,
        columns: &Columns,
        values: NamedValues<'_>,
        input: &mut Input,
    ) -> Result<(), Error> {
        let catalog = self.catalog();
        for ((_, column), (_, value)) in columns.0.iter().zip(values) {
            match *column {
                Column::Value(field) => input.give(field, value.clone()),
                Column::Key(relation) => {
                    let target = key_value(catalog, relation, value)?;
                    input.give_key(catalog.relations()[relation].field, target);
                }
            }
        }
        for relation in catalog.keys_of(model) {
            let info = &catalog.relations()[relation];
            if info.on_delete == OnDelete::SetDefault
                && !input.has_key(info.field)
                && let Substitute::Row(target) = self.view.engine.substitute(relation)
            {
                input.give_key(info.field, Some(target));
            }
        }
        Ok(())
    }
}

/// What a field's name stands for.
#[derive(Clone, Copy)]
pub(super) enum Column {
    /// A plain field: its place.
    Value(usize),
    /// A key: its relation.
    Key(usize),
}

impl Column {
    /// What a name on a model stands for. O(1) expected.
    pub(super) fn find(catalog: &Catalog, model: usize, name: &str) -> Result<Self, Error> {
        let Accessor::Field(field) = catalog.accessor(model, name)? else {
            return Err(catalog.unknown(model, name));
        };
        Ok(catalog.relation_of_field(model, field).map_or(Self::Value(field), Self::Key))
    }
}

/// Columns with their names, in the order in which rows give them.
#[derive(Default)]
pub(super) struct Columns(Vec<(String, Column)>);

impl Columns {
    pub(super) fn find(catalog: &Catalog, model: usize, values: NamedValues<'_>) -> Result<Self, Error> {
        let find = |(name, _): &(&str, Value)| Ok((String::from(*name), Column::find(catalog, model, name)?));
        values.iter().map(find).collect::<Result<_, _>>().map(Self)
    }

    /// Whether values are of these columns, in their order. O(length of the names).
    fn are_of(&self, values: NamedValues<'_>) -> bool {
        self.0.len() == values.len() && self.0.iter().zip(values).all(|((one, _), (other, _))| one == other)
    }
}

/// The row that a value names for a key. O(1).
pub(super) fn key_value(catalog: &Catalog, relation: usize, value: &Value) -> Result<Option<RawId>, Error> {
    let info = &catalog.relations()[relation];
    match value {
        Value::Null if info.nullable => Ok(None),
        Value::Null => Err(Error::Null { model: info.name.model, field: info.name.field }),
        Value::Key(row) if row.model() == catalog.models()[info.target].descriptor.name => Ok(Some(row.raw())),
        other => Err(Error::WrongType(Box::new(WrongType {
            model: info.name.model,
            field: info.name.field,
            expected: "a key to a row of its target model",
            found: other.clone(),
        }))),
    }
}
