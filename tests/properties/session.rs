//! A program carried out on a store and on the reference side by side, compared after every operation.

use std::collections::{BTreeMap, BTreeSet};

use relarena::prelude::*;
use relarena::{Accessor, Blocked, DeletePlan, Reference as Pointing, RowKey};

use crate::face::{Done, Face, Ids, Tx, key};
use crate::operations::{Operation, Statement};
use crate::outcome::{Effect, Pointer, Refusal};
use crate::reference::{Reference, State};
use crate::schema::{Cell, ENDS, Label, World};
use crate::snapshot::Snapshot;

/// The two sides of a comparison and what has been seen so far.
#[derive(Clone)]
pub(crate) struct Session {
    face: Face,
    reference: Reference,
    ids: Ids,
    /// Outcome and state after each operation.
    pub(crate) trace: Vec<(String, Snapshot)>,
}

/// Everything that going back must restore, as it was.
#[derive(Clone)]
pub(crate) struct Moment {
    reference: Reference,
    ids: Ids,
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
        Self { face, reference: Reference::default(), ids: Ids::default(), trace: vec![first] }
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
                Operation::Transaction { operations, commits } => {
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
        let (reference, ids, state) = (self.reference.clone(), self.ids.clone(), self.last().clone());
        Moment { reference, ids, state, digest: db.digest(), next_ids: next_ids(db) }
    }

    /// The store has gone back, or forth again: it agrees with the reference of then, and is as it was then (I6).
    pub(crate) fn return_to(&mut self, db: &Store<World>, moment: &Moment, outcome: &str) {
        (self.reference, self.ids) = (moment.reference.clone(), moment.ids.clone());
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
        let (before, ids) = (self.last().clone(), self.ids.clone());
        self.reference.begin();
        let ended = tx.transaction(|tx| {
            for operation in operations {
                match operation {
                    Operation::Transaction { operations, commits } => {
                        self.block(tx, operations, *commits);
                    }
                    _ => self.statement(tx, operation),
                }
            }
            if commits { Ok(()) } else { Err(Error::other("roll back")) }
        });
        let committed = match ended {
            Err(Error::Other(_)) if !commits => {
                self.reference.rollback();
                false
            }
            Ok(()) => {
                assert_eq!(self.reference.commit(), Ok(()));
                true
            }
            Err(error) => {
                let refusal = self.refusal(&error);
                assert_eq!(self.reference.commit(), Err(refusal));
                false
            }
        };
        if committed {
            let state = &self.reference.state;
            self.ids.keep(|label| state.knows(label));
        } else {
            self.ids = ids;
        }
        let outcome = match (committed, commits) {
            (true, _) => "Commit ok",
            (false, true) => "Commit DanglingReferences",
            (false, false) => "Rollback ok",
        };
        self.observe(tx, outcome.into());
        if !committed {
            assert_eq!(*self.last(), before, "a rollback left a trace");
        }
        committed
    }

    fn statement(&mut self, tx: &mut Tx, operation: &Operation) {
        let statement = operation.resolve(&self.reference.state);
        let plan = self.plan(tx, &statement);
        let expected = self.reference.execute(&statement);
        let done = self.face.execute(tx, &statement, &self.ids);
        let before = self.last().clone();
        let outcome = outcome(&statement, done.as_ref());
        match (&expected, &done) {
            (Ok(effect), Ok(done)) => self.compare_effects(&statement, effect, done),
            (Err(expected), Err(error)) => {
                let actual = self.refusal(error);
                let either = *expected == Refusal::CheckOrUnique;
                let agree = *expected == actual || either && matches!(actual, Refusal::Check | Refusal::Unique);
                assert!(agree, "{statement:?}: expected {expected:?}, got {error:?}");
            }
            _ => panic!("{statement:?}: expected {expected:?}, got {done:?}"),
        }
        self.observe(tx, outcome);
        if done.is_err() {
            assert_eq!(*self.last(), before, "{statement:?} was refused and changed something");
        } else {
            self.last().assert_orders_follow(&before);
        }
        if let Some(plan) = plan {
            self.check_plan(&plan, &done, &before);
        }
    }

    fn compare_effects(&mut self, statement: &Statement, effect: &Effect, done: &Done) {
        assert_eq!((effect.added, effect.removed), (done.added, done.removed), "{statement:?}");
        let counts = done.report.rows().map(|(model, count)| (model.to_owned(), count));
        let links = done.report.links().map(|(link, count)| (link.to_string(), count));
        assert_eq!(effect.deleted, counts.chain(links).collect::<BTreeMap<_, _>>(), "{statement:?}");
        assert_eq!(effect.deleted.values().sum::<usize>(), done.report.total);
        assert_eq!(effect.created.len(), done.created.len(), "{statement:?}");
        for (label, key) in effect.created.iter().zip(&done.created) {
            self.ids.add(*label, *key);
        }
    }

    /// The error in the reference's terms.
    fn refusal(&self, error: &Error) -> Refusal {
        let pointer = |one: &Pointing| -> Pointer {
            (one.relation.to_string(), self.ids.label(one.source), self.ids.label(one.target))
        };
        let blockers = |blocked: &Blocked| {
            let pointers: BTreeSet<Pointer> = blocked.blockers.iter().map(|one| pointer(&one.reference)).collect();
            assert_eq!(pointers.len(), blocked.blockers.len(), "a blocker is listed twice");
            pointers
        };
        match error {
            Error::RowNotFound { .. } => Refusal::RowNotFound,
            Error::DanglingTarget { .. } => Refusal::ForeignKey,
            Error::CheckViolation { .. } => Refusal::Check,
            Error::UniqueViolation(_) => Refusal::Unique,
            Error::Protected(blocked) => Refusal::Protected(blockers(blocked)),
            Error::Restricted(blocked) => Refusal::Restricted(blockers(blocked)),
            Error::SubstituteNotNamed { .. } => Refusal::SubstituteNotNamed,
            Error::DanglingReferences(references) => Refusal::Dangling(references.iter().map(pointer).collect()),
            Error::NotReserved { .. } => Refusal::NotReserved,
            Error::OutsideTransaction { .. } => Refusal::OutsideTransaction,
            other => panic!("no operation may end so: {other:?}"),
        }
    }

    /// Audits, compares the complete state with the reference, and notes it.
    fn observe(&mut self, tx: &Tx, outcome: String) {
        assert_eq!(tx.audit(), []);
        let (snapshot, state) = (Snapshot::of(tx), &self.reference.state);
        let rows: BTreeMap<Label, BTreeMap<&str, Cell>> = snapshot
            .rows
            .iter()
            .map(|(row, values)| {
                (self.ids.label(*row), values.iter().map(|(field, value)| (*field, self.cell(value))).collect())
            })
            .collect();
        let expected = state.rows.iter().map(|(label, row)| (*label, row.fields.clone())).collect();
        assert_eq!(rows, expected, "rows differ");
        assert!(snapshot.rows.windows(2).all(|pair| pair[0].0 < pair[1].0), "rows are not in the order of slots");
        let referrers = referrers(state);
        for followed in &snapshot.followed {
            let row = self.ids.label(followed.row);
            let mut actual: Vec<Label> = followed.rows.iter().map(|row| self.ids.label(*row)).collect();
            actual.sort_unstable();
            let model = followed.row.model();
            let mut expected = if let Accessor::Referrers(place) = followed.accessor {
                let name = tx.catalog().relations()[place].name;
                referrers.get(&(name.model, name.field, row)).cloned().unwrap_or_default()
            } else {
                let end = ENDS.into_iter().find(|end| end.names().0 == followed.relation && end.names().1 == model);
                state.linked(end.expect("all ends are listed"), row)
            };
            expected.sort_unstable();
            assert_eq!(actual, expected, "{row} {}", followed.relation);
        }
        self.trace.push((outcome, snapshot));
    }

    fn cell(&self, value: &Value) -> Cell {
        match value {
            Value::Null => Cell::Null,
            Value::Bool(value) => Cell::Bool(*value),
            Value::Int(value) => Cell::Int(i64::try_from(*value).expect("cells hold 64 bits")),
            Value::Text(value) => Cell::Text(value.clone()),
            Value::Key(row) => Cell::Key(self.ids.label(*row)),
            other => unreachable!("the schema has no field of such a type: {other:?}"),
        }
    }

    /// What a delete is going to do; planning writes nothing (I7).
    fn plan(&self, tx: &Tx, statement: &Statement) -> Option<DeletePlan> {
        let rows: Vec<RowKey> = match statement {
            Statement::Delete { model, row } => vec![key(tx, model, *row, &self.ids)],
            Statement::DeleteMany { model, rows } => rows.iter().map(|row| key(tx, model, *row, &self.ids)).collect(),
            _ => return None,
        };
        let plan = tx.plan_delete_keys(&rows);
        assert_eq!(*self.last(), Snapshot::of(tx), "planning wrote something");
        let one_is_missing = matches!(statement, Statement::Delete { .. }) && !tx.contains_key(rows[0]);
        (!one_is_missing).then_some(plan)
    }

    /// A delete does what its plan said (I7); rules that rewritten keys break are not planned.
    fn check_plan(&self, plan: &DeletePlan, done: &Result<Done, Error>, before: &Snapshot) {
        match done {
            Err(Error::Protected(blocked)) => assert_eq!(plan.protected_by, blocked.blockers),
            _ => assert!(plan.protected_by.is_empty()),
        }
        match done {
            Err(Error::Protected(_)) => {}
            Err(Error::Restricted(blocked)) => assert_eq!(plan.restricted_by, blocked.blockers),
            _ => assert!(plan.restricted_by.is_empty()),
        }
        match done {
            Err(Error::SubstituteNotNamed { relation }) => assert_eq!(plan.unnamed_substitute, Some(*relation)),
            Err(Error::DanglingReferences(references)) => assert_eq!(plan.dangling, *references),
            Err(_) => {}
            Ok(done) => {
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
                assert_eq!(plan.counts().iter().map(|(_, count)| count).sum::<usize>(), plan.total());
                assert_eq!(plan.total(), done.report.rows().map(|(_, count)| count).sum());
                let symmetrical =
                    |cut: &&relarena::LinkCut| cut.relation.field == "friends" && cut.source != cut.target;
                let cuts = plan.links.len() + plan.links.iter().filter(symmetrical).count();
                assert_eq!(cuts, done.report.links().map(|(_, count)| count).sum());
            }
        }
    }
}

/// A statement's kind and what came of it.
fn outcome(statement: &Statement, done: Result<&Done, &Error>) -> String {
    let word = |text: String| text.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
    let statement = match statement {
        Statement::Links { verb, end, .. } => format!("{verb:?}{}", if end.is_through() { "Through" } else { "" }),
        Statement::Reassign { swaps, .. } => if *swaps { "Swap" } else { "Replace" }.to_owned(),
        Statement::Write { is_set, .. } => if *is_set { "Set" } else { "Update" }.to_owned(),
        other => word(format!("{other:?}")),
    };
    match done {
        Ok(_) => format!("{statement} ok"),
        Err(error) => format!("{statement} {}", word(format!("{error:?}"))),
    }
}

/// Rows that point at a row, by key and row.
fn referrers(state: &State) -> BTreeMap<(&'static str, &'static str, Label), Vec<Label>> {
    let mut referrers = BTreeMap::<_, Vec<Label>>::new();
    for (model, field, _, source, target) in state.pointers() {
        referrers.entry((model, field, target)).or_default().push(source);
    }
    referrers
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
