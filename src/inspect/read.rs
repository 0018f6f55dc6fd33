//! Reads by name: rows, values, relations, plans.

use alloc::vec::Vec;

use crate::catalog::{Accessor, LinkStorage};
use crate::delete::DeletePlan;
use crate::error::Error;
use crate::id::RowKey;
use crate::store::{End, linked_slots};
use crate::table::{Schema, field_value};
use crate::value::Value;
use crate::view::View;

impl<S: Schema> View<S> {
    /// How many rows a model has, by name. O(1) expected.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownModel`].
    pub fn len_of(&self, model: &str) -> Result<usize, Error> {
        Ok(self.engine.relations.slots[self.catalog().model(model)?].live() as usize)
    }

    /// The rows of a model by name, in slot order. O(slots).
    ///
    /// # Errors
    ///
    /// [`Error::UnknownModel`].
    pub fn keys_of(&self, model: &str) -> Result<Vec<RowKey>, Error> {
        let model = self.catalog().model(model)?;
        let slots = self.tables.table(model).slots();
        Ok(slots.into_iter().map(|slot| self.engine.row_key(model, slot)).collect())
    }

    /// The key that the next insert of a model hands out, by name; see [`next_id`](Self::next_id). O(1) expected.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownModel`].
    pub fn next_key(&self, model: &str) -> Result<RowKey, Error> {
        let model = self.catalog().model(model)?;
        Ok(self.catalog().row_key(model, self.engine.relations.slots[model].next_id()))
    }

    /// Whether the row exists. O(1).
    pub fn contains_key(&self, row: RowKey) -> bool {
        row.model_index() < self.catalog().models().len()
            && self.catalog().models()[row.model_index()].descriptor.name == row.model()
            && self.engine.is_live(row.model_index(), row.raw())
    }

    /// The value of a field by name. An opaque field reads as null. O(size of the value).
    ///
    /// # Errors
    ///
    /// [`Error::RowNotFound`], [`Error::UnknownField`].
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Schema)] struct Library { authors: Table<Author> }
    /// # let mut db = Store::<Library>::new();
    /// let lem = db.insert_by_name("Author", &[("name", "Lem".into())])?;
    /// assert_eq!(db.value(lem, "name")?, Value::from("Lem"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn value(&self, row: RowKey, field: &str) -> Result<Value, Error> {
        self.check_key(row)?;
        match self.catalog().accessor(row.model_index(), field)? {
            Accessor::Field(place) => Ok(self.value_at(row, place)),
            _ => Err(self.catalog().unknown(row.model_index(), field)),
        }
    }

    /// All fields of a row with their values, in the order of the struct. O(size of the row).
    ///
    /// # Errors
    ///
    /// [`Error::RowNotFound`].
    pub fn values(&self, row: RowKey) -> Result<Vec<(&'static str, Value)>, Error> {
        self.check_key(row)?;
        let fields = self.catalog().models()[row.model_index()].descriptor.fields;
        Ok(fields.iter().enumerate().map(|(place, field)| (field.name, self.value_at(row, place))).collect())
    }

    fn value_at(&self, row: RowKey, field: usize) -> Value {
        field_value(self.catalog(), &self.tables, row.model_index(), row.raw().slot(), field)
    }

    /// The rows that a relation leads to, by name: a key field, the reverse side of one, or an end of a many-to-many.
    /// O(rows).
    ///
    /// # Errors
    ///
    /// [`Error::RowNotFound`], [`Error::UnknownField`].
    pub fn follow_by_name(&self, row: RowKey, relation: &str) -> Result<Vec<RowKey>, Error> {
        self.check_key(row)?;
        let (engine, catalog) = (&self.engine, self.catalog());
        Ok(match catalog.accessor(row.model_index(), relation)? {
            Accessor::Field(place) => match self.value_at(row, place) {
                // A key that dangles for now leads nowhere.
                Value::Key(target) if self.contains_key(target) => alloc::vec![target],
                _ if catalog.relation_of_field(row.model_index(), place).is_some() => Vec::new(),
                _ => return Err(catalog.unknown(row.model_index(), relation)),
            },
            Accessor::Referrers(place) => {
                let info = &catalog.relations()[place];
                engine.relations.sources(info, row.raw().slot()).map(|slot| engine.row_key(info.source, slot)).collect()
            }
            Accessor::Links(link, side) => {
                let other = catalog.links()[link].model(side.other());
                let slots = linked_slots(engine, End::new(link, side, row.raw()));
                slots.into_iter().map(|slot| engine.row_key(other, slot)).collect()
            }
        })
    }

    /// How many links a many-to-many relation has, a symmetrical pair counted twice; with a through model the number of
    /// its rows. O(rows of the declaring model).
    ///
    /// # Errors
    ///
    /// [`Error::UnknownModel`], [`Error::UnknownField`].
    pub fn count_links(&self, model: &str, relation: &str) -> Result<usize, Error> {
        let catalog = self.catalog();
        let place = catalog.model(model)?;
        let Accessor::Links(link, side) = catalog.accessor(place, relation)? else {
            return Err(catalog.unknown(place, relation));
        };
        let slots = &self.engine.relations.slots;
        Ok(match catalog.links()[link].storage {
            LinkStorage::Through { source_key, .. } => slots[catalog.relations()[source_key].source].live() as usize,
            LinkStorage::Direct | LinkStorage::Symmetrical => {
                let adjacency = catalog.adjacency(link, side);
                let lengths =
                    (0..slots[place].used()).map(|slot| self.engine.relations.neighbour_count(place, adjacency, slot));
                lengths.map(|length| length as usize).sum()
            }
        })
    }

    /// What deleting rows together would do; rows that do not exist count for nothing. O(rows concerned).
    pub fn plan_delete_keys(&self, rows: &[RowKey]) -> DeletePlan {
        let live = rows.iter().filter(|row| self.contains_key(**row)).map(|row| (row.model_index(), row.raw().slot()));
        DeletePlan::new(&self.engine, live)
    }

    pub(super) fn check_key(&self, row: RowKey) -> Result<(), Error> {
        if self.contains_key(row) { Ok(()) } else { Err(Error::RowNotFound { row }) }
    }
}
