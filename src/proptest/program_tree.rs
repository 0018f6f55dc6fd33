//! Shrinking of programs: towards few operations, then short ones, then plain contents.
//!
//! Operations keep naming the rows that they named: what created a row goes with what named it, and positions are told anew.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::fmt;

use proptest::strategy::ValueTree;

use super::config::Kind;
use super::draw::Trees;
use super::forms::{apart, folded, simpler};
use super::program::Program;
use super::step::{Given, Node, Pick, Relabel, Render, Step};
use crate::operation::{Cell, Operation};
use crate::reference::Model;

/// A generated program on its way to a simpler one.
pub struct OperationsTree<S> {
    start: Rc<Model<S>>,
    trees: Trees,
    steps: Vec<Step>,
    top: Vec<Node>,
    cursor: Cursor,
    proposed: Option<Proposed>,
    has_shrunk: bool,
    /// The program as it was drawn, until it changes.
    drawn: Option<Vec<Operation>>,
}

/// What a proposal is taken back to.
enum Proposed {
    Steps { steps: Vec<(Node, Step)>, top: Vec<Node> },
    Tree(usize),
}

/// What is tried next.
#[derive(Clone, Copy, Debug)]
enum Cursor {
    /// Operations in chunks, the last ones first: the size of a chunk, and where its end is in the order of the program.
    Operations {
        size: usize,
        end: usize,
    },
    /// Every pair of operations, where few are left.
    Pairs {
        first: usize,
        second: usize,
    },
    /// An operation takes the place of a later one, which goes.
    Moves {
        first: usize,
        second: usize,
    },
    /// A row that a delete takes along is deleted instead.
    Deletes {
        place: usize,
        dependent: usize,
    },
    /// The simpler forms of an operation.
    Forms {
        place: usize,
        form: usize,
    },
    Contents {
        place: usize,
        content: usize,
    },
    Done,
}

/// Programs of so few operations are tried without every pair.
const FEW: usize = 24;
/// Programs of so few operations are tried with others in the place of each.
const FEWER: usize = 10;
/// So many other contents are tried for a field.
const SPARE: usize = 3;

impl<S> fmt::Debug for OperationsTree<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OperationsTree").field("cursor", &self.cursor).finish_non_exhaustive()
    }
}

impl<S> OperationsTree<S> {
    pub(super) fn new(start: Model<S>, trees: Trees, program: Program) -> Self {
        let Program { steps, top, operations } = program;
        let (start, cursor, drawn) = (Rc::new(start), Cursor::Done, Some(operations));
        let mut tree = Self { start, trees, steps, top, cursor, proposed: None, has_shrunk: false, drawn };
        tree.restart();
        tree
    }

    fn restart(&mut self) {
        let count = self.order().len();
        self.cursor = Cursor::Operations { size: count, end: count };
    }

    /// All steps in the order of the program, a transaction before what it does.
    fn order(&self) -> Vec<Node> {
        let (mut order, mut left) = (Vec::new(), self.top.clone());
        left.reverse();
        while let Some(node) = left.pop() {
            order.push(node);
            left.extend(self.steps[node].children.iter().rev());
        }
        order
    }

    /// The program as it is now, told anew from the rows that its operations once named.
    fn render(&self) -> Vec<Operation> {
        self.render_and(&mut |_, _, _| {})
    }

    /// The same, and calls `seen` before every step.
    fn render_and(&self, seen: &mut dyn FnMut(Node, &Model<S>, &Relabel)) -> Vec<Operation> {
        let (mut reference, mut relabel) = ((*self.start).clone(), Relabel::new(self.start.last_label()));
        self.render_block(&self.top, &mut reference, &mut relabel, seen)
    }

    /// As deep as transactions nest, which the configuration bounds.
    fn render_block(
        &self,
        nodes: &[Node],
        reference: &mut Model<S>,
        relabel: &mut Relabel,
        seen: &mut dyn FnMut(Node, &Model<S>, &Relabel),
    ) -> Vec<Operation> {
        let mut operations = Vec::new();
        for &node in nodes {
            seen(node, reference, relabel);
            let step = &self.steps[node];
            if step.kind == Kind::Transaction {
                reference.begin();
                let inner = self.render_block(&step.children, reference, relabel, seen);
                if step.commits {
                    // Refused, it rolls back.
                    let _ = reference.commit();
                } else {
                    reference.rollback();
                }
                operations.push(Operation::Transaction { commits: step.commits, operations: inner });
                continue;
            }
            let render = Render { reference, trees: &self.trees, relabel };
            let Some(operation) = render.operation(step) else { continue };
            if let Ok(Some(statement)) = reference.prepare(&operation)
                && let Ok(effect) = reference.execute(&statement)
            {
                relabel.enter(&step.created, &effect.created);
            }
            operations.push(operation);
        }
        operations
    }

    /// Deletes of a single row each that names a row of this delete.
    fn dependent_deletes(&self, node: Node) -> Vec<Step> {
        let step = &self.steps[node];
        let mut deletes = Vec::new();
        if !matches!(step.kind, Kind::Delete | Kind::DeleteMany) {
            return deletes;
        }
        let catalog = self.start.catalog();
        self.render_and(&mut |seen, reference, relabel| {
            if seen != node {
                return;
            }
            let label = |pick: &Pick| if let Pick::Row(label) = pick { relabel.label(*label) } else { None };
            let named: Vec<_> = step.row.iter().chain(&step.others).filter_map(label).collect();
            for info in catalog.relations().iter().filter(|info| info.target == step.model) {
                for source in reference.labels(info.source) {
                    let target = reference.value(source, info.name.field);
                    let is_named = |row: &crate::operation::Label| target == Some(Cell::Row(*row));
                    if let (true, Some(once)) = (named.iter().any(is_named), relabel.once(source)) {
                        let mut delete = Step::new(Kind::Delete, info.source);
                        delete.row = Some(Pick::Row(once));
                        deletes.push(delete);
                    }
                }
            }
        });
        deletes
    }

    fn propose(&mut self) -> bool {
        loop {
            let order = self.order();
            match self.cursor {
                Cursor::Operations { size: 0, .. } => self.cursor = Cursor::Pairs { first: 0, second: 1 },
                Cursor::Operations { size, end: 0 } => {
                    self.cursor = Cursor::Operations { size: size / 2, end: order.len() };
                }
                Cursor::Operations { size, end } => {
                    let (end, start) = (end.min(order.len()), end.saturating_sub(size));
                    self.cursor = Cursor::Operations { size, end: start };
                    if start < end {
                        self.remove(&order[start..end]);
                        return true;
                    }
                }
                Cursor::Pairs { first, .. } if order.len() > FEW || first >= order.len() => {
                    self.cursor = Cursor::Moves { first: 0, second: 1 };
                }
                Cursor::Moves { first, .. } if order.len() > FEWER || first >= order.len() => {
                    self.cursor = Cursor::Deletes { place: 0, dependent: 0 };
                }
                Cursor::Deletes { place, .. } if order.len() > FEWER || place >= order.len() => {
                    self.cursor = Cursor::Forms { place: 0, form: 0 };
                }
                Cursor::Deletes { place, dependent } => match self.dependent_deletes(order[place]).get(dependent) {
                    Some(delete) => {
                        self.cursor = Cursor::Deletes { place, dependent: dependent + 1 };
                        self.replace(alloc::vec![(order[place], delete.clone())], self.top.clone());
                        return true;
                    }
                    None => self.cursor = Cursor::Deletes { place: place + 1, dependent: 0 },
                },
                Cursor::Moves { first, second } if second >= order.len() => {
                    self.cursor = Cursor::Moves { first: first + 1, second: first + 2 };
                }
                Cursor::Moves { first, second } => {
                    self.cursor = Cursor::Moves { first, second: second + 1 };
                    let is_block = |place: usize| self.steps[order[place]].kind == Kind::Transaction;
                    if !is_block(first) && !is_block(second) {
                        let (moved, gone) = (order[first], order[second]);
                        self.step_in(moved, gone, folded(&self.steps[moved], &self.steps[gone]));
                        return true;
                    }
                }
                Cursor::Pairs { first, second } if second >= order.len() => {
                    self.cursor = Cursor::Pairs { first: first + 1, second: first + 2 };
                }
                Cursor::Pairs { first, second } => {
                    self.cursor = Cursor::Pairs { first, second: second + 1 };
                    self.remove(&[order[first], order[second]]);
                    return true;
                }
                Cursor::Forms { place, .. } if place >= order.len() => {
                    self.cursor = Cursor::Contents { place: 0, content: 0 };
                }
                Cursor::Forms { place, form } => {
                    let mut forms = self.forms(&order, order[place]);
                    if form >= forms.len() {
                        self.cursor = Cursor::Forms { place: place + 1, form: 0 };
                        continue;
                    }
                    self.cursor = Cursor::Forms { place, form: form + 1 };
                    self.replace(alloc::vec![(order[place], forms.swap_remove(form))], self.top.clone());
                    return true;
                }
                Cursor::Contents { place, .. } if place >= order.len() => self.cursor = Cursor::Done,
                Cursor::Contents { place, content } => {
                    let mut trees =
                        self.steps[order[place]].rows.iter().flatten().filter_map(|(_, given)| match given {
                            Given::Tree(tree) => Some(*tree),
                            Given::Fixed(_) | Given::Like(_) => None,
                        });
                    let Some(tree) = trees.nth(content) else {
                        self.cursor = Cursor::Contents { place: place + 1, content: 0 };
                        continue;
                    };
                    self.cursor = Cursor::Contents { place, content: content + 1 };
                    if self.trees.simplify(tree) {
                        self.proposed = Some(Proposed::Tree(tree));
                        return true;
                    }
                }
                Cursor::Done if self.has_shrunk => {
                    self.has_shrunk = false;
                    self.restart();
                }
                Cursor::Done => return false,
            }
        }
    }

    /// The simpler forms of a step.
    fn forms(&self, order: &[Node], node: Node) -> Vec<Step> {
        let (step, catalog) = (&self.steps[node], self.start.catalog());
        let mut forms = simpler(step, catalog);
        if order.len() <= FEWER {
            forms.extend(apart(step, catalog, &|model, name, tree| self.spare_trees(order, model, name, tree)));
        }
        forms
    }

    /// Trees of steps that have gone, for a field of a model, that say something else than this one and each other.
    fn spare_trees(&self, order: &[Node], model: usize, name: &str, tree: usize) -> Vec<usize> {
        let (mut spare, mut told) = (Vec::new(), alloc::vec![self.trees.cell(tree)]);
        let gone = self.steps.iter().enumerate().filter(|(node, _)| !order.contains(node));
        let of_model = gone.filter(|(_, step)| step.row_model(self.start.catalog()) == model);
        for (field, given) in of_model.flat_map(|(_, step)| step.rows.iter().flatten()) {
            let Given::Tree(other) = given else { continue };
            if field == name && spare.len() < SPARE && !told.contains(&self.trees.cell(*other)) {
                told.push(self.trees.cell(*other));
                spare.push(*other);
            }
        }
        spare
    }

    /// Lets a step take the place of another, in another form perhaps.
    fn step_in(&mut self, moved: Node, gone: Node, form: Option<Step>) {
        let put = |nodes: &[Node]| -> Vec<Node> {
            let kept = nodes.iter().filter(|node| **node != moved);
            kept.map(|node| if *node == gone { moved } else { *node }).collect()
        };
        let mut changed: Vec<(Node, Step)> = form.map(|form| (moved, form)).into_iter().collect();
        for (node, step) in self.steps.iter().enumerate() {
            if step.children.iter().any(|child| *child == moved || *child == gone) {
                let mut step = step.clone();
                step.children = put(&step.children);
                changed.push((node, step));
            }
        }
        let top = put(&self.top);
        self.replace(changed, top);
    }

    /// Takes steps away. What a transaction does stays in its place, unless it is named too.
    fn remove(&mut self, gone: &[Node]) {
        let spliced = |nodes: &[Node], steps: &[Step]| {
            let (mut kept, mut left) = (Vec::new(), nodes.to_vec());
            left.reverse();
            while let Some(node) = left.pop() {
                if gone.contains(&node) {
                    left.extend(steps[node].children.iter().rev());
                } else {
                    kept.push(node);
                }
            }
            kept
        };
        let mut changed = Vec::new();
        for (node, step) in self.steps.iter().enumerate() {
            if step.children.iter().any(|child| gone.contains(child)) {
                let mut step = step.clone();
                step.children = spliced(&step.children, &self.steps);
                changed.push((node, step));
            }
        }
        let top = spliced(&self.top, &self.steps);
        self.replace(changed, top);
    }

    fn replace(&mut self, changed: Vec<(Node, Step)>, top: Vec<Node>) {
        let swap = |(node, step): (Node, Step)| (node, core::mem::replace(&mut self.steps[node], step));
        let steps = changed.into_iter().map(swap).collect();
        self.proposed = Some(Proposed::Steps { steps, top: core::mem::replace(&mut self.top, top) });
    }
}

impl<S> ValueTree for OperationsTree<S> {
    type Value = Vec<Operation>;

    fn current(&self) -> Vec<Operation> {
        self.drawn.clone().unwrap_or_else(|| self.render())
    }

    /// The last proposal is taken, and the next one made.
    fn simplify(&mut self) -> bool {
        self.drawn = None;
        match self.proposed.take() {
            Some(Proposed::Tree(tree)) => {
                self.has_shrunk = true;
                if self.trees.simplify(tree) {
                    self.proposed = Some(Proposed::Tree(tree));
                    return true;
                }
            }
            Some(Proposed::Steps { .. }) => {
                self.has_shrunk = true;
                match &mut self.cursor {
                    // The form that was taken has forms of its own.
                    Cursor::Forms { form, .. } => *form = 0,
                    // The order has changed under the places.
                    Cursor::Pairs { first, second } | Cursor::Moves { first, second } => (*first, *second) = (0, 1),
                    _ => {}
                }
            }
            None => {}
        }
        self.propose()
    }

    /// The last proposal is taken back, and the next one made.
    fn complicate(&mut self) -> bool {
        match self.proposed.take() {
            None => return false,
            Some(Proposed::Tree(tree)) => {
                if self.trees.complicate(tree) {
                    self.proposed = Some(Proposed::Tree(tree));
                    return true;
                }
            }
            Some(Proposed::Steps { steps, top }) => {
                for (node, step) in steps {
                    self.steps[node] = step;
                }
                self.top = top;
            }
        }
        self.propose()
    }
}
