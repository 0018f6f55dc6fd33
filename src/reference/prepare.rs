//! From positions to labels: an operation becomes a statement in the state that it finds.

use alloc::vec::Vec;

use super::Model;
use crate::catalog::Accessor;
use crate::error::Error;
use crate::model::OnDelete;
use crate::operation::{Cell, Fields, Label, LinkStatement, Name, Operation, Statement, Target};

/// What is found; inside, none where there is no row for the operation to work on.
type Found<T> = Result<Option<T>, Error>;

/// Answers none from a function that answers [`Found`].
macro_rules! found {
    ($found:expr) => {
        match $found? {
            Some(found) => found,
            None => return Ok(None),
        }
    };
}

impl<S> Model<S> {
    /// Finds the rows that an operation names. Answers `None` where there is none for it to work on, and for a transaction,
    /// which is no statement. O(rows).
    ///
    /// # Errors
    ///
    /// [`Error::UnknownModel`], [`Error::UnknownField`]: the operation is of another schema.
    pub fn prepare(&self, operation: &Operation) -> Found<Statement> {
        Ok(Some(match operation {
            Operation::Insert { model, fields } => {
                let (place, model) = self.place(model)?;
                Statement::Insert { model, rows: alloc::vec![found!(self.new_row(place, fields))], many: false }
            }
            Operation::InsertMany { model, rows } => {
                let (place, model) = self.place(model)?;
                let rows: Result<Vec<_>, Error> = rows.iter().map(|fields| self.new_row(place, fields)).collect();
                Statement::Insert { model, rows: rows?.into_iter().flatten().collect(), many: true }
            }
            Operation::Reserve { model } => Statement::Reserve { model: self.place(model)?.1 },
            Operation::InsertReserved { model, row, fields } => {
                let (place, model) = self.place(model)?;
                let row = found!(Ok::<_, Error>(self.pick(place, *row)));
                Statement::InsertReserved { model, row, fields: found!(self.new_row(place, fields)) }
            }
            Operation::Set { model, row, field, value } => {
                let (place, model) = self.place(model)?;
                let row = found!(Ok::<_, Error>(self.pick(place, *row)));
                let cell = found!(self.field(place, field, value));
                Statement::Write { model, row, fields: alloc::vec![cell], is_set: true }
            }
            Operation::Update { model, row, fields } => {
                let (place, model) = self.place(model)?;
                let row = found!(Ok::<_, Error>(self.pick(place, *row)));
                Statement::Write { model, row, fields: found!(self.fields(place, fields)), is_set: false }
            }
            Operation::Delete { model, row } => {
                let (place, model) = self.place(model)?;
                Statement::Delete { model, row: found!(Ok::<_, Error>(self.pick(place, *row))) }
            }
            Operation::DeleteMany { model, rows } => {
                let (place, model) = self.place(model)?;
                Statement::DeleteMany { model, rows: self.pick_all(place, rows) }
            }
            Operation::DeleteWhere { model, field, value } => {
                let (place, model) = self.place(model)?;
                let (_, value) = found!(self.field(place, field, value));
                Statement::DeleteWhere { model, field: self.name(place, field)?, value }
            }
            Operation::Links { .. } => return self.links_statement(operation),
            Operation::Replace { model, row, field, target } => {
                return self.reassign(model, *row, field, *target, false);
            }
            Operation::Swap { model, row, field, target } => return self.reassign(model, *row, field, *target, true),
            Operation::SetSubstitute { model, field, row } => {
                let (place, model) = self.place(model)?;
                let (_, cell) = found!(self.field(place, field, row));
                let row = if let Cell::Row(label) = cell { Some(label) } else { None };
                self.key(place, field)?;
                Statement::SetSubstitute { model, field: self.name(place, field)?, row }
            }
            Operation::Transaction { .. } => return Ok(None),
        }))
    }

    fn reassign(&self, model: &str, row: Target, field: &str, target: Target, swaps: bool) -> Found<Statement> {
        let (place, model) = self.place(model)?;
        let key = &self.catalog().relations()[self.key(place, field)?];
        if !key.is_one_to_one() {
            return Err(self.catalog().unknown(place, field));
        }
        let (Some(row), Some(target)) = (self.pick(place, row), self.pick(key.target, target)) else { return Ok(None) };
        Ok(Some(Statement::Reassign { model, row, field: key.name.field, target, swaps }))
    }

    fn links_statement(&self, operation: &Operation) -> Found<Statement> {
        let Operation::Links { verb, model, row, relation, others, extra } = operation else { return Ok(None) };
        let (place, model) = self.place(model)?;
        let Accessor::Links(link, side) = self.catalog().accessor(place, relation)? else {
            return Err(self.catalog().unknown(place, relation));
        };
        let info = &self.catalog().links()[link];
        let Some(row) = self.pick(place, *row) else { return Ok(None) };
        let others = self.pick_all(info.model(side.other()), others);
        let extra = match info.through_model(self.catalog()) {
            Some(through) => found!(self.extra(through, extra)),
            None => Vec::new(),
        };
        Ok(Some(Statement::Links(LinkStatement { verb: *verb, model, row, relation: relation.clone(), others, extra })))
    }

    /// Further fields of new rows of a through model; without any a single row of defaults, for its substitutes.
    fn extra(&self, through: usize, extra: &[Fields]) -> Found<Vec<Fields<Label>>> {
        if extra.is_empty() {
            return Ok(Some(alloc::vec![found!(self.new_row(through, &Fields::new()))]));
        }
        let rows: Result<Vec<_>, Error> = extra.iter().map(|fields| self.new_row(through, fields)).collect();
        Ok(Some(rows?.into_iter().flatten().collect()))
    }

    fn place(&self, model: &str) -> Result<(usize, &'static str), Error> {
        let place = self.catalog().model(model)?;
        Ok((place, self.catalog().models()[place].descriptor.name))
    }

    fn name(&self, model: usize, field: &str) -> Result<&'static str, Error> {
        let field = self.catalog().field(model, field)?;
        Ok(self.catalog().models()[model].descriptor.fields[field].name)
    }

    fn key(&self, model: usize, field: &str) -> Result<usize, Error> {
        let place = self.catalog().field(model, field)?;
        self.catalog().relation_of_field(model, place).ok_or_else(|| self.catalog().unknown(model, field))
    }

    /// The fields of a new row; a key that is left out takes its substitute, as in an insert by name.
    fn new_row(&self, model: usize, fields: &Fields) -> Found<Fields<Label>> {
        let mut row = found!(self.fields(model, fields));
        for relation in self.catalog().keys_of(model) {
            let info = &self.catalog().relations()[relation];
            let is_given = row.iter().any(|(name, _)| *name == info.name.field);
            if info.on_delete == OnDelete::SetDefault
                && !is_given
                && let Some(Some(substitute)) = self.state.substitutes.get(&relation)
            {
                row.push((Name::Borrowed(info.name.field), Cell::Row(*substitute)));
            }
        }
        Ok(Some(row))
    }

    fn fields(&self, model: usize, fields: &Fields) -> Found<Fields<Label>> {
        let found: Result<Vec<_>, Error> = fields.iter().map(|(name, cell)| self.field(model, name, cell)).collect();
        Ok(found?.into_iter().collect())
    }

    /// A field's content; none if it needs a row and there is none.
    fn field(&self, model: usize, name: &str, cell: &Cell) -> Found<(Name, Cell<Label>)> {
        let field = self.catalog().field(model, name)?;
        let name = Name::Borrowed(self.catalog().models()[model].descriptor.fields[field].name);
        let relation = self.catalog().relation_of_field(model, field).map(|place| &self.catalog().relations()[place]);
        let cell = match (cell, relation) {
            (Cell::Row(target), Some(info)) => match self.pick(info.target, *target) {
                Some(label) => Cell::Row(label),
                None if info.nullable => Cell::Null,
                None => return Ok(None),
            },
            // A row where no key is: refused by whoever carries the statement out.
            (Cell::Row(_), None) => Cell::Row(Label::MAX),
            (Cell::Null, _) => Cell::Null,
            (Cell::Bool(value), _) => Cell::Bool(*value),
            (Cell::Int(value), _) => Cell::Int(*value),
            (Cell::Float(value), _) => Cell::Float(*value),
            (Cell::Text(value), _) => Cell::Text(value.clone()),
            (Cell::Sample(seed), _) => Cell::Sample(*seed),
        };
        Ok(Some((name, cell)))
    }

    fn pick_all(&self, model: usize, targets: &[Target]) -> Vec<Label> {
        targets.iter().filter_map(|target| self.pick(model, *target)).collect()
    }

    /// The row that a target stands for now.
    pub(crate) fn pick(&self, model: usize, target: Target) -> Option<Label> {
        let others = |labels: &alloc::collections::BTreeMap<Label, usize>, position: u16| {
            let own: Vec<Label> =
                labels.iter().filter(|(_, place)| **place == model).map(|(label, _)| *label).collect();
            (!own.is_empty()).then(|| own[usize::from(position) % own.len()])
        };
        let (special, position) = match target {
            Target::Living(position) => (None, position),
            Target::Gone(position) => (others(&self.state.gone, position), position),
            Target::Reserved(position) => (others(&self.state.reserved, position), position),
        };
        let rows = &self.state.tables[model];
        special.or_else(|| (rows.count() > 0).then(|| rows.nth(usize::from(position) % rows.count()))?)
    }

    /// The target that stands for a row that is there or reserved.
    pub(crate) fn position(&self, model: usize, label: Label) -> Option<Target> {
        let place = |place: Option<usize>| place.and_then(|place| u16::try_from(place).ok());
        let among = |labels: &alloc::collections::BTreeMap<Label, usize>| {
            let mut own = labels.iter().filter(|(_, place)| **place == model);
            place(own.position(|(other, _)| *other == label))
        };
        let living = place(self.state.tables[model].labels().binary_search(&label).ok());
        living.map(Target::Living).or_else(|| among(&self.state.reserved).map(Target::Reserved))
    }
}
