//! The reference: maps and full scans, written from the rules and from nothing else. Savepoints are clones on a stack.

use std::collections::{BTreeMap, BTreeSet};

use relarena::OnDelete;

use crate::operations::{Statement, Verb};
use crate::schema::{Cell, End, Fields, Kind, Label, model};

/// A reference from a row: key, source, target.
pub(crate) type Pointer = (String, Label, Label);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    RowNotFound,
    ForeignKey,
    Check,
    Unique,
    /// A delete whose rewritten keys break rules of both kinds, in no fixed order.
    CheckOrUnique,
    Protected(BTreeSet<Pointer>),
    Restricted(BTreeSet<Pointer>),
    SubstituteNotNamed,
    Dangling(BTreeSet<Pointer>),
    NotReserved,
    OutsideTransaction,
}

/// What a statement did: new rows, changed links, deleted rows and links by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effect {
    pub(crate) created: Vec<Label>,
    pub(crate) added: usize,
    pub(crate) removed: usize,
    pub(crate) deleted: BTreeMap<String, usize>,
}

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
        self.reserved.iter().filter(|(_, name)| **name == model).map(|(label, _)| *label).collect()
    }
    pub(crate) fn gone_of(&self, model: &str) -> Vec<Label> {
        self.gone.iter().filter(|(_, name)| **name == model).map(|(label, _)| *label).collect()
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
                self.alive(*row)?;
                self.change_links(*verb, *end, *row, others, *level, &mut effect)?;
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

    /// The seven steps of the rules; the seventh, dangling references, is the caller's.
    fn delete(&mut self, targets: &[Label]) -> Result<BTreeMap<String, usize>, Refusal> {
        let mut doomed: BTreeSet<Label> = targets.iter().copied().collect();
        loop {
            let cascading = self.pointers().into_iter().filter(|one| one.2 == OnDelete::Cascade);
            let found: Vec<Label> = cascading.filter(|one| doomed.contains(&one.4)).map(|one| one.3).collect();
            let before = doomed.len();
            doomed.extend(found);
            if doomed.len() == before {
                break;
            }
        }
        let towards: Vec<_> = self.pointers().into_iter().filter(|one| doomed.contains(&one.4)).collect();
        let blocking = |action: OnDelete, even_if_doomed: bool| -> BTreeSet<Pointer> {
            let all = towards.iter().filter(|one| one.2 == action && (even_if_doomed || !doomed.contains(&one.3)));
            all.map(|(model, field, _, source, target)| (format!("{model}.{field}"), *source, *target)).collect()
        };
        let (protecting, restricting) = (blocking(OnDelete::Protect, true), blocking(OnDelete::Restrict, false));
        if !protecting.is_empty() {
            return Err(Refusal::Protected(protecting));
        }
        if !restricting.is_empty() {
            return Err(Refusal::Restricted(restricting));
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

    /// Rows at the other end, once for each through row.
    pub(crate) fn linked(&self, end: End, row: Label) -> Vec<Label> {
        if end.is_through() {
            return self.through_rows(end, row).into_iter().filter_map(|(_, other)| other).collect();
        }
        let links = self.links.iter().filter(|(link, ..)| *link == end.link());
        links
            .map(|&(_, source, target)| end.pair(source, target))
            .filter(|pair| pair.0 == row)
            .map(|pair| pair.1)
            .collect()
    }

    fn through_rows(&self, end: End, row: Label) -> Vec<(Label, Option<Label>)> {
        let (here, there) = if end == End::Clubs { ("person", "club") } else { ("club", "person") };
        let rows = self.living("Membership").into_iter().map(|label| (label, &self.rows[&label].fields));
        let rows = rows.filter(|(_, fields)| fields[here] == Cell::Key(row));
        rows.map(|(label, fields)| match fields[there] {
            Cell::Key(other) if self.rows.contains_key(&other) => (label, Some(other)),
            _ => (label, None),
        })
        .collect()
    }

    fn change_links(
        &mut self,
        verb: Verb,
        end: End,
        row: Label,
        others: &[Label],
        level: u8,
        effect: &mut Effect,
    ) -> Result<(), Refusal> {
        if matches!(verb, Verb::Link | Verb::Set) && !others.iter().all(|other| self.rows.contains_key(other)) {
            return Err(Refusal::ForeignKey);
        }
        let goes = |other: &Label| match verb {
            Verb::Link => false,
            Verb::Unlink => others.contains(other),
            Verb::Set => !others.contains(other),
            Verb::Clear => true,
        };
        if end.is_through() {
            let rows = self.through_rows(end, row).into_iter();
            let rows: Vec<Label> = rows
                .filter(|(_, other)| other.as_ref().map_or(verb == Verb::Clear, goes))
                .map(|(label, _)| label)
                .collect();
            effect.removed = rows.len();
            self.delete(&rows)?;
        } else {
            for other in self.linked(end, row).iter().filter(|other| goes(other)) {
                effect.removed += usize::from(self.cut_link(end, row, *other));
            }
        }
        if matches!(verb, Verb::Unlink | Verb::Clear) {
            return Ok(());
        }
        for &other in others {
            if self.linked(end, row).contains(&other) {
                continue;
            }
            let (source, target) = end.pair(row, other);
            effect.added += 1;
            if end.is_through() {
                let level =
                    Cell::Int(i64::from(level) + i64::try_from(effect.created.len()).expect("a program is short"));
                let fields =
                    Fields::from([("level", level), ("person", Cell::Key(source)), ("club", Cell::Key(target))]);
                let label = self.name();
                effect.created.push(self.insert("Membership", label, &fields)?);
                continue;
            }
            self.links.insert((end.link(), source, target));
            if end == End::Friends {
                self.links.insert((end.link(), target, source));
            }
        }
        Ok(())
    }

    fn cut_link(&mut self, end: End, row: Label, other: Label) -> bool {
        let (source, target) = end.pair(row, other);
        if end == End::Friends {
            self.links.remove(&(end.link(), target, source)) | self.links.remove(&(end.link(), source, target))
        } else {
            self.links.remove(&(end.link(), source, target))
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
