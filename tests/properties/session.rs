//! A program carried out on a store and on the reference side by side, compared after every operation.

use std::collections::{BTreeMap, BTreeSet};

use relarena::operation::{Operation, Statement};
use relarena::prelude::*;
use relarena::reference::{self, Effect, Outcome, Pointer, Refusal};
use relarena::{Blocker, DeletePlan, Reference as Pointing, RowKey};

use crate::face::{Face, Tx};
use crate::schema::World;
use crate::snapshot::Snapshot;

/// The kit's session, and what has been seen so far.
#[derive(Clone)]
pub(crate) struct Session {
    kit: reference::Session<World, Face>,
    /// Outcome and state after each operation.
    pub(crate) trace: Vec<(String, Snapshot)>,
}

/// Everything that going back must restore, as it was.
#[derive(Clone)]
pub(crate) struct Moment {
    kit: reference::Session<World, Face>,
    state: Snapshot,
    digest: u64,
    next_ids: Vec<RowKey>,
}

impl Moment {
    /// The store is as it was at this moment: rows, links, orders, digest and next ids.
    pub(crate) fn assert_is(&self, db: &Store<World>) {
        assert_eq!(Snapshot::of(db), self.state, "rows, links or orders differ");
        assert_eq!(db.digest(), self.digest, "the digest differs");
        assert_eq!(next_ids(db), self.next_ids, "the next ids differ");
    }
}

impl Session {
    pub(crate) fn new(face: Face) -> Self {
        let first = ("nothing yet".into(), Snapshot::of(&Store::<World>::new()));
        Self { kit: reference::Session::with_face(face), trace: vec![first] }
    }

    /// A program on a new store.
    pub(crate) fn run(face: Face, program: &[Operation]) -> (Store<World>, Self) {
        let (mut db, mut session) = (Store::new(), Self::new(face));
        session.continue_with(&mut db, program);
        (db, session)
    }

    pub(crate) fn last(&self) -> &Snapshot {
        &self.trace.last().expect("a session starts with one state").1
    }

    /// A program on a store that this session has followed so far.
    pub(crate) fn continue_with(&mut self, db: &mut Store<World>, program: &[Operation]) {
        for operation in program {
            match operation {
                Operation::Transaction { operations, commits, .. } => {
                    let clone = db.clone();
                    if !self.block(db, operations, *commits) {
                        assert_eq!(*self.last(), Snapshot::of(&clone), "a rollback left a trace");
                        assert_eq!(next_ids(db), next_ids(&clone), "a rollback changed the next ids");
                    }
                }
                _ => self.statement(db, operation),
            }
        }
    }

    /// What is to be kept of now, to go back to.
    pub(crate) fn moment(&self, db: &Store<World>) -> Moment {
        Moment { kit: self.kit.clone(), state: self.last().clone(), digest: db.digest(), next_ids: next_ids(db) }
    }

    /// The store has gone back, or forth again: it agrees with the reference of then, and is as it was then (I6).
    pub(crate) fn return_to(&mut self, db: &Store<World>, moment: &Moment, outcome: &str) {
        self.kit = moment.kit.clone();
        self.observe(db, outcome.into());
        moment.assert_is(db);
    }

    /// Nobody has written to the store since this session saw it (I9).
    pub(crate) fn assert_unseen(&self, db: &View<World>) {
        assert_eq!(Snapshot::of(db), *self.last(), "another store's write shows");
        assert_eq!(db.audit(), []);
    }

    /// Answers whether the transaction was committed.
    fn block(&mut self, tx: &mut Tx, operations: &[Operation], commits: bool) -> bool {
        let (before, ids) = (self.last().clone(), self.kit.begin());
        let ended = tx.transaction(|tx| {
            for operation in operations {
                match operation {
                    Operation::Transaction { operations, commits, .. } => {
                        self.block(tx, operations, *commits);
                    }
                    _ => self.statement(tx, operation),
                }
            }
            if commits { Ok(()) } else { Err(Error::other("roll back")) }
        });
        let committed = self.kit.end(ids, commits, &ended).unwrap_or_else(|divergence| panic!("{divergence}"));
        let outcome = match (committed, commits) {
            (true, _) => "Commit ok",
            (false, true) => "Commit Dangling",
            (false, false) => "Rollback ok",
        };
        self.observe(tx, outcome.into());
        if !committed {
            assert_eq!(*self.last(), before, "a rollback left a trace");
        }
        committed
    }

    fn statement(&mut self, tx: &mut Tx, operation: &Operation) {
        let prepared = self.kit.reference().prepare(operation).expect("the operation is of this schema");
        let Some(statement) = prepared else { return };
        let plan = self.plan(tx, &statement);
        let before = self.last().clone();
        let done = self.kit.execute(tx, &statement).unwrap_or_else(|divergence| panic!("{divergence}"));
        self.observe(tx, outcome(&statement, &done));
        if done.is_err() {
            assert_eq!(*self.last(), before, "{statement:?} was refused and changed something");
        } else {
            self.last().assert_orders_follow(&before);
        }
        if let Some(plan) = plan {
            self.check_plan(&plan, &done, &before);
        }
    }

    /// Audits, compares the complete state with the reference, and notes it.
    fn observe(&mut self, tx: &Tx, outcome: String) {
        self.kit.compare(tx).unwrap_or_else(|divergence| panic!("{divergence}"));
        let snapshot = Snapshot::of(tx);
        assert!(snapshot.rows.windows(2).all(|pair| pair[0].0 < pair[1].0), "rows are not in the order of slots");
        self.trace.push((outcome, snapshot));
    }

    /// What a delete is going to do; planning writes nothing (I7).
    fn plan(&self, tx: &Tx, statement: &Statement) -> Option<DeletePlan> {
        let key = |row: &u32| self.kit.ids().key(*row).expect("a row that was has a key");
        let rows: Vec<RowKey> = match statement {
            Statement::Delete { row, .. } => vec![key(row)],
            Statement::DeleteMany { rows, .. } => rows.iter().map(key).collect(),
            _ => return None,
        };
        let plan = tx.plan_delete_keys(&rows);
        assert_eq!(*self.last(), Snapshot::of(tx), "planning wrote something");
        let one_is_missing = matches!(statement, Statement::Delete { .. }) && !tx.contains_key(rows[0]);
        (!one_is_missing).then_some(plan)
    }

    fn pointers<'a>(&self, references: impl Iterator<Item = &'a Pointing>) -> BTreeSet<Pointer> {
        let label = |row| self.kit.ids().label(row).expect("every row of a plan has a label");
        let pointer =
            |one: &Pointing| Pointer { relation: one.relation, source: label(one.source), target: label(one.target) };
        references.map(pointer).collect()
    }

    /// A delete does what its plan said (I7); rules that rewritten keys break are not planned.
    fn check_plan(&self, plan: &DeletePlan, done: &Outcome, before: &Snapshot) {
        let blockers = |blockers: &[Blocker]| self.pointers(blockers.iter().map(|blocker| &blocker.reference));
        let (protecting, restricting) = (blockers(&plan.protected_by), blockers(&plan.restricted_by));
        match done {
            Err(Refusal::Protected(pointers)) => assert_eq!(protecting, *pointers),
            _ => assert_eq!(protecting, BTreeSet::new()),
        }
        match done {
            Err(Refusal::Protected(_)) => {}
            Err(Refusal::Restricted(pointers)) => assert_eq!(restricting, *pointers),
            _ => assert_eq!(restricting, BTreeSet::new()),
        }
        match done {
            Err(Refusal::SubstituteNotNamed) => assert!(plan.unnamed_substitute.is_some()),
            Err(Refusal::Dangling(pointers)) => assert_eq!(self.pointers(plan.dangling.iter()), *pointers),
            Err(_) => {}
            Ok(effect) => self.check_effect(plan, effect, before),
        }
    }

    fn check_effect(&self, plan: &DeletePlan, effect: &Effect, before: &Snapshot) {
        assert_eq!(plan.unnamed_substitute, None);
        let now: BTreeMap<_, _> = self.last().rows.iter().cloned().collect();
        let mut expected: BTreeMap<_, _> = before.rows.iter().cloned().collect();
        for step in &plan.doomed {
            assert!(expected.remove(&step.row).is_some(), "{} is doomed twice, or was not there", step.row);
        }
        for change in &plan.rewritten {
            let values = expected.get_mut(&change.row).expect("a rewritten row stays");
            let value = values.iter_mut().find(|(field, _)| *field == change.relation.field);
            value.expect("a rewritten key is a field").1 = change.to.map_or(Value::Null, Value::Key);
        }
        assert_eq!(now, expected, "the delete did not do what was planned");
        let count = |is_link: bool| -> usize {
            effect.deleted.iter().filter(|(name, _)| name.contains('.') == is_link).map(|(_, count)| count).sum()
        };
        assert_eq!(plan.counts().iter().map(|(_, count)| count).sum::<usize>(), plan.total());
        assert_eq!(plan.total(), count(false));
        let symmetrical = |cut: &&relarena::LinkCut| cut.relation.field == "friends" && cut.source != cut.target;
        let cuts = plan.links.len() + plan.links.iter().filter(symmetrical).count();
        assert_eq!(cuts, count(true));
    }
}

/// A statement's kind and what came of it.
fn outcome(statement: &Statement, done: &Outcome) -> String {
    let is_through =
        matches!(statement, Statement::Links(change) if ["clubs", "members"].contains(&change.relation.as_ref()));
    let came_to = done.as_ref().map_or_else(Refusal::kind, |_| "ok");
    format!("{}{} {came_to}", statement.kind(), if is_through { "Through" } else { "" })
}

/// The ids that the next inserts of each model would get.
pub(crate) fn next_ids(db: &Store<World>) -> Vec<RowKey> {
    let mut db = db.clone();
    let mut ids = Vec::new();
    for round in 0..6_i64 {
        let insert = |db: &mut Store<World>, model: &str, values: &[(&str, Value)]| {
            db.insert_by_name(model, values).expect("a new row with values of its own breaks no rule")
        };
        let person = insert(&mut db, "Person", &[("name", (200 + round).into())]);
        let club = [("title", (200 + round).into()), ("open", false.into()), ("owner", person.into())];
        // Substitutes stand in for keys left out, and may be gone.
        let rest = [("deputy", Value::Null), ("guest", person.into())];
        let club = insert(&mut db, "Club", &[&club[..], &rest].concat());
        ids.extend([person, club]);
        ids.push(insert(&mut db, "Item", &[("weight", Value::Int(0)), ("club", club.into())]));
        let tag = [("label", Value::Int(0)), ("source", Value::Null), ("about", Value::Null)];
        ids.push(insert(&mut db, "Tag", &tag));
        ids.push(insert(&mut db, "Desk", &[("user", person.into()), ("seat", Value::Null)]));
        ids.push(insert(&mut db, "Membership", &[("level", Value::Int(200)), ("club", club.into())]));
    }
    assert_eq!(db.audit(), []);
    ids
}
