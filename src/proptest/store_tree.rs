//! Shrinking of stores: by planned deletes, towards few rows, then few links, then plain contents.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::fmt;

use proptest::strategy::ValueTree;

use super::draw::{Source, Trees};
use super::plan::{Plan, Slot};
use crate::id::RowKey;
use crate::operation::Cell;
use crate::reference::KitSchema;
use crate::store::Store;

/// A generated store on its way to a simpler one.
pub struct StoreTree<S> {
    source: Rc<Source<S>>,
    trees: Trees,
    /// The plan of the simplest store known to be of interest, or of the one that was proposed last.
    plan: Plan,
    built: Store<S>,
    keys: Vec<RowKey>,
    cursor: Cursor,
    proposed: Option<Proposed<S>>,
    /// Whether a proposal was taken since the cursor was at its start.
    has_shrunk: bool,
}

/// What a proposal is taken back to.
struct Proposed<S> {
    /// The value tree that was simplified, if it was one.
    tree: Option<usize>,
    plan: Plan,
    built: Store<S>,
    keys: Vec<RowKey>,
}

/// What is tried next.
#[derive(Clone, Copy, Debug)]
enum Cursor {
    /// Rows in chunks, the last ones first: the size of a chunk, and where its end is.
    Rows {
        size: usize,
        end: usize,
    },
    Links {
        size: usize,
        end: usize,
    },
    Substitutes {
        place: usize,
    },
    /// Keys become null, or name the first row.
    Keys {
        row: usize,
        field: usize,
        to_first: bool,
    },
    Contents {
        row: usize,
        field: usize,
    },
    Done,
}

impl<S> fmt::Debug for StoreTree<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("StoreTree").field("cursor", &self.cursor).finish_non_exhaustive()
    }
}

impl<S: KitSchema> StoreTree<S> {
    pub(super) fn new(source: Rc<Source<S>>, trees: Trees, mut plan: Plan) -> Self {
        let (built, keys) = plan.settle(&source, &trees);
        let rows = plan.rows.len();
        let cursor = Cursor::Rows { size: rows.div_ceil(2), end: rows };
        Self { source, trees, plan, built, keys, cursor, proposed: None, has_shrunk: false }
    }

    /// Proposes the next simpler store that keeps the rules.
    fn propose(&mut self) -> bool {
        loop {
            let cursor = self.cursor;
            let plan = match cursor {
                Cursor::Rows { size: 0, .. } => {
                    let links = self.plan.links.len();
                    self.cursor = Cursor::Links { size: links.div_ceil(2), end: links };
                    continue;
                }
                Cursor::Rows { size, end: 0 } => {
                    self.cursor = Cursor::Rows { size: size / 2, end: self.plan.rows.len() };
                    continue;
                }
                Cursor::Rows { size, end } => {
                    let (end, start) = (end.min(self.plan.rows.len()), end.saturating_sub(size));
                    self.cursor = Cursor::Rows { size, end: start };
                    self.deleted(start.min(end)..end)
                }
                Cursor::Links { size: 0, .. } => {
                    self.cursor = Cursor::Substitutes { place: 0 };
                    continue;
                }
                Cursor::Links { size, end: 0 } => {
                    self.cursor = Cursor::Links { size: size / 2, end: self.plan.links.len() };
                    continue;
                }
                Cursor::Links { size, end } => {
                    let (end, start) = (end.min(self.plan.links.len()), end.saturating_sub(size));
                    self.cursor = Cursor::Links { size, end: start };
                    let mut plan = self.plan.clone();
                    plan.links.drain(start.min(end)..end);
                    Some(plan)
                }
                Cursor::Substitutes { place } => match self.plan.substitutes.keys().nth(place) {
                    Some(&relation) => {
                        self.cursor = Cursor::Substitutes { place: place + 1 };
                        let mut plan = self.plan.clone();
                        plan.substitutes.remove(&relation);
                        Some(plan)
                    }
                    None => {
                        self.cursor = Cursor::Keys { row: 0, field: 0, to_first: false };
                        continue;
                    }
                },
                Cursor::Keys { row, field, to_first } => match self.plan.rows.get(row).map(|row| row.fields.len()) {
                    None => {
                        self.cursor = Cursor::Contents { row: 0, field: 0 };
                        continue;
                    }
                    Some(fields) if field == fields => {
                        self.cursor = Cursor::Keys { row: row + 1, field: 0, to_first: false };
                        continue;
                    }
                    Some(_) => {
                        let next = field + usize::from(to_first);
                        self.cursor = Cursor::Keys { row, field: next, to_first: !to_first };
                        self.with_key(row, field, to_first)
                    }
                },
                Cursor::Contents { row, field } => {
                    match self.plan.rows.get(row).map(|row| row.fields.get(field).cloned()) {
                        None => {
                            self.cursor = Cursor::Done;
                            continue;
                        }
                        Some(None) => {
                            self.cursor = Cursor::Contents { row: row + 1, field: 0 };
                            continue;
                        }
                        Some(Some(slot)) => {
                            self.cursor = Cursor::Contents { row, field: field + 1 };
                            if let Slot::Tree(tree) = slot
                                && self.simplify_tree(tree)
                            {
                                return true;
                            }
                            continue;
                        }
                    }
                }
                Cursor::Done if self.has_shrunk => {
                    self.has_shrunk = false;
                    let rows = self.plan.rows.len();
                    self.cursor = Cursor::Rows { size: rows.div_ceil(2), end: rows };
                    continue;
                }
                Cursor::Done => return false,
            };
            if let Some(plan) = plan
                && let Ok((built, keys)) = plan.build(&self.source, &self.trees)
            {
                self.put(plan, built, keys, None);
                return true;
            }
        }
    }

    fn put(&mut self, plan: Plan, built: Store<S>, keys: Vec<RowKey>, tree: Option<usize>) {
        let plan = core::mem::replace(&mut self.plan, plan);
        let built = core::mem::replace(&mut self.built, built);
        let keys = core::mem::replace(&mut self.keys, keys);
        self.proposed = Some(Proposed { tree, plan, built, keys });
    }

    /// The plan after a delete of rows, with what a plan of the delete says that it takes along, rewrites and is blocked by.
    fn deleted(&self, rows: core::ops::Range<usize>) -> Option<Plan> {
        let mut named: Vec<RowKey> = self.keys[rows].to_vec();
        let mut delete = self.built.plan_delete_keys(&named);
        // What stands in the way goes too: each round takes more rows, of which there are finitely many.
        loop {
            let blockers =
                delete.protected_by.iter().chain(&delete.restricted_by).map(|blocker| blocker.reference.source);
            let mut more: Vec<RowKey> = blockers.chain(delete.dangling.iter().map(|one| one.source)).collect();
            if let Some(relation) = delete.unnamed_substitute {
                let doomed = |row: &RowKey| delete.doomed.iter().any(|step| step.row == *row);
                let key = |row: &RowKey| self.built.follow_by_name(*row, relation.field).unwrap_or_default();
                let points = |row: &RowKey| row.model() == relation.model && key(row).iter().any(doomed);
                more.extend(self.keys.iter().copied().filter(points));
            }
            more.retain(|row| !named.contains(row));
            if more.is_empty() {
                break;
            }
            named.extend(more);
            delete = self.built.plan_delete_keys(&named);
        }
        let place = |key: RowKey| self.keys.iter().position(|one| *one == key);
        let (mut plan, mut goes) = (self.plan.clone(), alloc::vec![false; self.plan.rows.len()]);
        for step in &delete.doomed {
            goes[place(step.row)?] = true;
        }
        for change in &delete.rewritten {
            let (row, to) = (place(change.row)?, change.to.map(place));
            let model = self.plan.rows[row].model;
            let field = self.source.catalog.field(model, change.relation.field).ok()?;
            let cell = match to {
                Some(target) => Cell::Row(target?),
                None => Cell::Null,
            };
            plan.rows[row].fields[field] = Slot::Fixed(cell);
        }
        // Protecting keys among the rows that go block a delete, but not a plan without them.
        plan.without(&goes)
    }

    fn with_key(&self, row: usize, field: usize, to_first: bool) -> Option<Plan> {
        let model = self.plan.rows[row].model;
        let info = &self.source.catalog.relations()[self.source.catalog.relation_of_field(model, field)?];
        let is = &self.plan.rows[row].fields[field];
        let cell = if to_first {
            Cell::Row(self.plan.rows.iter().position(|row| row.model == info.target)?)
        } else {
            Cell::Null
        };
        let simpler = match (is, &cell) {
            (Slot::Fixed(Cell::Row(target)), Cell::Row(first)) => first < target,
            (Slot::Fixed(Cell::Row(_)), Cell::Null) => info.nullable,
            _ => false,
        };
        let mut plan = self.plan.clone();
        plan.rows[row].fields[field] = Slot::Fixed(cell);
        simpler.then_some(plan)
    }

    fn simplify_tree(&mut self, tree: usize) -> bool {
        let mut moved = self.trees.simplify(tree);
        while moved {
            if let Ok((built, keys)) = self.plan.build(&self.source, &self.trees) {
                self.put(self.plan.clone(), built, keys, Some(tree));
                return true;
            }
            moved = self.trees.complicate(tree);
        }
        false
    }
}

impl<S: KitSchema> ValueTree for StoreTree<S> {
    type Value = Store<S>;

    fn current(&self) -> Store<S> {
        self.built.clone()
    }

    /// The last proposal is taken, and the next one made.
    fn simplify(&mut self) -> bool {
        if let Some(Proposed { tree, .. }) = self.proposed.take() {
            self.has_shrunk = true;
            if tree.is_some_and(|tree| self.simplify_tree(tree)) {
                return true;
            }
        }
        self.propose()
    }

    /// The last proposal is taken back, and the next one made.
    fn complicate(&mut self) -> bool {
        let Some(Proposed { tree, plan, built, keys }) = self.proposed.take() else { return false };
        if let Some(tree) = tree {
            let mut moved = self.trees.complicate(tree);
            while moved {
                if let Ok((now, now_keys)) = self.plan.build(&self.source, &self.trees) {
                    (self.built, self.keys) = (now, now_keys);
                    self.proposed = Some(Proposed { tree: Some(tree), plan, built, keys });
                    return true;
                }
                moved = self.trees.complicate(tree);
            }
        }
        (self.plan, self.built, self.keys) = (plan, built, keys);
        self.propose()
    }
}
