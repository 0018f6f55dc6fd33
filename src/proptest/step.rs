//! Operations as they are generated and shrunk: their rows by label, so that they name the same rows when others go.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::config::Kind;
use super::draw::Trees;
use super::plan::relabelled;
use crate::catalog::Catalog;
use crate::operation::{Cell, Fields, Label, Name, Operation, Target, Verb};
use crate::reference::Model;

/// A row that an operation names: as it was labelled when the operation was generated, or anyhow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    Row(Label),
    First,
    Other(Target),
}

/// What a field is given.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    Tree(usize),
    Fixed(Cell<Pick>),
    /// What a row has in the same field, so that unique values meet.
    Like(Label),
}

/// One operation. Which parts count depends on its kind.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) kind: Kind,
    pub(super) model: usize,
    pub(super) row: Option<Pick>,
    /// Field or relation; empty where a step is about neither.
    pub(super) name: Name,
    pub(super) rows: Vec<Vec<(Name, Given)>>,
    pub(super) others: Vec<Pick>,
    /// Of a transaction.
    pub(super) commits: bool,
    pub(super) children: Vec<Node>,
    /// Rows that it created when it was generated.
    pub(super) created: Vec<Label>,
}

/// A step by its place among all steps of its program.
pub(super) type Node = usize;

impl Step {
    pub(super) fn new(kind: Kind, model: usize) -> Self {
        Self {
            kind,
            model,
            row: None,
            name: Name::Borrowed(""),
            rows: Vec::new(),
            others: Vec::new(),
            commits: true,
            children: Vec::new(),
            created: Vec::new(),
        }
    }

    /// The places of the models of `row` and `others`.
    fn other_model(&self, catalog: &Catalog) -> usize {
        if self.name.is_empty() {
            return self.model;
        }
        match catalog.accessor(self.model, &self.name) {
            Ok(crate::catalog::Accessor::Links(link, side)) => catalog.links()[link].model(side.other()),
            Ok(crate::catalog::Accessor::Field(field)) => {
                let relation = catalog.relation_of_field(self.model, field);
                relation.map_or(self.model, |relation| catalog.relations()[relation].target)
            }
            _ => self.model,
        }
    }

    /// The model of the rows that `rows` make or change.
    pub(super) fn row_model(&self, catalog: &Catalog) -> usize {
        if self.name.is_empty() {
            return self.model;
        }
        match catalog.accessor(self.model, &self.name) {
            Ok(crate::catalog::Accessor::Links(link, _)) => {
                catalog.links()[link].through_model(catalog).unwrap_or(self.model)
            }
            _ => self.model,
        }
    }
}

/// Rows as they were labelled when a program was generated, and as they are labelled now that parts of it are gone.
pub(super) struct Relabel {
    now: BTreeMap<Label, Label>,
    /// Rows up to this label were there before the program.
    before: Label,
}

impl Relabel {
    pub(super) fn new(before: Label) -> Self {
        Self { now: BTreeMap::new(), before }
    }

    /// What a row was labelled when the program was generated.
    pub(super) fn once(&self, label: Label) -> Option<Label> {
        if label <= self.before {
            return Some(label);
        }
        self.now.iter().find(|(_, now)| **now == label).map(|(once, _)| *once)
    }

    pub(super) fn label(&self, label: Label) -> Option<Label> {
        if label <= self.before { Some(label) } else { self.now.get(&label).copied() }
    }

    /// A step that once created some rows has created others now.
    pub(super) fn enter(&mut self, old: &[Label], new: &[Label]) {
        self.now.extend(old.iter().copied().zip(new.iter().copied()));
    }
}

/// Makes operations of steps, in the state in which they will run.
pub(super) struct Render<'a, S> {
    pub(super) reference: &'a Model<S>,
    pub(super) trees: &'a Trees,
    pub(super) relabel: &'a Relabel,
}

impl<S> Render<'_, S> {
    /// The operation of a step that is no transaction; none if a row that it needs is not there any more.
    pub(super) fn operation(&self, step: &Step) -> Option<Operation> {
        let catalog = self.reference.catalog();
        let model = Name::Borrowed(catalog.models()[step.model].descriptor.name);
        let row = || self.target(step.model, step.row?);
        let row_model = step.row_model(catalog);
        let rows = || -> Option<Vec<Fields>> { step.rows.iter().map(|given| self.fields(row_model, given)).collect() };
        let others = || step.others.iter().filter_map(|pick| self.target(step.other_model(catalog), *pick)).collect();
        let one = || rows()?.into_iter().next();
        let links = |verb| {
            Some(Operation::Links {
                verb,
                model: model.clone(),
                row: row()?,
                relation: step.name.clone(),
                others: others(),
                extra: rows()?,
            })
        };
        Some(match step.kind {
            Kind::Insert => Operation::Insert { model: model.clone(), fields: one()? },
            Kind::InsertMany => Operation::InsertMany { model: model.clone(), rows: rows()? },
            Kind::Reserve => Operation::Reserve { model: model.clone() },
            Kind::InsertReserved => Operation::InsertReserved { model: model.clone(), row: row()?, fields: one()? },
            Kind::Set => {
                let (field, value) = one()?.into_iter().next()?;
                Operation::Set { model: model.clone(), row: row()?, field, value }
            }
            Kind::Update => Operation::Update { model: model.clone(), row: row()?, fields: one()? },
            Kind::Delete => Operation::Delete { model: model.clone(), row: row()? },
            Kind::DeleteMany => Operation::DeleteMany { model: model.clone(), rows: others() },
            Kind::DeleteWhere => {
                let (field, value) = one()?.into_iter().next()?;
                Operation::DeleteWhere { model: model.clone(), field, value }
            }
            Kind::Link => return links(Verb::Link),
            Kind::Unlink => return links(Verb::Unlink),
            Kind::SetLinks => return links(Verb::Set),
            Kind::ClearLinks => return links(Verb::Clear),
            Kind::Replace | Kind::Swap => {
                let target = others().into_iter().next()?;
                let (model, row, field) = (model.clone(), row()?, step.name.clone());
                if step.kind == Kind::Swap {
                    Operation::Swap { model, row, field, target }
                } else {
                    Operation::Replace { model, row, field, target }
                }
            }
            Kind::SetSubstitute => {
                let row = match step.row {
                    Some(pick) => Cell::Row(self.target(step.other_model(catalog), pick)?),
                    None => Cell::Null,
                };
                Operation::SetSubstitute { model: model.clone(), field: step.name.clone(), row }
            }
            Kind::Transaction => return None,
        })
    }

    fn fields(&self, model: usize, given: &[(Name, Given)]) -> Option<Fields> {
        given.iter().map(|(name, given)| Some((name.clone(), self.cell(model, name, given)?))).collect()
    }

    fn cell(&self, model: usize, name: &str, given: &Given) -> Option<Cell> {
        let catalog = self.reference.catalog();
        match given {
            Given::Tree(tree) => Some(self.trees.cell(*tree)),
            Given::Like(label) => {
                let cell = self.reference.value(self.relabel.label(*label)?, name)?;
                Some(relabelled(cell, |_| Target::Living(0)))
            }
            Given::Fixed(Cell::Row(pick)) => {
                let relation = catalog.relation_of_field(model, catalog.field(model, name).ok()?)?;
                let info = &catalog.relations()[relation];
                match self.target(info.target, *pick) {
                    Some(target) => Some(Cell::Row(target)),
                    None => info.nullable.then_some(Cell::Null),
                }
            }
            Given::Fixed(cell) => Some(relabelled(cell.clone(), |_| Target::Living(0))),
        }
    }

    /// The position of a row, if it is there.
    fn target(&self, model: usize, pick: Pick) -> Option<Target> {
        let label = match pick {
            Pick::Row(label) => label,
            Pick::First => return Some(Target::Living(0)),
            Pick::Other(target) => return Some(target),
        };
        self.reference.position(model, self.relabel.label(label)?)
    }
}
