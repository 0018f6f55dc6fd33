//! Writes by name: names are resolved and values converted, then the same statements run as for typed writes.

use alloc::vec::Vec;

use super::NamedValues;
use super::insert::{Column, Columns, key_value};
use crate::catalog::{Accessor, Catalog};
use crate::delete::DeleteReport;
use crate::engine::update_staged;
use crate::error::Error;
use crate::id::{RawId, RowKey};
use crate::journal::Substitute;
use crate::model::Input;
use crate::store::{End, LinkChanges, SlotSet, Store, linked_slots};
use crate::table::Schema;

impl<S: Schema> Store<S> {
    /// Sets fields of a row by name, as one statement. O(fields + rules).
    ///
    /// # Errors
    ///
    /// [`Error::RowNotFound`], [`Error::UnknownField`], [`Error::WrongType`], [`Error::Null`], then as
    /// [`update`](Self::update).
    pub fn set_by_name(&mut self, row: RowKey, values: NamedValues<'_>) -> Result<(), Error> {
        self.view.check_key(row)?;
        let (model, slot) = (row.model_index(), row.raw().slot());
        let (mut plain, mut keys) = (Vec::new(), Vec::new());
        for (name, value) in values {
            match Column::find(self.catalog(), model, name)? {
                Column::Value(field) => plain.push((field, value.clone())),
                Column::Key(relation) => {
                    let ordinal = self.catalog().relations()[relation].ordinal;
                    keys.push((ordinal, key_value(self.catalog(), relation, value)?));
                }
            }
        }
        let table = self.view.tables.table_mut(model);
        table.clear_bin();
        table.stage_changed(slot, &mut plain, &keys)?;
        let written: Vec<usize> = keys.iter().map(|(ordinal, _)| *ordinal).collect();
        update_staged(&mut self.view.engine, &mut self.view.tables, model, &[slot], &written)?;
        self.finish();
        Ok(())
    }

    /// Deletes a row by key. O(rows, keys and links concerned).
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete).
    pub fn delete_key(&mut self, row: RowKey) -> Result<DeleteReport, Error> {
        self.view.check_key(row)?;
        self.delete_slots(&[(row.model_index(), row.raw().slot())])
    }

    /// Deletes rows by key as one collected set; those that do not exist count for nothing. O(rows concerned).
    ///
    /// # Errors
    ///
    /// As [`delete_many`](Self::delete_many).
    pub fn delete_keys(&mut self, rows: &[RowKey]) -> Result<DeleteReport, Error> {
        let live = rows.iter().filter(|row| self.contains_key(**row));
        let live: Vec<_> = live.map(|row| (row.model_index(), row.raw().slot())).collect();
        self.delete_slots(&live)
    }

    /// Links a row with others by name. With a through model, `extra` makes the other fields of each new link row from
    /// the row at the other end; else it is not called. O(rows); with a through model O(rows × links).
    ///
    /// # Errors
    ///
    /// [`Error::RowNotFound`], [`Error::UnknownField`], [`Error::DanglingTarget`] looked for in the whole list first; as
    /// [`insert_by_name`](Self::insert_by_name) for link rows. Nothing has changed then.
    pub fn link_by_name<'v>(
        &mut self,
        row: RowKey,
        relation: &str,
        others: &[RowKey],
        extra: impl FnMut(RowKey) -> NamedValues<'v>,
    ) -> Result<Vec<RowKey>, Error> {
        let (end, others) = self.check_links(row, relation, others)?;
        self.transaction(|tx| tx.link_checked(end, row.raw(), &others, extra))
    }

    /// Makes the links of a row exactly these, by name; links that stay are left as they are. Answers what changed and
    /// the new link rows of a through model. O(links + rows); with a through model O(links × rows).
    ///
    /// # Errors
    ///
    /// As [`link_by_name`](Self::link_by_name).
    pub fn set_links_by_name<'v>(
        &mut self,
        row: RowKey,
        relation: &str,
        others: &[RowKey],
        extra: impl FnMut(RowKey) -> NamedValues<'v>,
    ) -> Result<(LinkChanges, Vec<RowKey>), Error> {
        let (end, others) = self.check_links(row, relation, others)?;
        let wanted: SlotSet = others.iter().map(|other| other.raw().slot()).collect();
        self.transaction(|tx| {
            let unwanted = end.unwanted(&tx.view.engine, &wanted);
            let removed = tx.unlink_slots(end, &unwanted)?;
            let before = linked_slots(&tx.view.engine, end).len();
            let rows = tx.link_checked(end, row.raw(), &others, extra)?;
            let added = linked_slots(&tx.view.engine, end).len() - before;
            Ok((LinkChanges { added, removed }, rows))
        })
    }

    /// Unlinks a row from others by name; answers how many links went. Rows that do not exist, or are of another model,
    /// are linked with nothing. O(rows); with a through model as [`delete_keys`](Self::delete_keys).
    ///
    /// # Errors
    ///
    /// [`Error::RowNotFound`], [`Error::UnknownField`]; with a through model as [`delete_keys`](Self::delete_keys).
    pub fn unlink_by_name(&mut self, row: RowKey, relation: &str, others: &[RowKey]) -> Result<usize, Error> {
        let end = self.end(row, relation)?;
        let model = self.catalog().links()[end.link].model(end.side.other());
        let live = others.iter().filter(|other| other.model_index() == model && self.contains_key(**other));
        let live: Vec<u32> = live.map(|other| other.raw().slot()).collect();
        let cut = self.unlink_slots(end, &live)?;
        self.end_statement();
        Ok(cut)
    }

    /// Unlinks a row from all by name; answers how many links went. O(links).
    ///
    /// # Errors
    ///
    /// As [`unlink_by_name`](Self::unlink_by_name).
    pub fn clear_links_by_name(&mut self, row: RowKey, relation: &str) -> Result<usize, Error> {
        let end = self.end(row, relation)?;
        self.clear_slots(end)
    }

    /// Names by name what a key falls back to; see [`set_substitute`](Self::set_substitute). O(1) expected.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownModel`], [`Error::UnknownField`], [`Error::WrongType`], [`Error::Null`], [`Error::DanglingTarget`].
    pub fn set_substitute_by_name(&mut self, model: &str, field: &str, row: Option<RowKey>) -> Result<(), Error> {
        let model = self.catalog().model(model)?;
        let Column::Key(relation) = Column::find(self.catalog(), model, field)? else {
            return Err(self.catalog().unknown(model, field));
        };
        let target = key_value(self.catalog(), relation, &row.into())?;
        self.view.engine.check_falls_back(relation)?;
        self.view.engine.check_substitute(relation, target)?;
        self.view.engine.set_substitute(relation, target.map_or(Substitute::Null, Substitute::Row));
        self.end_statement();
        Ok(())
    }

    /// Gives a nullable one-to-one key a target by name, and takes the target from the row that holds it, which is
    /// answered; see [`replace`](Self::replace). O(size of the rows + rules).
    ///
    /// # Errors
    ///
    /// [`Error::RowNotFound`], [`Error::UnknownField`] if it is no one-to-one key, [`Error::WrongType`], [`Error::Null`] if
    /// the holder may not be left with null, then as [`update`](Self::update).
    pub fn replace_by_name(&mut self, row: RowKey, field: &str, target: RowKey) -> Result<Option<RowKey>, Error> {
        self.reassign_by_name(row, field, target, |_| None)
    }

    /// Gives a one-to-one key a target by name; the row that holds the target gets what this row had, and is answered; see
    /// [`swap`](Self::swap). O(size of the rows + rules).
    ///
    /// # Errors
    ///
    /// As [`replace_by_name`](Self::replace_by_name).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct User {}
    /// # #[derive(Model, Clone)] struct Desk { #[one_to_one(on_delete = cascade, reverse = DESK)] user: Id<User> }
    /// # #[derive(Schema)] struct Office { users: Table<User>, desks: Table<Desk> }
    /// # let mut db = Store::<Office>::new();
    /// let (ann, bob) = (db.insert_by_name("User", &[])?, db.insert_by_name("User", &[])?);
    /// let door = db.insert_by_name("Desk", &[("user", ann.into())])?;
    /// let window = db.insert_by_name("Desk", &[("user", bob.into())])?;
    /// assert_eq!(db.swap_by_name(door, "user", bob)?, Some(window));
    /// assert_eq!(db.value(window, "user")?, Value::Key(ann));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn swap_by_name(&mut self, row: RowKey, field: &str, target: RowKey) -> Result<Option<RowKey>, Error> {
        self.reassign_by_name(row, field, target, |own| own)
    }

    fn reassign_by_name(
        &mut self,
        row: RowKey,
        field: &str,
        target: RowKey,
        left_to_holder: impl FnOnce(Option<RawId>) -> Option<RawId>,
    ) -> Result<Option<RowKey>, Error> {
        self.view.check_key(row)?;
        let (model, slot) = (row.model_index(), row.raw().slot());
        let refused = |catalog: &Catalog| Err(catalog.unknown(model, field));
        let Column::Key(relation) = Column::find(self.catalog(), model, field)? else { return refused(self.catalog()) };
        let Some(new) = key_value(self.catalog(), relation, &target.into())? else { return refused(self.catalog()) };
        let engine = &self.view.engine;
        let info = &engine.catalog.relations()[relation];
        if !info.is_one_to_one() {
            return refused(&engine.catalog);
        }
        let ordinal = info.ordinal;
        engine.check_target(relation, Some(new))?;
        let holder = engine.relations.holder(info, relation, new).filter(|&holder| holder != slot);
        let (is_nullable, name) = (info.nullable, info.name);
        let table = self.view.tables.table_mut(model);
        table.clear_bin();
        let own = table.key(slot, ordinal);
        let mut slots = alloc::vec![slot];
        table.stage_changed(slot, &mut Vec::new(), &[(ordinal, Some(new))])?;
        if let Some(holder) = holder {
            let left = left_to_holder(own);
            if left.is_none() && !is_nullable {
                table.clear_bin();
                return Err(Error::Null { model: name.model, field: name.field });
            }
            slots.push(holder);
            table.stage_changed(holder, &mut Vec::new(), &[(ordinal, left)])?;
        }
        update_staged(&mut self.view.engine, &mut self.view.tables, model, &slots, &[])?;
        self.finish();
        Ok(holder.map(|holder| self.view.engine.row_key(model, holder)))
    }

    fn end(&self, row: RowKey, relation: &str) -> Result<End, Error> {
        self.view.check_key(row)?;
        match self.catalog().accessor(row.model_index(), relation)? {
            Accessor::Links(link, side) => Ok(End::new(link, side, row.raw())),
            _ => Err(self.catalog().unknown(row.model_index(), relation)),
        }
    }

    fn check_links(&self, row: RowKey, relation: &str, others: &[RowKey]) -> Result<(End, Vec<RowKey>), Error> {
        let end = self.end(row, relation)?;
        let info = &self.catalog().links()[end.link];
        let model = info.model(end.side.other());
        let dead = |other: &&RowKey| other.model_index() != model || !self.contains_key(**other);
        match others.iter().find(dead) {
            Some(other) => Err(Error::DanglingTarget { relation: info.name, target: *other }),
            None => Ok((end, others.to_vec())),
        }
    }

    fn link_checked<'v>(
        &mut self,
        end: End,
        from: RawId,
        others: &[RowKey],
        mut extra: impl FnMut(RowKey) -> NamedValues<'v>,
    ) -> Result<Vec<RowKey>, Error> {
        let mut made = Vec::new();
        let Some((source_key, target_key)) = end.through_keys(&self.view.engine) else {
            for other in others {
                end.link(&mut self.view.engine, other.raw());
            }
            return Ok(made);
        };
        let mut linked: SlotSet = linked_slots(&self.view.engine, end).into_iter().collect();
        for &other in others {
            if !linked.insert(other.raw().slot()) {
                continue;
            }
            let (source, target) =
                if end.side == crate::catalog::Side::Source { (from, other.raw()) } else { (other.raw(), from) };
            let (model, source_field, target_field) = {
                let relations: &Catalog = self.catalog();
                let (source, target) = (&relations.relations()[source_key], &relations.relations()[target_key]);
                (source.source, source.field, target.field)
            };
            let mut input = Input::new(self.catalog().models()[model].descriptor);
            let values = extra(other);
            let columns = Columns::find(self.catalog(), model, values)?;
            self.fill(model, &columns, values, &mut input)?;
            input.give_key(source_field, Some(source));
            input.give_key(target_field, Some(target));
            made.push(self.insert_input(model, &mut input)?);
        }
        Ok(made)
    }
}
