//! Statements carried out on a store, and the ids that its rows have got.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Model;
use super::rows::KitSchema;
use crate::catalog::Catalog;
use crate::delete::DeleteReport;
use crate::error::Error;
use crate::id::{RawId, RowKey};
use crate::kit::Maker;
use crate::model::{FieldKind, same_value};
use crate::operation::{Cell, Fields, Label, LinkStatement, Name, Statement, Verb};
use crate::store::Store;
use crate::value::{Value, ValueType};

/// Which row of a store each label stands for.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    keys: BTreeMap<Label, RowKey>,
    labels: BTreeMap<RowKey, Label>,
}

impl Ids {
    /// Enters a row. A reserved id that was never used goes to another row later, which is the one that counts.
    pub fn add(&mut self, label: Label, key: RowKey) {
        self.keys.insert(label, key);
        self.labels.insert(key, label);
    }

    /// The row of a label. O(log rows).
    pub fn key(&self, label: Label) -> Option<RowKey> {
        self.keys.get(&label).copied()
    }

    /// The label of a row. O(log rows).
    pub fn label(&self, key: RowKey) -> Option<Label> {
        self.labels.get(&key).copied()
    }

    /// The raw id of a label; one that names no row where the label has none. O(log rows).
    pub fn raw(&self, label: Label) -> RawId {
        self.keys.get(&label).map_or(RawId::NULL, |key| key.raw())
    }

    /// Keeps the labels for which this holds. O(rows).
    pub fn keep(&mut self, mut holds: impl FnMut(Label) -> bool) {
        self.keys.retain(|label, _| holds(*label));
        self.labels.retain(|_, label| holds(*label));
    }
}

/// What a statement did on a store, in the store's terms.
#[derive(Debug, Default)]
pub struct Done {
    /// New rows and reserved ids, also rows of through models, in order.
    pub created: Vec<RowKey>,
    /// Links that are new.
    pub added: usize,
    /// Links that are gone.
    pub removed: usize,
    /// Deleted rows and links.
    pub report: DeleteReport,
}

/// A way to carry statements out on a store.
pub trait Face<S> {
    /// Carries a statement out. Labels are found in `ids`; new rows are named in the answer.
    ///
    /// # Errors
    ///
    /// What the store answers.
    fn execute(
        &mut self,
        reference: &Model<S>,
        tx: &mut Store<S>,
        statement: &Statement,
        ids: &Ids,
    ) -> Result<Done, Error>;
}

/// The face for any schema: inserts, updates and reservations by the typed calls, all else by name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standard;

impl<S: KitSchema> Face<S> for Standard {
    fn execute(
        &mut self,
        reference: &Model<S>,
        tx: &mut Store<S>,
        statement: &Statement,
        ids: &Ids,
    ) -> Result<Done, Error> {
        let (mut done, call) = (Done::default(), Call { reference, ids });
        match statement {
            Statement::Insert { .. } | Statement::Reserve { .. } | Statement::InsertReserved { .. } => {
                call.insert(tx, statement, &mut done)?;
            }
            Statement::Write { model, row, fields, is_set } => call.write(tx, model, *row, fields, *is_set)?,
            Statement::Delete { model, row } => done.report = tx.delete_key(call.key(model, *row))?,
            Statement::DeleteMany { model, rows } => {
                let rows: Vec<RowKey> = rows.iter().map(|row| call.key(model, *row)).collect();
                done.report = tx.delete_keys(&rows)?;
            }
            Statement::DeleteWhere { model, field, value } => {
                let wanted = call.value(model, field, value);
                let mut rows = tx.keys_of(model)?;
                rows.retain(|row| tx.value(*row, field).is_ok_and(|value| same_value(&value, &wanted)));
                done.report = tx.delete_keys(&rows)?;
            }
            Statement::Links(links) => call.links(tx, links, &mut done)?,
            Statement::Reassign { model, row, field, target, swaps } => {
                let Value::Key(target) = call.value(model, field, &Cell::Row(*target)) else {
                    unreachable!("a one-to-one key holds rows")
                };
                let row = call.key(model, *row);
                if *swaps {
                    tx.swap_by_name(row, field, target)?
                } else {
                    tx.replace_by_name(row, field, target)?
                };
            }
            Statement::SetSubstitute { model, field, row } => {
                let content = row.map_or(Cell::Null, Cell::Row);
                let row = if let Value::Key(row) = call.value(model, field, &content) { Some(row) } else { None };
                tx.set_substitute_by_name(model, field, row)?;
            }
        }
        Ok(done)
    }
}

struct Call<'a, S> {
    reference: &'a Model<S>,
    ids: &'a Ids,
}

impl<S: KitSchema> Call<'_, S> {
    fn catalog(&self) -> &Catalog {
        self.reference.catalog()
    }

    fn place(&self, model: &str) -> usize {
        self.catalog().model(model).expect("a statement names models of the schema")
    }

    /// The row's key; one that names nothing for a label that stands for nothing.
    fn key(&self, model: &str, label: Label) -> RowKey {
        self.ids.key(label).unwrap_or_else(|| self.catalog().null_key(self.place(model)))
    }

    fn value(&self, model: &str, field: &str, cell: &Cell<Label>) -> Value {
        cell.to_value(|label| {
            let model = self.place(model);
            let field = self.catalog().field(model, field).expect("a statement names fields of the schema");
            let relation = self.catalog().relation_of_field(model, field);
            let target = relation.map_or(model, |relation| self.catalog().relations()[relation].target);
            Value::Key(self.key(self.catalog().models()[target].descriptor.name, *label))
        })
    }

    fn maker<'m>(&self, model: usize, fields: &'m [(Name, Cell<Label>)], raw: &'m dyn Fn(Label) -> RawId) -> Maker<'m> {
        Maker { descriptor: self.catalog().models()[model].descriptor, fields, raw }
    }

    fn insert(&self, tx: &mut Store<S>, statement: &Statement, done: &mut Done) -> Result<(), Error> {
        let raw = |label| self.ids.raw(label);
        match statement {
            Statement::Insert { model, rows, many } => {
                let (place, kit) = (self.place(model), &self.reference.context.kits[self.place(model)]);
                let makers: Vec<Maker<'_>> = rows.iter().map(|fields| self.maker(place, fields, &raw)).collect();
                if let ([maker], false) = (makers.as_slice(), many) {
                    done.created.push(kit.insert(tx, maker)?);
                } else {
                    done.created = kit.insert_many(tx, &makers)?;
                }
            }
            Statement::Reserve { model } => {
                done.created.push(self.reference.context.kits[self.place(model)].reserve(tx)?);
            }
            Statement::InsertReserved { model, row, fields } => {
                let (place, row) = (self.place(model), self.key(model, *row));
                self.reference.context.kits[place].insert_reserved(tx, row, &self.maker(place, fields, &raw))?;
            }
            _ => unreachable!("the caller has told them apart"),
        }
        Ok(())
    }

    fn write(
        &self,
        tx: &mut Store<S>,
        model: &str,
        row: Label,
        fields: &Fields<Label>,
        is_set: bool,
    ) -> Result<(), Error> {
        let (place, row) = (self.place(model), self.key(model, row));
        let descriptors = self.catalog().models()[place].descriptor.fields;
        let field = |name: &Name| self.catalog().field(place, name).expect("a statement names fields of the schema");
        let places: Vec<usize> = fields.iter().map(|(name, _)| field(name)).collect();
        let is_opaque = |&place: &usize| matches!(descriptors[place].kind, FieldKind::Value(ValueType::Opaque));
        if is_set && !places.iter().any(is_opaque) {
            let values: Vec<(&str, Value)> =
                fields.iter().map(|(name, cell)| (name.as_ref(), self.value(model, name, cell))).collect();
            return tx.set_by_name(row, &values);
        }
        let raw = |label| self.ids.raw(label);
        self.reference.context.kits[place].update(tx, row, &places, &self.maker(place, fields, &raw))
    }

    fn links(&self, tx: &mut Store<S>, change: &LinkStatement, done: &mut Done) -> Result<(), Error> {
        let LinkStatement { verb, model, row, relation, others, extra } = change;
        let place = self.place(model);
        let Ok(crate::catalog::Accessor::Links(link, side)) = self.catalog().accessor(place, relation) else {
            unreachable!("a statement names relations of the schema")
        };
        let info = &self.catalog().links()[link];
        let there = self.catalog().models()[info.model(side.other())].descriptor.name;
        let row = self.key(model, *row);
        let others: Vec<RowKey> = others.iter().map(|other| self.key(there, *other)).collect();
        let through =
            info.through_model(self.catalog()).map_or("", |place| self.catalog().models()[place].descriptor.name);
        let extra: Vec<Vec<(&str, Value)>> = extra
            .iter()
            .map(|fields| fields.iter().map(|(name, cell)| (name.as_ref(), self.value(through, name, cell))).collect())
            .collect();
        let mut next = 0;
        let further = |_| {
            next += 1;
            if extra.is_empty() { &[] } else { extra[(next - 1) % extra.len()].as_slice() }
        };
        match verb {
            Verb::Link => {
                let before = tx.follow_by_name(row, relation)?.len();
                done.created = tx.link_by_name(row, relation, &others, further)?;
                done.added = tx.follow_by_name(row, relation)?.len() - before;
            }
            Verb::Unlink => done.removed = tx.unlink_by_name(row, relation, &others)?,
            Verb::Set => {
                let (changes, created) = tx.set_links_by_name(row, relation, &others, further)?;
                (done.added, done.removed, done.created) = (changes.added, changes.removed, created);
            }
            Verb::Clear => done.removed = tx.clear_links_by_name(row, relation)?,
        }
        Ok(())
    }
}
