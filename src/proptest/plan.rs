//! Stores as plans: which rows there are and what they hold; built in one transaction.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::draw::{Source, Trees};
use crate::error::Error;
use crate::id::{RawId, RowKey};
use crate::kit::Maker;
use crate::operation::{Cell, Fields, Label, Name};
use crate::reference::KitSchema;
use crate::store::Store;

/// The rows of a store, named by their places in the plan.
#[derive(Clone, Default)]
pub(super) struct Plan {
    pub(super) rows: Vec<PlannedRow>,
    /// Place of the relation, source, target.
    pub(super) links: Vec<(usize, usize, usize)>,
    /// Place of the key, and the row it falls back to.
    pub(super) substitutes: BTreeMap<usize, usize>,
}

#[derive(Clone)]
pub(super) struct PlannedRow {
    pub(super) model: usize,
    pub(super) fields: Vec<Slot>,
}

/// What a field of a planned row holds.
#[derive(Clone, PartialEq)]
pub(super) enum Slot {
    /// Its default.
    LeftOut,
    /// What a tree says.
    Tree(usize),
    /// What no tree says.
    Fixed(Cell<usize>),
}

impl Plan {
    /// The plan without rows, links and fallbacks for which `keeps` is false; `None` if a required key would name a row
    /// that goes.
    pub(super) fn without(&self, goes: &[bool]) -> Option<Self> {
        let mut places = Vec::new();
        let mut next = 0;
        for &goes in goes {
            places.push((!goes).then_some(next));
            next += usize::from(!goes);
        }
        let mut plan = Self::default();
        for (row, _) in self.rows.iter().zip(goes).filter(|(_, goes)| !**goes) {
            let mut row = row.clone();
            for slot in &mut row.fields {
                if let Slot::Fixed(Cell::Row(target)) = slot {
                    *target = places[*target]?;
                }
            }
            plan.rows.push(row);
        }
        plan.links.extend(
            self.links.iter().filter_map(|&(link, source, target)| Some((link, places[source]?, places[target]?))),
        );
        plan.substitutes.extend(self.substitutes.iter().filter_map(|(key, row)| Some((*key, places[*row]?))));
        Some(plan)
    }

    /// Builds the store in one transaction; an error names the row that a rule refuses.
    pub(super) fn build<S: KitSchema>(
        &self,
        source: &Source<S>,
        trees: &Trees,
    ) -> Result<(Store<S>, Vec<RowKey>), usize> {
        let (mut db, mut refused, mut keys) = (Store::<S>::new(), 0, Vec::new());
        let built = db.transaction(|tx| {
            for row in &self.rows {
                keys.push(source.kits[row.model].reserve(tx)?);
            }
            for (place, row) in self.rows.iter().enumerate() {
                refused = place;
                insert(source, trees, tx, &keys, row, place)?;
            }
            for &(link, from, to) in &self.links {
                refused = from;
                let relation = source.catalog.links()[link].name.field;
                tx.link_by_name(keys[from], relation, &[keys[to]], |_| &[])?;
            }
            for (&relation, &row) in &self.substitutes {
                let name = source.catalog.relations()[relation].name;
                tx.set_substitute_by_name(name.model, name.field, Some(keys[row]))?;
            }
            Ok(())
        });
        match built {
            Ok(()) => Ok((db, keys)),
            Err(_) => Err(refused),
        }
    }

    /// Takes rows away until no rule refuses any, and builds.
    pub(super) fn settle<S: KitSchema>(&mut self, source: &Source<S>, trees: &Trees) -> (Store<S>, Vec<RowKey>) {
        loop {
            let refused = match self.build(source, trees) {
                Ok(built) => return built,
                Err(refused) => refused,
            };
            *self = self.dropped(source, refused);
        }
    }

    /// The plan without a row: keys that name it become null, or take their rows along.
    pub(super) fn dropped<S>(&self, source: &Source<S>, row: usize) -> Self {
        let mut plan = self.clone();
        let mut goes = alloc::vec![false; self.rows.len()];
        goes[row] = true;
        loop {
            let mut more = false;
            for place in 0..plan.rows.len() {
                let model = plan.rows[place].model;
                for relation in source.catalog.keys_of(model) {
                    let info = &source.catalog.relations()[relation];
                    // A row for which there was no room has no fields.
                    let Some(slot) = plan.rows[place].fields.get_mut(info.field) else { continue };
                    if !goes[place] && matches!(slot, Slot::Fixed(Cell::Row(target)) if goes[*target]) {
                        if info.nullable {
                            *slot = Slot::Fixed(Cell::Null);
                        } else {
                            goes[place] = true;
                            more = true;
                        }
                    }
                }
            }
            if !more {
                return plan.without(&goes).expect("rows that would name one that goes have gone with it");
            }
        }
    }
}

fn fields<S>(source: &Source<S>, trees: &Trees, row: &PlannedRow) -> Fields<Label> {
    let names = source.catalog.models()[row.model].descriptor.fields;
    let cell = |slot: &Slot| match slot {
        Slot::LeftOut => None,
        Slot::Tree(tree) => Some(relabelled(trees.cell(*tree), |_| Label::MAX)),
        Slot::Fixed(cell) => {
            Some(relabelled(cell.clone(), |row| Label::try_from(row).expect("a plan has fewer rows than labels")))
        }
    };
    let fields = names.iter().zip(&row.fields);
    fields.filter_map(|(field, slot)| Some((Name::Borrowed(field.name), cell(slot)?))).collect()
}

/// A cell whose row is named in another way.
pub(super) fn relabelled<A, B>(cell: Cell<A>, row: impl FnOnce(A) -> B) -> Cell<B> {
    match cell {
        Cell::Null => Cell::Null,
        Cell::Bool(value) => Cell::Bool(value),
        Cell::Int(value) => Cell::Int(value),
        Cell::Float(value) => Cell::Float(value),
        Cell::Text(value) => Cell::Text(value),
        Cell::Row(one) => Cell::Row(row(one)),
        Cell::Sample(seed) => Cell::Sample(seed),
    }
}

/// Inserts a row under the id that was reserved for it.
pub(super) fn insert<S: KitSchema>(
    source: &Source<S>,
    trees: &Trees,
    tx: &mut Store<S>,
    keys: &[RowKey],
    row: &PlannedRow,
    place: usize,
) -> Result<(), Error> {
    let (fields, raw) =
        (fields(source, trees, row), |label: Label| keys.get(label as usize).map_or(RawId::NULL, |key| key.raw()));
    let maker = Maker { descriptor: source.catalog.models()[row.model].descriptor, fields: &fields, raw: &raw };
    source.kits[row.model].insert_reserved(tx, keys[place], &maker)
}
