//! Statements carried out on a store, through its typed face or by names.

use relarena::operation::{Cell, Fields, Label, Name, Statement};
use relarena::prelude::*;
use relarena::reference::{self, Done, Ids, Standard};
use relarena::{Catalog, RowKey};

use crate::links;
use crate::schema::{Club, Desk, Item, Membership, Person, Tag, World};

/// Which face of a store carries a program out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    Typed,
    ByName,
    /// The kit's own, for any schema.
    Kit,
}

/// A field's type as a cell.
trait FromCell {
    fn from_cell(cell: &Cell<Label>, ids: &Ids) -> Self;
}
impl FromCell for u8 {
    fn from_cell(cell: &Cell<Label>, ids: &Ids) -> Self {
        u8::try_from(i64::from_cell(cell, ids)).expect("tests keep to the field's range")
    }
}
impl FromCell for i64 {
    fn from_cell(cell: &Cell<Label>, _: &Ids) -> Self {
        if let Cell::Int(number) = cell {
            i64::try_from(*number).expect("tests keep to the field's range")
        } else {
            unreachable!("{cell:?} is no int")
        }
    }
}
impl FromCell for bool {
    fn from_cell(cell: &Cell<Label>, _: &Ids) -> Self {
        *cell == Cell::Bool(true)
    }
}
impl FromCell for String {
    fn from_cell(cell: &Cell<Label>, _: &Ids) -> Self {
        if let Cell::Text(text) = cell { text.clone() } else { unreachable!("{cell:?} is no text") }
    }
}
impl<M> FromCell for Id<M> {
    fn from_cell(cell: &Cell<Label>, ids: &Ids) -> Self {
        if let Cell::Row(label) = cell { Id::from_raw(ids.raw(*label)) } else { unreachable!("{cell:?} is no key") }
    }
}
impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: &Cell<Label>, ids: &Ids) -> Self {
        (*cell != Cell::Null).then(|| T::from_cell(cell, ids))
    }
}

fn is_cell<T: FromCell + PartialEq>(field: &T, cell: &Cell<Label>, ids: &Ids) -> bool {
    *field == T::from_cell(cell, ids)
}

pub(crate) type Tx = Store<World>;

/// A new row has all its fields.
fn find<'a>(fields: &'a Fields<Label>, name: &str) -> &'a Cell<Label> {
    &fields.iter().find(|(field, _)| field == name).expect("a generated row has all its fields").1
}

/// A model whose fields are found by name.
trait Fielded: Model {
    fn of_fields(fields: &Fields<Label>, ids: &Ids) -> Self;
    fn assign(&mut self, field: &str, value: &Cell<Label>, ids: &Ids);
    fn has(&self, field: &str, value: &Cell<Label>, ids: &Ids) -> bool;
    fn set(tx: &mut Tx, id: Id<Self>, field: &str, value: &Cell<Label>, ids: &Ids) -> Result<(), Error>;
}

macro_rules! fielded {
    ($($model:ident { $($field:ident $constant:ident),* })*) => {$(
        impl Fielded for $model {
            fn of_fields(fields: &Fields<Label>, ids: &Ids) -> Self {
                Self { $($field: FromCell::from_cell(find(fields, stringify!($field)), ids)),* }
            }
            fn assign(&mut self, field: &str, value: &Cell<Label>, ids: &Ids) {
                match field {
                    $(stringify!($field) => self.$field = FromCell::from_cell(value, ids),)*
                    _ => unreachable!("{field} is no field"),
                }
            }
            fn has(&self, field: &str, value: &Cell<Label>, ids: &Ids) -> bool {
                match field {
                    $(stringify!($field) => is_cell(&self.$field, value, ids),)*
                    _ => unreachable!("{field} is no field"),
                }
            }
            fn set(tx: &mut Tx, id: Id<Self>, field: &str, value: &Cell<Label>, ids: &Ids) -> Result<(), Error> {
                match field {
                    $(stringify!($field) => tx.set(id, $model::$constant, FromCell::from_cell(value, ids)),)*
                    _ => unreachable!("{field} is no field"),
                }
            }
        }
    )*};
}
fielded! {
    Person { name NAME, nick NICK, age AGE, parent PARENT, mentor MENTOR, boss BOSS, home HOME }
    Club { title TITLE, open OPEN, owner OWNER, deputy DEPUTY, guest GUEST }
    Item { weight WEIGHT, note NOTE, club CLUB, holder HOLDER, maker MAKER, spare SPARE, origin ORIGIN, badge BADGE }
    Tag { label LABEL, note NOTE, source SOURCE, above ABOVE, about ABOUT, by BY }
    Desk { user USER, drawer DRAWER, seat SEAT, lamp LAMP }
    Membership { level LEVEL, person PERSON, club CLUB }
}

macro_rules! with_model {
    ($name:expr, $model:ident => $work:expr) => {
        match $name {
            "Person" => {
                type $model = Person;
                $work
            }
            "Club" => {
                type $model = Club;
                $work
            }
            "Item" => {
                type $model = Item;
                $work
            }
            "Tag" => {
                type $model = Tag;
                $work
            }
            "Desk" => {
                type $model = Desk;
                $work
            }
            "Membership" => {
                type $model = Membership;
                $work
            }
            other => unreachable!("{other} is no model"),
        }
    };
}

pub(crate) fn id<M>(label: Label, ids: &Ids) -> Id<M> {
    Id::from_raw(ids.raw(label))
}

/// The row's key; one that names nothing for a label that stands for nothing.
pub(crate) fn key(tx: &View<World>, model: &str, label: Label, ids: &Ids) -> RowKey {
    with_model!(model, M => tx.key_of(id::<M>(label, ids)))
}

impl reference::Face<World> for Face {
    fn execute(
        &mut self,
        reference: &reference::Model<World>,
        tx: &mut Tx,
        statement: &Statement,
        ids: &Ids,
    ) -> Result<Done, Error> {
        match (*self, statement) {
            (Self::Typed, Statement::Links(change)) => links::typed(reference, tx, change, ids),
            (Self::Typed, _) => typed(tx, statement, ids),
            (Self::ByName, Statement::Insert { .. } | Statement::Write { .. }) => by_name(tx, statement, ids),
            // All else the kit's own face does by name.
            (Self::ByName | Self::Kit, _) => Standard.execute(reference, tx, statement, ids),
        }
    }
}

fn typed(tx: &mut Tx, statement: &Statement, ids: &Ids) -> Result<Done, Error> {
    let mut done = Done::default();
    match statement {
        Statement::Insert { model, rows, many: true, .. } => with_model!(*model, M => {
            let created = tx.insert_many(rows.iter().map(|fields| M::of_fields(fields, ids)))?;
            done.created = created.into_iter().map(|id| tx.key_of(id)).collect();
        }),
        Statement::Insert { model, rows, many: false, .. } => with_model!(*model, M => {
            let created = tx.insert(M::of_fields(&rows[0], ids))?;
            done.created.push(tx.key_of(created));
        }),
        Statement::Reserve { model, .. } => with_model!(*model, M => {
            let reserved = tx.reserve::<M>()?;
            done.created.push(tx.key_of(reserved));
        }),
        Statement::InsertReserved { model, row: label, fields, .. } => with_model!(*model, M => {
            tx.insert_reserved(id(*label, ids), M::of_fields(fields, ids))?;
        }),
        Statement::Write { model, row, fields, is_set: true, .. } => with_model!(*model, M => {
            let (field, value) = fields.first().expect("`set` writes one field");
            M::set(tx, id(*row, ids), field, value, ids)?;
        }),
        Statement::Write { model, row, fields, is_set: false, .. } => with_model!(*model, M => {
            tx.update(id::<M>(*row, ids), |row| fields.iter().for_each(|(field, value)| row.assign(field, value, ids)))?;
        }),
        Statement::Delete { model, row, .. } => with_model!(*model, M => done.report = tx.delete(id::<M>(*row, ids))?),
        Statement::DeleteMany { model, rows, .. } => with_model!(*model, M => {
            done.report = tx.delete_many(rows.iter().map(|row| id::<M>(*row, ids)))?;
        }),
        Statement::DeleteWhere { model, field, value, .. } => with_model!(*model, M => {
            done.report = tx.delete_where::<M>(|row| row.has(field, value, ids))?;
        }),
        Statement::Reassign { row, field, target, swaps, .. } => {
            let (row, target, lamp) = (id(*row, ids), id(*target, ids), id(*target, ids));
            match (*field, swaps) {
                ("user", _) => tx.swap(row, Desk::USER, target)?,
                ("drawer", true) => tx.swap(row, Desk::DRAWER, target)?,
                ("drawer", false) => tx.replace(row, Desk::DRAWER, target)?,
                ("lamp", true) => tx.swap(row, Desk::LAMP, lamp)?,
                ("lamp", false) => tx.replace(row, Desk::LAMP, lamp)?,
                (_, true) => tx.swap(row, Desk::SEAT, target)?,
                (_, false) => tx.replace(row, Desk::SEAT, target)?,
            };
        }
        Statement::SetSubstitute { model, field, row, .. } => {
            set_substitute(tx, (*model, *field), &row.map_or(Cell::Null, Cell::Row), ids)?;
        }
        _ => unreachable!("`execute` takes links apart"),
    }
    Ok(done)
}

fn set_substitute(tx: &mut Tx, key: (&str, &str), row: &Cell<Label>, ids: &Ids) -> Result<(), Error> {
    match key {
        ("Club", "deputy") => tx.set_substitute(Club::DEPUTY, FromCell::from_cell(row, ids)),
        ("Club", "guest") => tx.set_substitute(Club::GUEST, FromCell::from_cell(row, ids)),
        ("Tag", "source") => tx.set_substitute(Tag::SOURCE, FromCell::from_cell(row, ids)),
        ("Tag", "about") => tx.set_substitute(Tag::ABOUT, FromCell::from_cell(row, ids)),
        _ => tx.set_substitute(Desk::SEAT, FromCell::from_cell(row, ids)),
    }
}

fn value(tx: &Tx, model: &str, field: &str, cell: &Cell<Label>, ids: &Ids) -> Value {
    cell.to_value(|label| Value::Key(key(tx, target(tx.catalog(), model, field), *label, ids)))
}

fn target(catalog: &Catalog, model: &str, field: &str) -> &'static str {
    let is_key = |info: &&relarena::RelationInfo| info.name.model == model && info.name.field == field;
    let key = catalog.relations().iter().find(is_key).expect("only keys hold rows");
    catalog.models()[key.target].descriptor.name
}

pub(crate) fn named<'a>(tx: &Tx, model: &str, fields: &'a [(Name, Cell<Label>)], ids: &Ids) -> Vec<(&'a str, Value)> {
    fields.iter().map(|(field, cell)| (field.as_ref(), value(tx, model, field, cell, ids))).collect()
}

fn by_name(tx: &mut Tx, statement: &Statement, ids: &Ids) -> Result<Done, Error> {
    let mut done = Done::default();
    match statement {
        Statement::Insert { model, rows, many: true, .. } => {
            let rows: Vec<_> = rows.iter().map(|fields| named(tx, model, fields, ids)).collect();
            done.created = tx.insert_many_by_name(model, rows.iter().map(Vec::as_slice))?;
        }
        Statement::Insert { model, rows, many: false, .. } => {
            let values = named(tx, model, &rows[0], ids);
            done.created.push(tx.insert_by_name(model, &values)?);
        }
        Statement::Write { model, row, fields, is_set, .. } => {
            let row = key(tx, model, *row, ids);
            let mut values = named(tx, model, fields, ids);
            if !is_set && tx.contains_key(row) {
                // `update` checks changed keys only.
                values.retain(|(field, value)| tx.value(row, field).as_ref().ok() != Some(value));
            }
            tx.set_by_name(row, &values)?;
        }
        _ => unreachable!("`execute` has other ways for the others"),
    }
    Ok(done)
}
