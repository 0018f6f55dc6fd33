//! Programs are drawn step by step beside the reference, so that their rows are there and their refusals are meant.

use alloc::vec::Vec;

use proptest::prelude::RngExt as _;
use proptest::test_runner::{Reason, TestRunner};

use super::config::{Kind, OperationsConfig};
use super::draw::{Source, Trees};
use super::step::{Given, Node, Pick, Relabel, Render, Step};
use crate::catalog::{Accessor, LinkStorage};
use crate::kit::FieldSource;
use crate::model::{FieldKind, OnDelete};
use crate::operation::{Cell, Label, Name, Operation, Target};
use crate::reference::{KitSchema, Model};
use crate::value::ValueType;

/// How often a step is drawn anew that would be refused and is not meant to be.
const DRAWS: usize = 12;

/// Rows of one step, at most.
const MANY: usize = 4;

/// A program as it is drawn: all steps, and those at the top in order, also as operations.
#[derive(Default)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) top: Vec<Node>,
    pub(super) operations: Vec<Operation>,
}

/// Steps in order, and what they are as operations.
type Block = (Vec<Node>, Vec<Operation>);

pub(super) struct Writer<'a, S> {
    pub(super) source: &'a Source<S>,
    pub(super) config: &'a OperationsConfig,
    pub(super) runner: &'a mut TestRunner,
    pub(super) trees: &'a mut Trees,
    pub(super) reference: Model<S>,
    pub(super) program: Program,
}

impl<S: KitSchema> Writer<'_, S> {
    pub(super) fn write(mut self) -> Result<Program, Reason> {
        let mut left = self.runner.rng().random_range(self.config.length.clone());
        (self.program.top, self.program.operations) = self.block(&mut left, usize::MAX, 0)?;
        Ok(self.program)
    }

    /// Draws up to `most` steps. Recursion is as deep as transactions nest, which the configuration bounds.
    fn block(&mut self, left: &mut usize, most: usize, depth: usize) -> Result<Block, Reason> {
        let (mut nodes, mut operations) = Block::default();
        while *left > 0 && nodes.len() < most {
            *left -= 1;
            let drawn = match self.kind(depth) {
                Some(Kind::Transaction) => Some(self.transaction(left, depth)?),
                Some(kind) => self.statement(kind)?,
                None => break,
            };
            if let Some((node, operation)) = drawn {
                nodes.push(node);
                operations.push(operation);
            }
        }
        Ok((nodes, operations))
    }

    fn transaction(&mut self, left: &mut usize, depth: usize) -> Result<(Node, Operation), Reason> {
        let mut step = Step::new(Kind::Transaction, 0);
        step.commits = !self.chance(self.config.rollback_rate);
        self.reference.begin();
        let most = self.runner.rng().random_range(1..=8);
        let (children, operations) = self.block(left, most, depth + 1)?;
        step.children = children;
        if step.commits {
            // A commit that is refused rolls back, which is as good an end as another.
            let _ = self.reference.commit();
        } else {
            self.reference.rollback();
        }
        let commits = step.commits;
        Ok((self.keep(step), Operation::Transaction { commits, operations }))
    }

    fn keep(&mut self, step: Step) -> Node {
        self.program.steps.push(step);
        self.program.steps.len() - 1
    }

    fn chance(&mut self, rate: f64) -> bool {
        self.runner.rng().random_bool(rate)
    }

    fn below(&mut self, count: usize) -> usize {
        self.runner.rng().random_range(0..count)
    }

    fn kind(&mut self, depth: usize) -> Option<Kind> {
        let fits = |kind: Kind| match kind {
            Kind::Transaction => depth < self.config.depth,
            _ => true,
        };
        let weights = self.config.weights.iter().map(|(kind, weight)| (*kind, *weight));
        self.weighted(weights.filter(|(kind, _)| fits(*kind)))
    }

    fn weighted<T>(&mut self, weights: impl Iterator<Item = (T, u32)> + Clone) -> Option<T> {
        let total: u32 = weights.clone().map(|(_, weight)| weight).sum();
        let mut at = if total == 0 { return None } else { self.runner.rng().random_range(0..total) };
        for (one, weight) in weights {
            match at.checked_sub(weight) {
                Some(rest) => at = rest,
                None => return Some(one),
            }
        }
        None
    }

    /// Draws a step until it succeeds, or until it is refused where that is wanted; none where there is nothing for it to
    /// work on.
    fn statement(&mut self, kind: Kind) -> Result<Option<(Node, Operation)>, Reason> {
        let refusal_is_wanted = self.chance(self.config.refused_rate);
        let mut other = None;
        for _ in 0..DRAWS {
            let Some(mut step) = self.draw(kind, refusal_is_wanted)? else { continue };
            let relabel = Relabel::new(Label::MAX);
            let render = Render { reference: &self.reference, trees: self.trees, relabel: &relabel };
            let Some(operation) = render.operation(&step) else { continue };
            let Some(statement) = self.prepared(&operation)? else { continue };
            let Ok((effect, state)) = self.reference.attempt(&statement) else {
                if refusal_is_wanted || self.config.as_drawn || names_gone(&step) {
                    return Ok(Some((self.keep(step), operation)));
                }
                continue;
            };
            step.created = effect.created;
            if !refusal_is_wanted || self.config.as_drawn {
                self.reference.accept(state);
                return Ok(Some((self.keep(step), operation)));
            }
            other = Some((step, operation, state));
        }
        // Where no refusal was found, a success will do; where every draw is refused, there is no room for the step.
        Ok(other.map(|(step, operation, state)| {
            self.reference.accept(state);
            (self.keep(step), operation)
        }))
    }

    fn prepared(&self, operation: &Operation) -> Result<Option<crate::operation::Statement>, Reason> {
        self.reference.prepare(operation).map_err(|error| Reason::from(alloc::format!("{error}")))
    }

    fn draw(&mut self, kind: Kind, refusal_is_wanted: bool) -> Result<Option<Step>, Reason> {
        let Some(mut step) = self.place(kind) else { return Ok(None) };
        let model = step.model;
        match kind {
            Kind::Insert => step.rows.extend(self.new_row(model, refusal_is_wanted)?),
            Kind::InsertMany => {
                for _ in 0..self.below(MANY + 1) {
                    step.rows.extend(self.new_row(model, refusal_is_wanted)?);
                }
            }
            Kind::Reserve if self.reference.depth() == 0 && !refusal_is_wanted => return Ok(None),
            Kind::Reserve | Kind::Transaction => {}
            Kind::InsertReserved => {
                step.row = self.reserved(model);
                if step.row.is_none() && refusal_is_wanted {
                    // The id of a living row is not reserved.
                    step.row = self.row(model);
                }
                step.rows.extend(self.new_row(model, refusal_is_wanted)?);
            }
            Kind::Set | Kind::DeleteWhere => {
                step.row = self.row(model);
                step.rows.extend(self.changed_fields(model, 1, refusal_is_wanted)?);
            }
            Kind::Update => {
                step.row = self.row(model);
                let count = 1 + self.below(MANY);
                step.rows.extend(self.changed_fields(model, count, refusal_is_wanted)?);
            }
            Kind::Delete => step.row = self.row(model),
            Kind::DeleteMany => {
                for _ in 0..self.below(MANY + 1) {
                    step.others.extend(self.row(model));
                }
            }
            Kind::Link | Kind::Unlink | Kind::SetLinks | Kind::ClearLinks => {
                self.draw_links(&mut step, refusal_is_wanted)?;
            }
            Kind::Replace | Kind::Swap => {
                step.row = self.row(model);
                let (target, _) = self.key_target(&step);
                step.others.extend(self.row(target));
            }
            Kind::SetSubstitute => {
                let (target, nullable) = self.key_target(&step);
                let is_null = nullable && self.chance(self.config.null_rate);
                step.row = if is_null { None } else { self.row(target) };
                if step.row.is_none() && !nullable {
                    return Ok(None);
                }
            }
        }
        Ok(Some(step))
    }

    /// The target of the key that a step is about, and whether it may be null.
    fn key_target(&self, step: &Step) -> (usize, bool) {
        let catalog = &self.source.catalog;
        let field = catalog.field(step.model, &step.name).expect("a step names fields of the schema");
        let relation = catalog.relation_of_field(step.model, field).expect("the step is about a key");
        (catalog.relations()[relation].target, catalog.relations()[relation].nullable)
    }

    /// Model and name of a step of this kind; none where the schema has nothing of the kind.
    fn place(&mut self, kind: Kind) -> Option<Step> {
        let source = self.source;
        let catalog = &source.catalog;
        match kind {
            Kind::Link | Kind::Unlink | Kind::SetLinks | Kind::ClearLinks => {
                let (model, name) = source.ends.get(self.random_place(source.ends.len())?)?;
                let mut step = Step::new(kind, *model);
                step.name.clone_from(name);
                Some(step)
            }
            Kind::Replace | Kind::Swap | Kind::SetSubstitute => {
                let fits = |relation: &&crate::catalog::RelationInfo| match kind {
                    Kind::Replace => relation.is_one_to_one() && relation.nullable,
                    Kind::Swap => relation.is_one_to_one(),
                    _ => matches!(relation.on_delete, OnDelete::SetDefault | OnDelete::SetWith),
                };
                let keys: Vec<_> = catalog.relations().iter().filter(fits).collect();
                let relation = keys.get(self.random_place(keys.len())?)?;
                let mut step = Step::new(kind, relation.source);
                step.name = Name::Borrowed(relation.name.field);
                Some(step)
            }
            _ => {
                let config = self.config;
                let weight = |name: &'static str| config.weights_of.get(name).copied().unwrap_or(10);
                let models = catalog.models().iter().enumerate();
                let weights = models.map(|(model, info)| (model, weight(info.descriptor.name)));
                Some(Step::new(kind, self.weighted(weights)?))
            }
        }
    }

    fn random_place(&mut self, count: usize) -> Option<usize> {
        (count > 0).then(|| self.below(count))
    }

    /// A living row, or one that is gone, as often as is asked for.
    fn row(&mut self, model: usize) -> Option<Pick> {
        if self.chance(self.config.gone_rate) {
            return Some(Pick::Other(Target::Gone(self.runner.rng().random_range(0..8))));
        }
        let place = self.random_place(self.reference.count(model))?;
        self.reference.nth(model, place).map(Pick::Row)
    }

    fn reserved(&mut self, model: usize) -> Option<Pick> {
        let rows: Vec<Label> = self.reference.reserved(model);
        Some(Pick::Row(rows[self.random_place(rows.len())?]))
    }

    fn new_row(&mut self, model: usize, seeks_refusal: bool) -> Result<Option<Vec<(Name, Given)>>, Reason> {
        let fields = self.source.catalog.models()[model].descriptor.fields.len();
        self.given(model, (0..fields).collect(), seeks_refusal)
    }

    fn changed_fields(
        &mut self,
        model: usize,
        count: usize,
        seeks_refusal: bool,
    ) -> Result<Option<Vec<(Name, Given)>>, Reason> {
        let fields = self.source.catalog.models()[model].descriptor.fields.len();
        let mut chosen = Vec::new();
        for _ in 0..count.min(fields) {
            let field = self.below(fields);
            if !chosen.contains(&field) {
                chosen.push(field);
            }
        }
        self.given(model, chosen, seeks_refusal)
    }

    /// Contents for fields; none if one needs a row and there is none.
    fn given(
        &mut self,
        model: usize,
        fields: Vec<usize>,
        seeks_refusal: bool,
    ) -> Result<Option<Vec<(Name, Given)>>, Reason> {
        let source = self.source;
        let mut given = Vec::new();
        for field in fields {
            let name = Name::Borrowed(source.catalog.models()[model].descriptor.fields[field].name);
            match &source.fields[model][field] {
                FieldSource::Strategy { cells, .. } => {
                    let like = if seeks_refusal && self.chance(0.3) { self.like(model, field) } else { None };
                    let like = like.map(|label| Ok::<_, Reason>(Given::Like(label)));
                    let drawn = like.unwrap_or_else(|| Ok(Given::Tree(self.trees.draw(self.runner, cells)?)));
                    given.push((name, drawn?));
                }
                FieldSource::Key => {
                    let Some(cell) = self.key(model, field) else { return Ok(None) };
                    given.push((name, Given::Fixed(cell)));
                }
                FieldSource::Default | FieldSource::Missing => {}
            }
        }
        Ok(Some(given))
    }

    /// A row whose content in a unique field will do, to be refused for it.
    fn like(&mut self, model: usize, field: usize) -> Option<Label> {
        let descriptor = self.source.catalog.models()[model].descriptor;
        let is_unique = descriptor.uniques.iter().any(|rule| rule.fields.iter().any(|one| usize::from(*one) == field));
        let is_opaque = matches!(descriptor.fields[field].kind, FieldKind::Value(ValueType::Opaque));
        if !is_unique || is_opaque {
            return None;
        }
        let place = self.random_place(self.reference.count(model))?;
        self.reference.nth(model, place)
    }

    fn key(&mut self, model: usize, field: usize) -> Option<Cell<Pick>> {
        let relation = self.source.catalog.relation_of_field(model, field).expect("the field is a key");
        let info = &self.source.catalog.relations()[relation];
        if info.nullable && self.chance(self.config.null_rate) {
            return Some(Cell::Null);
        }
        if self.chance(0.2)
            && let Some(reserved) = self.reserved(info.target)
        {
            return Some(Cell::Row(reserved));
        }
        match self.row(info.target) {
            Some(pick) => Some(Cell::Row(pick)),
            None => info.nullable.then_some(Cell::Null),
        }
    }

    fn draw_links(&mut self, step: &mut Step, seeks_refusal: bool) -> Result<(), Reason> {
        let catalog = &self.source.catalog;
        let Ok(Accessor::Links(link, side)) = catalog.accessor(step.model, &step.name) else {
            unreachable!("the step was given the name of links")
        };
        let info = &catalog.links()[link];
        step.row = self.row(step.model);
        if step.kind == Kind::ClearLinks {
            return Ok(());
        }
        let count = if self.chance(0.5) { 1 } else { self.below(MANY + 1) };
        for _ in 0..count {
            step.others.extend(self.row(info.model(side.other())));
        }
        let LinkStorage::Through { source_key, target_key } = info.storage else { return Ok(()) };
        if step.kind == Kind::Unlink {
            return Ok(());
        }
        let keys = [source_key, target_key].map(|key| catalog.relations()[key].field);
        let through = catalog.relations()[source_key].source;
        let fields = 0..catalog.models()[through].descriptor.fields.len();
        let further: Vec<usize> = fields.filter(|field| !keys.contains(field)).collect();
        for _ in 0..count {
            step.rows.extend(self.given(through, further.clone(), seeks_refusal)?);
        }
        Ok(())
    }
}

/// Whether a step is meant to be refused, since it names a row that is gone.
fn names_gone(step: &Step) -> bool {
    let is_gone = |pick: &Pick| matches!(pick, Pick::Other(Target::Gone(_)));
    let is_given = |given: &Given| matches!(given, Given::Fixed(Cell::Row(pick)) if is_gone(pick));
    let given = step.rows.iter().flatten().any(|(_, given)| is_given(given));
    given || step.row.as_ref().is_some_and(is_gone) || step.others.iter().any(is_gone)
}
