//! The reference: maps and full scans, written from the rules and from nothing else. Savepoints are clones on a stack.

mod links;

use std::collections::{BTreeMap, BTreeSet};

use relarena::OnDelete;

use crate::links::LinkChange;
use crate::operations::Statement;
use crate::outcome::{Effect, Pointer, Refusal};
use crate::schema::{Cell, Fields, Kind, Label, model};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) model: &'static str,
    pub(crate) fields: Fields,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) rows: BTreeMap<Label, Row>,
    /// Links that the store keeps; a symmetrical one in both directions.
    pub(crate) links: BTreeSet<(&'static str, Label, Label)>,
    reserved: BTreeMap<Label, &'static str>,
    substitutes: BTreeMap<(&'static str, &'static str), Cell>,
    gone: BTreeMap<Label, &'static str>,
    next: Label,
}

#[derive(Clone, Default)]
pub(crate) struct Reference {
    pub(crate) state: State,
    saved: Vec<State>,
}

impl Reference {
    pub(crate) fn execute(&mut self, statement: &Statement) -> Result<Effect, Refusal> {
        let (mut draft, in_transaction) = (self.state.clone(), !self.saved.is_empty());
        let effect = draft.run(statement, in_transaction)?;
        if !in_transaction && !draft.dangling().is_empty() {
            return Err(Refusal::Dangling(draft.dangling()));
        }
        self.state = draft;
        Ok(effect)
    }

    pub(crate) fn begin(&mut self) {
        self.saved.push(self.state.clone());
    }

    pub(crate) fn rollback(&mut self) {
        self.state = self.saved.pop().expect("a transaction is open");
    }

    pub(crate) fn commit(&mut self) -> Result<(), Refusal> {
        if self.saved.len() == 1 && !self.state.dangling().is_empty() {
            let dangling = self.state.dangling();
            self.rollback();
            return Err(Refusal::Dangling(dangling));
        }
        self.saved.pop();
        if self.saved.is_empty() {
            self.state.reserved.clear();
        }
        Ok(())
    }
}

impl State {
    pub(crate) fn living(&self, model: &str) -> Vec<Label> {
        self.rows.iter().filter(|(_, row)| row.model == model).map(|(label, _)| *label).collect()
    }
    pub(crate) fn reserved_of(&self, model: &str) -> Vec<Label> {
        of_model(&self.reserved, model)
    }
    pub(crate) fn gone_of(&self, model: &str) -> Vec<Label> {
        of_model(&self.gone, model)
    }

    /// Every key that is not null: its rule, and the rows it joins.
    pub(crate) fn pointers(&self) -> Vec<(&'static str, &'static str, OnDelete, Label, Label)> {
        let mut pointers = Vec::new();
        for (&source, row) in &self.rows {
            for (name, kind) in model(row.model).fields {
                if let (Kind::Key { on_delete, .. }, Cell::Key(target)) = (kind, &row.fields[name]) {
                    pointers.push((row.model, *name, *on_delete, source, *target));
                }
            }
        }
        pointers
    }

    /// Whether a label stands for a row that is, was or may yet be.
    pub(crate) fn knows(&self, label: Label) -> bool {
        self.rows.contains_key(&label) || self.gone.contains_key(&label) || self.reserved.contains_key(&label)
    }

    fn dangling(&self) -> BTreeSet<Pointer> {
        let dead = self.pointers().into_iter().filter(|pointer| !self.rows.contains_key(&pointer.4));
        dead.map(|(model, field, _, source, target)| (format!("{model}.{field}"), source, target)).collect()
    }

    fn run(&mut self, statement: &Statement, in_transaction: bool) -> Result<Effect, Refusal> {
        let mut effect = Effect::default();
        match statement {
            Statement::Insert { model, rows, .. } => {
                for fields in rows {
                    let label = self.name();
                    effect.created.push(self.insert(model, label, fields)?);
                }
            }
            Statement::Reserve { .. } if !in_transaction => return Err(Refusal::OutsideTransaction),
            Statement::Reserve { model } => {
                let label = self.name();
                self.reserved.insert(label, model);
                effect.created.push(label);
            }
            Statement::InsertReserved { label, .. } if !self.reserved.contains_key(label) => {
                return Err(Refusal::NotReserved);
            }
            Statement::InsertReserved { model, label, fields } => {
                self.insert(model, *label, fields)?;
                self.reserved.remove(label);
            }
            Statement::Write { row, fields, is_set, .. } => self.write(&[(*row, fields.clone())], *is_set)?,
            Statement::Delete { row, .. } => effect.deleted = self.delete(&[self.alive(*row)?])?,
            Statement::DeleteMany { rows, .. } => {
                let rows: Vec<Label> = rows.iter().copied().filter(|row| self.rows.contains_key(row)).collect();
                effect.deleted = self.delete(&rows)?;
            }
            Statement::DeleteWhere { model, field, value } => {
                let rows = self.living(model).into_iter().filter(|row| self.rows[row].fields[field] == *value);
                effect.deleted = self.delete(&rows.collect::<Vec<_>>())?;
            }
            Statement::Links { verb, end, row, others, level } => {
                LinkChange { verb: *verb, end: *end, row: *row, others, level: *level }.apply(self, &mut effect)?;
            }
            Statement::Reassign { row, field, target, swaps } => self.reassign(*row, field, *target, *swaps)?,
            Statement::SetSubstitute { model, field, row } => {
                if matches!(row, Cell::Key(target) if !self.rows.contains_key(target)) {
                    return Err(Refusal::ForeignKey);
                }
                self.substitutes.insert((model, field), row.clone());
            }
        }
        Ok(effect)
    }

    fn name(&mut self) -> Label {
        self.next += 1;
        self.next
    }

    fn alive(&self, row: Label) -> Result<Label, Refusal> {
        if self.rows.contains_key(&row) { Ok(row) } else { Err(Refusal::RowNotFound) }
    }

    fn exists(&self, value: &Cell) -> bool {
        !matches!(value, Cell::Key(target) if !self.rows.contains_key(target) && !self.reserved.contains_key(target))
    }

    fn insert(&mut self, model: &'static str, label: Label, fields: &Fields) -> Result<Label, Refusal> {
        if !fields.values().all(|value| self.exists(value)) {
            return Err(Refusal::ForeignKey);
        }
        self.rows.insert(label, Row { model, fields: fields.clone() });
        self.rules(&[label])?;
        Ok(label)
    }

    /// Writes rows as one statement; keys are checked that are set or changed.
    fn write(&mut self, rows: &[(Label, Fields)], is_set: bool) -> Result<(), Refusal> {
        for (row, fields) in rows {
            self.alive(*row)?;
            let written = |name: &str, value: &Cell| is_set || self.rows[row].fields[name] != *value;
            if fields.iter().any(|(name, value)| written(name, value) && !self.exists(value)) {
                return Err(Refusal::ForeignKey);
            }
        }
        for (row, fields) in rows {
            self.rows.get_mut(row).expect("checked above").fields.extend(fields.clone());
        }
        self.rules(&rows.iter().map(|(row, _)| *row).collect::<Vec<_>>())
    }

    fn breaks_check(&self, row: Label) -> bool {
        !(model(self.rows[&row].model).passes)(&self.rows[&row].fields)
    }

    fn breaks_unique(&self, row: Label) -> bool {
        let Row { model: name, fields } = &self.rows[&row];
        model(name).uniques.iter().any(|rule| {
            let values = |row: &Fields| rule.fields.iter().map(|field| row[field].clone()).collect::<Vec<_>>();
            let takes_part = |row: &Fields| (rule.counts)(row) && !values(row).contains(&Cell::Null);
            let mut others = self.rows.iter().filter(|(label, other)| **label != row && other.model == *name);
            takes_part(fields)
                && others.any(|(_, other)| takes_part(&other.fields) && values(&other.fields) == values(fields))
        })
    }

    fn rules(&self, rows: &[Label]) -> Result<(), Refusal> {
        if rows.iter().any(|row| self.breaks_check(*row)) {
            return Err(Refusal::Check);
        }
        if rows.iter().any(|row| self.breaks_unique(*row)) { Err(Refusal::Unique) } else { Ok(()) }
    }

    /// The targets and, repeatedly, every row with a cascading key to one of them.
    fn closure(&self, targets: &[Label]) -> BTreeSet<Label> {
        let mut doomed: BTreeSet<Label> = targets.iter().copied().collect();
        loop {
            let cascading = self.pointers().into_iter().filter(|one| one.2 == OnDelete::Cascade);
            let found: Vec<Label> = cascading.filter(|one| doomed.contains(&one.4)).map(|one| one.3).collect();
            let before = doomed.len();
            doomed.extend(found);
            if doomed.len() == before {
                return doomed;
            }
        }
    }

    /// The seven steps of the rules; the seventh, dangling references, is the caller's.
    fn delete(&mut self, targets: &[Label]) -> Result<BTreeMap<String, usize>, Refusal> {
        let doomed = self.closure(targets);
        let towards: Vec<_> = self.pointers().into_iter().filter(|one| doomed.contains(&one.4)).collect();
        let blocking = |action: OnDelete, even_if_doomed: bool| -> BTreeSet<Pointer> {
            let all = towards.iter().filter(|one| one.2 == action && (even_if_doomed || !doomed.contains(&one.3)));
            all.map(|(model, field, _, source, target)| (format!("{model}.{field}"), *source, *target)).collect()
        };
        match (blocking(OnDelete::Protect, true), blocking(OnDelete::Restrict, false)) {
            (protecting, _) if !protecting.is_empty() => return Err(Refusal::Protected(protecting)),
            (_, restricting) if !restricting.is_empty() => return Err(Refusal::Restricted(restricting)),
            _ => {}
        }
        let mut rewritten = Vec::new();
        for (model, field, action, source, _) in towards.into_iter().filter(|one| !doomed.contains(&one.3)) {
            let value = match action {
                OnDelete::SetNull => Cell::Null,
                OnDelete::SetDefault | OnDelete::SetWith => {
                    self.substitutes.get(&(model, field)).cloned().ok_or(Refusal::SubstituteNotNamed)?
                }
                _ => continue,
            };
            self.rows.get_mut(&source).expect("a source is living").fields.insert(field, value);
            rewritten.push(source);
        }
        let mut counts = BTreeMap::new();
        for row in &doomed {
            let model = self.rows.remove(row).expect("a doomed row is living").model;
            self.gone.insert(*row, model);
            *counts.entry(model.to_owned()).or_default() += 1;
        }
        let cut = |(_, source, target): &(&str, Label, Label)| doomed.contains(source) || doomed.contains(target);
        for (link, ..) in self.links.iter().filter(|link| cut(link)) {
            *counts.entry((*link).to_owned()).or_default() += 1;
        }
        self.links.retain(|link| !cut(link));
        let check = rewritten.iter().any(|row| self.breaks_check(*row));
        match (check, rewritten.iter().any(|row| self.breaks_unique(*row))) {
            (false, false) => Ok(counts),
            (true, false) => Err(Refusal::Check),
            (false, true) => Err(Refusal::Unique),
            (true, true) => Err(Refusal::CheckOrUnique),
        }
    }

    fn reassign(&mut self, row: Label, field: &'static str, target: Label, swaps: bool) -> Result<(), Refusal> {
        self.alive(row)?;
        if !self.exists(&Cell::Key(target)) {
            return Err(Refusal::ForeignKey);
        }
        let own = self.rows[&row].fields[field].clone();
        let mut rows = vec![(row, Fields::from([(field, Cell::Key(target))]))];
        let holds = |label: &Label| *label != row && self.rows[label].fields[field] == Cell::Key(target);
        if let Some(holder) = self.living("Desk").into_iter().find(holds) {
            rows.push((holder, Fields::from([(field, if swaps { own } else { Cell::Null })])));
        }
        self.write(&rows, false)
    }
}

fn of_model(labels: &BTreeMap<Label, &str>, model: &str) -> Vec<Label> {
    labels.iter().filter(|(_, name)| **name == model).map(|(label, _)| *label).collect()
}
