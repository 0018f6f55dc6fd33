//! A program carried out on a store and on the reference side by side.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::Model;
use super::face::{Done, Face, Ids, Standard};
use super::outcome::{Effect, Pointer, Refusal};
use super::rows::KitSchema;
use crate::catalog::Accessor;
use crate::error::{Blocked, Error, Reference};
use crate::id::RowKey;
use crate::operation::{Label, Operation, Statement};
use crate::store::Store;
use crate::view::View;

/// Where a store and the reference part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// What differs.
    pub what: String,
}

impl fmt::Display for Divergence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)
    }
}
impl core::error::Error for Divergence {}

fn diverges<T>(what: String) -> Result<T, Divergence> {
    Err(Divergence { what })
}

/// What is called after every statement and at the end of every transaction.
type Seen<'a, T, S> = &'a mut dyn FnMut(&mut T, &Store<S>, &Operation) -> Result<(), Divergence>;

/// What an operation came to.
pub type Outcome = Result<Effect, Refusal>;

/// How often each kind of statement, [`Statement::kind`], came to `"ok"` or to a [`Refusal::kind`]; and the ends of
/// transactions, `"Commit"` and `"Rollback"`.
pub type Outcomes = BTreeMap<(&'static str, &'static str), u64>;

/// The reference beside a store, and which row of one is which of the other.
///
/// ```
/// use relarena::operation::{Cell, Operation};
/// use relarena::prelude::*;
/// use relarena::reference::Session;
///
/// #[derive(Model, Clone, Debug)]
/// struct Author { name: String }
/// #[derive(Schema)]
/// struct Library { authors: Table<Author> }
///
/// let (mut db, mut session) = (Store::<Library>::new(), Session::new());
/// session.run(&mut db, &[
///     Operation::insert("Author", [("name", Cell::text("Lem"))]),
///     Operation::transaction(false, [Operation::delete("Author", 0)]),
/// ])?;
/// session.compare(&db)?;
/// assert_eq!(db.len::<Author>(), 1);
/// # Ok::<(), relarena::reference::Divergence>(())
/// ```
pub struct Session<S, F = Standard> {
    reference: Model<S>,
    ids: Ids,
    face: F,
    outcomes: Outcomes,
}

impl<S, F: Clone> Clone for Session<S, F> {
    fn clone(&self) -> Self {
        Self {
            reference: self.reference.clone(),
            ids: self.ids.clone(),
            face: self.face.clone(),
            outcomes: self.outcomes.clone(),
        }
    }
}

impl<S: KitSchema> Session<S> {
    /// Beside an empty store. O(models + relations).
    pub fn new() -> Self {
        Self::with_face(Standard)
    }

    /// Beside a store with rows. O(everything).
    pub fn of(view: &View<S>) -> Self {
        let (reference, ids) = Model::of(view);
        Self { reference, ids, face: Standard, outcomes: Outcomes::new() }
    }
}

impl<S: KitSchema> Default for Session<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: KitSchema, F: Face<S>> Session<S, F> {
    /// Beside an empty store to which a face of the program's own writes. O(models + relations).
    pub fn with_face(face: F) -> Self {
        Self { reference: Model::new(), ids: Ids::default(), face, outcomes: Outcomes::new() }
    }

    /// The reference. O(1).
    pub fn reference(&self) -> &Model<S> {
        &self.reference
    }

    /// How often statements and ends of transactions have come to what, on both sides. O(1).
    pub fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    /// Which row of the store each label stands for. O(1).
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// Carries operations out on both sides, and compares what each comes to. States are compared by
    /// [`compare`](Self::compare).
    ///
    /// # Errors
    ///
    /// [`Divergence`].
    pub fn run(&mut self, db: &mut Store<S>, program: &[Operation]) -> Result<(), Divergence> {
        self.watch(db, program, &mut |_, _, _| Ok(()))
    }

    /// As [`run`](Self::run), and calls `seen` after every statement and at the end of every transaction.
    ///
    /// # Errors
    ///
    /// [`Divergence`], also what `seen` answers.
    pub fn watch(
        &mut self,
        db: &mut Store<S>,
        program: &[Operation],
        seen: Seen<'_, Self, S>,
    ) -> Result<(), Divergence> {
        for operation in program {
            if let Operation::Transaction { operations, commits } = operation {
                self.block(db, operations, *commits, seen)?;
                seen(self, db, operation)?;
            } else if self.statement(db, operation)?.is_some() {
                seen(self, db, operation)?;
            }
        }
        Ok(())
    }

    /// Carries an operation out that is no transaction; `None` where there was no row for it to work on.
    ///
    /// # Errors
    ///
    /// [`Divergence`].
    pub fn statement(&mut self, tx: &mut Store<S>, operation: &Operation) -> Result<Option<Outcome>, Divergence> {
        match self.reference.prepare(operation) {
            Ok(Some(statement)) => self.execute(tx, &statement).map(Some),
            Ok(None) => Ok(None),
            Err(error) => diverges(format!("{operation:?} is of another schema: {error}")),
        }
    }

    /// Carries a statement out on both sides.
    ///
    /// # Errors
    ///
    /// [`Divergence`].
    pub fn execute(&mut self, tx: &mut Store<S>, statement: &Statement) -> Result<Outcome, Divergence> {
        let done = self.face.execute(&self.reference, tx, statement, &self.ids);
        let expected = self.reference.execute(statement);
        match (&expected, &done) {
            (Ok(effect), Ok(done)) => self.compare_effects(statement, effect, done)?,
            (Err(expected), Err(error)) => {
                let actual = self.refusal(error)?;
                if !expected.agrees(&actual) {
                    return diverges(format!("{statement:?}: expected {expected:?}, got {error:?}"));
                }
            }
            _ => return diverges(format!("{statement:?}: expected {expected:?}, got {done:?}")),
        }
        self.count(statement.kind(), &expected);
        Ok(expected)
    }

    fn count<T>(&mut self, kind: &'static str, outcome: &Result<T, Refusal>) {
        let came_to = outcome.as_ref().map_or_else(Refusal::kind, |_| "ok");
        *self.outcomes.entry((kind, came_to)).or_default() += 1;
    }

    fn block(
        &mut self,
        tx: &mut Store<S>,
        operations: &[Operation],
        commits: bool,
        seen: Seen<'_, Self, S>,
    ) -> Result<(), Divergence> {
        let before = self.begin();
        let mut divergence = None;
        let ended = tx.transaction(|tx| {
            if let Err(diverged) = self.watch(tx, operations, seen) {
                divergence = Some(diverged);
            }
            if commits && divergence.is_none() { Ok(()) } else { Err(Error::other("roll back")) }
        });
        match divergence {
            Some(divergence) => Err(divergence),
            None => self.end(before, commits, &ended).map(|_| ()),
        }
    }

    /// The reference opens a transaction, as the caller does on the store. Answers what [`end`](Self::end) takes.
    pub fn begin(&mut self) -> Ids {
        self.reference.begin();
        self.ids.clone()
    }

    /// The transaction on the store has ended so; answers whether it was committed.
    ///
    /// # Errors
    ///
    /// [`Divergence`].
    pub fn end(&mut self, before: Ids, commits: bool, ended: &Result<(), Error>) -> Result<bool, Divergence> {
        let expected = if commits {
            self.reference.commit()
        } else {
            self.reference.rollback();
            Ok(())
        };
        let committed = match ended {
            Err(Error::Other(_)) if !commits => false,
            Ok(()) if commits && expected.is_ok() => true,
            Err(error) if commits && Err(self.refusal(error)?) == expected => false,
            _ => return diverges(format!("a commit came to {ended:?}, expected {expected:?}")),
        };
        self.count(if commits { "Commit" } else { "Rollback" }, &expected);
        if committed {
            let reference = &self.reference;
            self.ids.keep(|label| reference.knows(label));
        } else {
            self.ids = before;
        }
        Ok(committed)
    }

    fn compare_effects(&mut self, statement: &Statement, effect: &Effect, done: &Done) -> Result<(), Divergence> {
        let counts = done.report.rows().map(|(model, count)| (model.to_string(), count));
        let links = done.report.links().map(|(link, count)| (link.to_string(), count));
        let deleted: BTreeMap<String, usize> = counts.chain(links).collect();
        let all = deleted.values().sum::<usize>();
        let agree = (effect.added, effect.removed, &effect.deleted) == (done.added, done.removed, &deleted)
            && effect.created.len() == done.created.len()
            && all == done.report.total;
        if !agree {
            return diverges(format!("{statement:?}: expected {effect:?}, got {done:?}"));
        }
        for (label, key) in effect.created.iter().zip(&done.created) {
            self.ids.add(*label, *key);
        }
        Ok(())
    }

    fn label(&self, key: RowKey) -> Result<Label, Divergence> {
        self.ids.label(key).map_or_else(|| diverges(format!("{key} was given to no row of the program")), Ok)
    }

    /// An error of the store in the reference's terms.
    ///
    /// # Errors
    ///
    /// [`Divergence`]: no statement may end so.
    pub fn refusal(&self, error: &Error) -> Result<Refusal, Divergence> {
        let pointer = |one: &Reference| {
            let (source, target) = (self.label(one.source)?, self.label(one.target)?);
            Ok(Pointer { relation: one.relation, source, target })
        };
        let blockers = |blocked: &Blocked| {
            let blockers = blocked.blockers.iter().map(|one| pointer(&one.reference));
            let pointers = blockers.collect::<Result<BTreeSet<Pointer>, Divergence>>()?;
            if pointers.len() < blocked.blockers.len() {
                return diverges(format!("a blocker is listed twice: {blocked:?}"));
            }
            Ok(pointers)
        };
        Ok(match error {
            Error::RowNotFound { .. } => Refusal::RowNotFound,
            Error::Null { .. } => Refusal::Null,
            Error::WrongType(_) => Refusal::WrongType,
            Error::DanglingTarget { .. } => Refusal::DanglingTarget,
            Error::CheckViolation { .. } => Refusal::Check,
            Error::UniqueViolation(_) => Refusal::Unique,
            Error::Protected(blocked) => Refusal::Protected(blockers(blocked)?),
            Error::Restricted(blocked) => Refusal::Restricted(blockers(blocked)?),
            Error::SubstituteNotNamed { .. } => Refusal::SubstituteNotNamed,
            Error::NeedsNoSubstitute { .. } => Refusal::NeedsNoSubstitute,
            Error::DanglingReferences(references) => {
                Refusal::Dangling(references.iter().map(pointer).collect::<Result<_, _>>()?)
            }
            Error::NotReserved { .. } => Refusal::NotReserved,
            Error::OutsideTransaction { .. } => Refusal::OutsideTransaction,
            other => return diverges(format!("no statement may end so: {other:?}")),
        })
    }

    /// Audits the store, and compares its complete state with the reference: rows, and where every relation leads from every
    /// row. O(everything × rows).
    ///
    /// # Errors
    ///
    /// [`Divergence`].
    pub fn compare(&self, view: &View<S>) -> Result<(), Divergence> {
        let violations = view.audit();
        if !violations.is_empty() {
            let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
            return diverges(format!("the audit found: {}", told.join("; ")));
        }
        for (place, info) in view.catalog().models().iter().enumerate() {
            self.compare_rows(view, place, info.descriptor.name)?;
        }
        Ok(())
    }

    fn compare_rows(&self, view: &View<S>, model: usize, name: &str) -> Result<(), Divergence> {
        let keys = view.keys_of(name).expect("the model is the catalog's own");
        let mut labels = keys.iter().map(|key| self.label(*key)).collect::<Result<Vec<_>, _>>()?;
        labels.sort_unstable();
        let rows = &self.reference.state.tables[model];
        if labels != rows.labels() {
            return diverges(format!("{name}: expected rows {:?}, there are {labels:?}", rows.labels()));
        }
        for &key in &keys {
            let label = self.label(key)?;
            if !rows.is_same(label, view, key, &|_, target| self.ids.raw(target)) {
                let (is, ought) = (view.values(key), self.reference.values(label));
                return diverges(format!("{key}, row {label}: expected {ought:?}, is {is:?}"));
            }
            for (relation, accessor) in view.catalog().accessors(model) {
                if matches!(accessor, Accessor::Field(_)) {
                    continue;
                }
                let led = view.follow_by_name(key, relation).expect("a listed relation is the model's");
                let mut led = led.into_iter().map(|row| self.label(row)).collect::<Result<Vec<_>, _>>()?;
                led.sort_unstable();
                let ought = self.reference.follow(label, relation);
                if led != ought {
                    return diverges(format!("{key}, row {label}, {relation}: expected {ought:?}, is {led:?}"));
                }
            }
        }
        Ok(())
    }
}
