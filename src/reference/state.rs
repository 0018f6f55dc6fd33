//! What the reference does: the rules, carried out by full scans, and nothing that is there for speed.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::rc::Rc;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::outcome::{Effect, Pointer, Refusal};
use super::rows::ModelRows;
use crate::catalog::{Catalog, RelationInfo};
use crate::error::Error;
use crate::kit::{Maker, label_id};
use crate::model::{OnDelete, same_value};
use crate::operation::{Cell, Fields, Label, Name, Statement};
use crate::value::Value;

/// Everything that the reference keeps. A clone shares what neither has written since.
pub(crate) struct State<S> {
    pub(super) tables: Vec<Rc<dyn ModelRows<S>>>,
    /// Links that the store keeps: place of the relation, source, target; a symmetrical one in both directions.
    pub(super) links: Rc<BTreeSet<(usize, Label, Label)>>,
    /// With the place of the model.
    pub(super) reserved: Rc<BTreeMap<Label, usize>>,
    pub(super) gone: Rc<BTreeMap<Label, usize>>,
    /// By the place of the key.
    pub(super) substitutes: Rc<BTreeMap<usize, Option<Label>>>,
    pub(super) next: Label,
}

impl<S> Clone for State<S> {
    fn clone(&self) -> Self {
        Self {
            tables: self.tables.clone(),
            links: Rc::clone(&self.links),
            reserved: Rc::clone(&self.reserved),
            gone: Rc::clone(&self.gone),
            substitutes: Rc::clone(&self.substitutes),
            next: self.next,
        }
    }
}

/// A key that is not null: its place, and the rows it joins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Joint {
    pub(super) relation: usize,
    pub(super) source: Label,
    pub(super) target: Label,
}

/// The state with the schema that it is of.
pub(super) struct Draft<'a, S> {
    pub(super) catalog: &'a Catalog,
    pub(super) state: State<S>,
}

impl<S> State<S> {
    pub(super) fn contains(&self, model: usize, label: Label) -> bool {
        self.tables[model].contains(label)
    }

    pub(super) fn table_mut(&mut self, model: usize) -> &mut dyn ModelRows<S> {
        if Rc::get_mut(&mut self.tables[model]).is_none() {
            self.tables[model] = self.tables[model].duplicate();
        }
        Rc::get_mut(&mut self.tables[model]).expect("a copy has one owner")
    }

    pub(super) fn joints(&self, catalog: &Catalog) -> Vec<Joint> {
        let mut joints = Vec::new();
        for (relation, info) in catalog.relations().iter().enumerate() {
            let join = &mut |source, target| joints.push(Joint { relation, source, target });
            self.tables[info.source].each_key(info.ordinal, join);
        }
        joints
    }

    pub(super) fn dangling(&self, catalog: &Catalog) -> BTreeSet<Pointer> {
        let is_dangling = |joint: &Joint| !self.contains(catalog.relations()[joint.relation].target, joint.target);
        self.joints(catalog).into_iter().filter(is_dangling).map(|joint| pointer(catalog, joint)).collect()
    }

    /// Whether a row has this in a field.
    fn has(&self, info: Option<&RelationInfo>, model: usize, row: Label, field: usize, value: &Cell<Label>) -> bool {
        match info {
            Some(info) => {
                let key = self.tables[model].key(row, info.ordinal);
                match value {
                    Cell::Row(target) => key == Some(*target),
                    Cell::Null | Cell::Sample(_) => key.is_none(),
                    // No key is a number or a text.
                    Cell::Bool(_) | Cell::Int(_) | Cell::Float(_) | Cell::Text(_) => false,
                }
            }
            None => same_value(&self.tables[model].value(row, field), &value.to_value(|_| Value::Null)),
        }
    }
}

fn pointer(catalog: &Catalog, joint: Joint) -> Pointer {
    Pointer { relation: catalog.relations()[joint.relation].name, source: joint.source, target: joint.target }
}

/// What made a row out of cells fail, as a refusal.
pub(super) fn unfit(error: &Error) -> Refusal {
    if matches!(error, Error::Null { .. }) { Refusal::Null } else { Refusal::WrongType }
}

impl<S> Draft<'_, S> {
    pub(super) fn run(&mut self, statement: &Statement, in_transaction: bool) -> Result<Effect, Refusal> {
        let mut effect = Effect::default();
        match statement {
            Statement::Insert { model, rows, .. } => {
                // All rows are made before the first is inserted.
                rows.iter().try_for_each(|fields| self.fits(model, fields))?;
                for fields in rows {
                    let label = self.name();
                    self.insert(self.place(model), label, fields)?;
                    effect.created.push(label);
                }
            }
            Statement::Reserve { .. } if !in_transaction => return Err(Refusal::OutsideTransaction),
            Statement::Reserve { model } => {
                let (label, model) = (self.name(), self.place(model));
                Rc::make_mut(&mut self.state.reserved).insert(label, model);
                effect.created.push(label);
            }
            Statement::InsertReserved { model, row, fields } => {
                self.fits(model, fields)?;
                if !self.state.reserved.contains_key(row) {
                    return Err(Refusal::NotReserved);
                }
                self.insert(self.place(model), *row, fields)?;
                Rc::make_mut(&mut self.state.reserved).remove(row);
            }
            Statement::Write { model, row, fields, is_set } => {
                self.write(self.place(model), &[(*row, fields.clone())], *is_set)?;
            }
            Statement::Delete { model, row } => {
                let model = self.place(model);
                self.alive(model, *row)?;
                effect.deleted = self.delete(model, &[*row])?;
            }
            Statement::DeleteMany { model, rows } => {
                let model = self.place(model);
                let living: Vec<Label> = rows.iter().copied().filter(|row| self.state.contains(model, *row)).collect();
                effect.deleted = self.delete(model, &living)?;
            }
            Statement::DeleteWhere { model, field, value } => {
                let (model, field) = self.field(model, field);
                let info = self.catalog.relation_of_field(model, field).map(|place| &self.catalog.relations()[place]);
                let mut rows = self.state.tables[model].labels();
                rows.retain(|row| self.state.has(info, model, *row, field, value));
                effect.deleted = self.delete(model, &rows)?;
            }
            Statement::Links(links) => self.change_links(links, &mut effect)?,
            Statement::Reassign { model, row, field, target, swaps } => {
                self.reassign(self.field(model, field), *row, *target, *swaps)?;
            }
            Statement::SetSubstitute { model, field, row } => self.set_substitute(self.field(model, field), *row)?,
        }
        let may_dangle = !effect.deleted.is_empty() || effect.removed > 0;
        if may_dangle && !in_transaction {
            let dangling = self.state.dangling(self.catalog);
            if !dangling.is_empty() {
                return Err(Refusal::Dangling(dangling));
            }
        }
        Ok(effect)
    }

    fn place(&self, model: &str) -> usize {
        self.catalog.model(model).expect("a statement names models of the schema")
    }

    /// Whether a row can be made of these fields at all.
    fn fits(&self, model: &str, fields: &[(Name, Cell<Label>)]) -> Result<(), Refusal> {
        let model = self.place(model);
        self.state.tables[model].fits(&self.maker(model, fields)).map_err(|error| unfit(&error))
    }

    fn field(&self, model: &str, field: &str) -> (usize, usize) {
        let model = self.place(model);
        (model, self.catalog.field(model, field).expect("a statement names fields of the schema"))
    }

    fn key(&self, (model, field): (usize, usize)) -> usize {
        self.catalog.relation_of_field(model, field).expect("the statement is about keys")
    }

    pub(super) fn name(&mut self) -> Label {
        self.state.next += 1;
        self.state.next
    }

    pub(super) fn alive(&self, model: usize, row: Label) -> Result<(), Refusal> {
        if self.state.contains(model, row) { Ok(()) } else { Err(Refusal::RowNotFound) }
    }

    fn may_name(&self, model: usize, target: Label) -> bool {
        self.state.contains(model, target) || self.state.reserved.get(&target) == Some(&model)
    }

    fn maker<'m>(&self, model: usize, fields: &'m [(Name, Cell<Label>)]) -> Maker<'m> {
        Maker { descriptor: self.catalog.models()[model].descriptor, fields, raw: &|label| label_id(label) }
    }

    pub(super) fn insert(&mut self, model: usize, label: Label, fields: &[(Name, Cell<Label>)]) -> Result<(), Refusal> {
        let maker = self.maker(model, fields);
        self.state.table_mut(model).insert(label, &maker).map_err(|error| unfit(&error))?;
        for relation in self.catalog.keys_of(model) {
            let info = &self.catalog.relations()[relation];
            let target = self.state.tables[model].key(label, info.ordinal);
            if target.is_some_and(|target| !self.may_name(info.target, target)) {
                return Err(Refusal::DanglingTarget);
            }
        }
        self.rules(model, &[label])
    }

    /// Writes rows as one statement; keys are checked that are set or changed.
    fn write(&mut self, model: usize, rows: &[(Label, Fields<Label>)], is_set: bool) -> Result<(), Refusal> {
        for (row, _) in rows {
            self.alive(model, *row)?;
        }
        let before = self.state.clone();
        let place = |name: &Name| self.catalog.field(model, name).expect("a statement names fields of the schema");
        for (row, fields) in rows {
            let (maker, places) = (self.maker(model, fields), fields.iter().map(|(name, _)| place(name)));
            let places: Vec<usize> = places.collect();
            self.state.table_mut(model).write(*row, &places, &maker).map_err(|error| unfit(&error))?;
            for relation in places.iter().filter_map(|&field| self.catalog.relation_of_field(model, field)) {
                let info = &self.catalog.relations()[relation];
                let (old, new) = (&before.tables[model], &self.state.tables[model]);
                let (old, new) = (old.key(*row, info.ordinal), new.key(*row, info.ordinal));
                if (is_set || old != new) && new.is_some_and(|target| !self.may_name(info.target, target)) {
                    return Err(Refusal::DanglingTarget);
                }
            }
        }
        self.rules(model, &rows.iter().map(|(row, _)| *row).collect::<Vec<_>>())
    }

    fn breaks_unique(&self, model: usize, row: Label) -> bool {
        let rows = &self.state.tables[model];
        let mut keys = self.catalog.keys_of(model).map(|relation| &self.catalog.relations()[relation]);
        let is_taken = |info: &RelationInfo| {
            let (own, mut is_taken) = (rows.key(row, info.ordinal), false);
            rows.each_key(info.ordinal, &mut |other, target| is_taken |= other != row && own == Some(target));
            info.is_one_to_one() && is_taken
        };
        rows.collides(row) || keys.any(is_taken)
    }

    fn rules(&self, model: usize, rows: &[Label]) -> Result<(), Refusal> {
        if rows.iter().any(|row| self.state.tables[model].breaks_check(*row)) {
            return Err(Refusal::Check);
        }
        if rows.iter().any(|row| self.breaks_unique(model, *row)) { Err(Refusal::Unique) } else { Ok(()) }
    }

    /// The targets and, repeatedly, every row with a cascading key to one of them; with the places of their models.
    fn closure(&self, joints: &[Joint], model: usize, targets: &[Label]) -> BTreeMap<Label, usize> {
        let mut doomed: BTreeMap<Label, usize> = targets.iter().map(|target| (*target, model)).collect();
        loop {
            let before = doomed.len();
            for joint in joints {
                let info = &self.catalog.relations()[joint.relation];
                if info.on_delete == OnDelete::Cascade && doomed.contains_key(&joint.target) {
                    doomed.insert(joint.source, info.source);
                }
            }
            if doomed.len() == before {
                return doomed;
            }
        }
    }

    /// The seven steps of the rules of deletion; the seventh, dangling references, is the caller's.
    pub(super) fn delete(&mut self, model: usize, targets: &[Label]) -> Result<BTreeMap<String, usize>, Refusal> {
        let mut towards = self.state.joints(self.catalog);
        let doomed = self.closure(&towards, model, targets);
        towards.retain(|joint| doomed.contains_key(&joint.target));
        let blocking = |action: OnDelete, even_if_doomed: bool| -> BTreeSet<Pointer> {
            let acts = |joint: &&Joint| self.catalog.relations()[joint.relation].on_delete == action;
            let stays = |joint: &&Joint| even_if_doomed || !doomed.contains_key(&joint.source);
            towards.iter().filter(acts).filter(stays).map(|joint| pointer(self.catalog, *joint)).collect()
        };
        match (blocking(OnDelete::Protect, true), blocking(OnDelete::Restrict, false)) {
            (protecting, _) if !protecting.is_empty() => return Err(Refusal::Protected(protecting)),
            (_, restricting) if !restricting.is_empty() => return Err(Refusal::Restricted(restricting)),
            _ => {}
        }
        let mut rewritten = Vec::new();
        for Joint { relation, source, .. } in towards.into_iter().filter(|joint| !doomed.contains_key(&joint.source)) {
            let info = &self.catalog.relations()[relation];
            let target = match info.on_delete {
                OnDelete::SetNull => None,
                OnDelete::SetDefault | OnDelete::SetWith => {
                    *self.state.substitutes.get(&relation).ok_or(Refusal::SubstituteNotNamed)?
                }
                _ => continue,
            };
            self.state.table_mut(info.source).set_key(source, info.ordinal, target);
            rewritten.push((info.source, source));
        }
        let counts = self.take_away(&doomed);
        let check = rewritten.iter().any(|(model, row)| self.state.tables[*model].breaks_check(*row));
        match (check, rewritten.iter().any(|(model, row)| self.breaks_unique(*model, *row))) {
            (false, false) => Ok(counts),
            (true, false) => Err(Refusal::Check),
            (false, true) => Err(Refusal::Unique),
            (true, true) => Err(Refusal::CheckOrUnique),
        }
    }

    fn take_away(&mut self, doomed: &BTreeMap<Label, usize>) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        if doomed.is_empty() {
            return counts;
        }
        for (&row, &model) in doomed {
            self.state.table_mut(model).remove(row);
            let name = self.catalog.models()[model].descriptor.name;
            *counts.entry(name.to_string()).or_default() += 1;
        }
        Rc::make_mut(&mut self.state.gone).extend(doomed);
        let cut =
            |(_, source, target): &(usize, Label, Label)| doomed.contains_key(source) || doomed.contains_key(target);
        for (link, ..) in self.state.links.iter().filter(|link| cut(link)) {
            *counts.entry(self.catalog.links()[*link].name.to_string()).or_default() += 1;
        }
        Rc::make_mut(&mut self.state.links).retain(|link| !cut(link));
        counts
    }

    fn reassign(&mut self, place: (usize, usize), row: Label, target: Label, swaps: bool) -> Result<(), Refusal> {
        let ((model, field), info) = (place, &self.catalog.relations()[self.key(place)]);
        self.alive(model, row)?;
        if !self.may_name(info.target, target) {
            return Err(Refusal::DanglingTarget);
        }
        let name = Name::Borrowed(self.catalog.models()[model].descriptor.fields[field].name);
        let rows = &self.state.tables[model];
        let own = rows.key(row, info.ordinal).filter(|_| swaps).map_or(Cell::Null, Cell::Row);
        let mut written = alloc::vec![(row, alloc::vec![(name.clone(), Cell::Row(target))])];
        let holds = |label: &Label| *label != row && rows.key(*label, info.ordinal) == Some(target);
        let holder = rows.labels().into_iter().find(holds);
        written.extend(holder.map(|holder| (holder, alloc::vec![(name, own)])));
        self.write(model, &written, false)
    }

    fn set_substitute(&mut self, place: (usize, usize), row: Option<Label>) -> Result<(), Refusal> {
        let relation = self.key(place);
        let info = &self.catalog.relations()[relation];
        if !matches!(info.on_delete, OnDelete::SetDefault | OnDelete::SetWith) {
            return Err(Refusal::NeedsNoSubstitute);
        }
        if row.is_some_and(|row| !self.state.contains(info.target, row)) {
            return Err(Refusal::DanglingTarget);
        }
        if row.is_none() && !info.nullable {
            return Err(Refusal::Null);
        }
        Rc::make_mut(&mut self.state.substitutes).insert(relation, row);
        Ok(())
    }
}
