//! Programs that go back and branch: checkpoints, undo and redo, forks and snapshots, against clones of the reference.
//!
//! What a call must come to is known from a clone that was kept when it was so: rows and links by the reference; orders,
//! digest and next ids as the store had them then (I6, I8, I9, I10).

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use relarena::operation::Operation;
use relarena::prelude::*;
use relarena::{Checkpoint, Snapshot};

use crate::face::Face;
use crate::programs::program;
use crate::schema::World;
use crate::session::{Moment, Session};

/// Stores and snapshots that are kept beside the one that is written to.
const MOST_KEPT: usize = 3;

/// One step of a journey. Legal in any order, so that shrinking may leave any out.
#[derive(Clone, Debug)]
pub(crate) enum Travel {
    Play(Operation),
    Checkpoint,
    /// To one of all the checkpoints that this store ever gave, also those that are gone.
    Rewind(u16),
    Forget(u16),
    Limit(usize),
    RecordUndo,
    StopUndo,
    Undo,
    Redo,
    Fork,
    Freeze,
    /// Makes a store of a snapshot, and goes on in it.
    Thaw(u16),
    /// Goes on in another store.
    Switch(u16),
}

/// A program, the second half of which goes between travels.
pub(crate) fn journey() -> impl Strategy<Value = Vec<Travel>> {
    let number = any::<u16>;
    // None is the program's next operation.
    let travel = prop_oneof![
        24 => Just(None),
        6 => Just(Some(Travel::Checkpoint)),
        6 => number().prop_map(|number| Some(Travel::Rewind(number))),
        1 => number().prop_map(|number| Some(Travel::Forget(number))),
        1 => (0..4_usize).prop_map(|limit| Some(Travel::Limit(limit))),
        3 => Just(Some(Travel::RecordUndo)),
        1 => Just(Some(Travel::StopUndo)),
        8 => Just(Some(Travel::Undo)),
        8 => Just(Some(Travel::Redo)),
        2 => Just(Some(Travel::Fork)),
        2 => Just(Some(Travel::Freeze)),
        1 => number().prop_map(|number| Some(Travel::Thaw(number))),
        2 => number().prop_map(|number| Some(Travel::Switch(number))),
    ];
    (program(), any::<bool>(), vec(travel, 0..48)).prop_map(|(program, records_undo, travels)| {
        let mut left = program.clone();
        let rest = left.split_off(left.len() / 2);
        // Once all are played, they begin anew.
        let mut next = rest.into_iter().chain(program).map(Travel::Play);
        let first = records_undo.then_some(Travel::RecordUndo);
        let journey = travels.into_iter().filter_map(|travel| travel.or_else(|| next.next()));
        left.into_iter().map(Travel::Play).chain(first).chain(journey).collect()
    })
}

/// What the reference keeps of a store's past: clones.
#[derive(Default)]
struct Past {
    /// With the time when it was taken, oldest first.
    checkpoints: Vec<(Checkpoint, usize, Moment)>,
    /// All that were ever taken.
    given: Vec<Checkpoint>,
    limit: Option<usize>,
    records_undo: bool,
    /// With the time when it was made, and the state before it.
    steps: Vec<(Step, usize, Moment)>,
    /// With the state after it.
    undone: Vec<(Step, Moment)>,
}

/// A step for undo is known by its label.
type Step = String;

impl Past {
    fn keep_ring(&mut self) {
        let excess = self.limit.map_or(0, |limit| self.checkpoints.len().saturating_sub(limit));
        self.checkpoints.drain(..excess);
    }
}

/// A store that the journey writes to, now or later.
struct Branch {
    db: Store<World>,
    session: Session,
    past: Past,
}

pub(crate) struct Traveller {
    here: Branch,
    others: Vec<Branch>,
    frozen: Vec<(Snapshot<World>, Session)>,
    time: usize,
    /// How often each call came to what.
    pub(crate) outcomes: BTreeMap<String, usize>,
}

impl Traveller {
    pub(crate) fn run(journey: &[Travel]) -> Self {
        let here = Branch { db: Store::new(), session: Session::new(Face::Typed), past: Past::default() };
        let mut traveller = Self { here, others: Vec::new(), frozen: Vec::new(), time: 0, outcomes: BTreeMap::new() };
        for travel in journey {
            traveller.time += 1;
            let outcome = traveller.step(travel);
            *traveller.outcomes.entry(outcome.into()).or_default() += 1;
            traveller.check();
        }
        traveller
    }

    fn step(&mut self, travel: &Travel) -> &'static str {
        let here = &mut self.here;
        match travel {
            Travel::Play(operation) => here.play(operation, self.time),
            Travel::Checkpoint => here.checkpoint(self.time),
            Travel::Rewind(number) => here.rewind(*number),
            Travel::Forget(number) => here.forget(*number),
            Travel::Limit(limit) => {
                here.db.limit_checkpoints(*limit).expect("no transaction is open");
                here.past.limit = Some(*limit);
                here.past.keep_ring();
                "Limit ok"
            }
            Travel::RecordUndo => {
                here.db.record_undo(usize::MAX).expect("no transaction is open");
                here.past.records_undo = true;
                "RecordUndo ok"
            }
            Travel::StopUndo => {
                here.db.stop_undo().expect("no transaction is open");
                here.past.records_undo = false;
                here.past.steps.clear();
                here.past.undone.clear();
                "StopUndo ok"
            }
            Travel::Undo => here.undo(),
            Travel::Redo => here.redo(self.time),
            Travel::Fork => self.fork(),
            Travel::Freeze => self.freeze(),
            Travel::Thaw(number) => self.thaw(*number),
            Travel::Switch(number) => self.switch(*number),
        }
    }

    fn fork(&mut self) -> &'static str {
        let db = self.here.db.fork().expect("no transaction is open");
        let session = self.here.session.clone();
        session.moment(&self.here.db).assert_is(&db);
        self.keep(Branch { db, session, past: Past::default() });
        "Fork ok"
    }

    fn freeze(&mut self) -> &'static str {
        let snapshot = self.here.db.snapshot().expect("no transaction is open");
        self.frozen.truncate(MOST_KEPT - 1);
        self.frozen.insert(0, (snapshot, self.here.session.clone()));
        "Freeze ok"
    }

    fn thaw(&mut self, number: u16) -> &'static str {
        let Some((snapshot, session)) = nth(&self.frozen, number) else { return "Thaw nothing" };
        let (db, session) = (snapshot.to_store(), session.clone());
        let branch = Branch { db, session, past: Past::default() };
        let left = std::mem::replace(&mut self.here, branch);
        self.keep(left);
        "Thaw ok"
    }

    fn switch(&mut self, number: u16) -> &'static str {
        if self.others.is_empty() {
            return "Switch nothing";
        }
        let place = usize::from(number) % self.others.len();
        std::mem::swap(&mut self.here, &mut self.others[place]);
        "Switch ok"
    }

    fn keep(&mut self, branch: Branch) {
        self.others.truncate(MOST_KEPT - 1);
        self.others.insert(0, branch);
    }

    /// I9, and what history says of itself.
    fn check(&self) {
        for other in &self.others {
            other.session.assert_unseen(&other.db);
        }
        for (snapshot, session) in &self.frozen {
            session.assert_unseen(snapshot);
        }
        let (db, past) = (&self.here.db, &self.here.past);
        assert_eq!(db.checkpoints(), past.checkpoints.len());
        assert_eq!(db.undo_label(), past.steps.last().map(|(label, ..)| label.as_str()));
        assert_eq!(db.redo_label(), past.undone.last().map(|(label, _)| label.as_str()));
        let is_kept = past.records_undo || !past.checkpoints.is_empty();
        assert!(is_kept || db.history_bytes() == 0, "{} bytes are kept for nobody", db.history_bytes());
    }
}

impl Branch {
    fn play(&mut self, operation: &Operation, time: usize) -> &'static str {
        let (before, label) = (self.session.moment(&self.db), time.to_string());
        self.db.label(label.as_str());
        self.session.continue_with(&mut self.db, std::slice::from_ref(operation));
        if self.past.records_undo && self.db.undo_label() == Some(&label) {
            self.past.steps.push((label, time, before));
            self.past.undone.clear();
            return "Play a step";
        }
        if self.past.records_undo {
            // Calls that are refused or change nothing need not be steps; all others must.
            before.assert_is(&self.db);
            return "Play no step";
        }
        "Play ok"
    }

    fn checkpoint(&mut self, time: usize) -> &'static str {
        let checkpoint = self.db.checkpoint().expect("no transaction is open");
        self.past.checkpoints.push((checkpoint, time, self.session.moment(&self.db)));
        self.past.given.push(checkpoint);
        self.past.keep_ring();
        "Checkpoint ok"
    }

    fn rewind(&mut self, number: u16) -> &'static str {
        let Some(&checkpoint) = nth(&self.past.given, number) else { return "Rewind nothing" };
        let rewound = self.db.rewind(checkpoint);
        let Some(place) = self.past.checkpoints.iter().position(|(other, ..)| *other == checkpoint) else {
            assert!(matches!(rewound, Err(Error::CheckpointGone)), "{rewound:?}");
            return "Rewind CheckpointGone";
        };
        rewound.expect("the checkpoint is still kept");
        // The checkpoint stays; those after it are gone, and so are the steps made since.
        self.past.checkpoints.truncate(place + 1);
        let (_, taken, moment) = &self.past.checkpoints[place];
        self.session.return_to(&self.db, moment, "Rewind ok");
        self.past.steps.retain(|(_, made, _)| made < taken);
        self.past.undone.clear();
        "Rewind ok"
    }

    fn forget(&mut self, number: u16) -> &'static str {
        let Some(place) = (!self.past.given.is_empty()).then(|| usize::from(number) % self.past.given.len()) else {
            return "Forget nothing";
        };
        self.db.forget(self.past.given[place]).expect("no transaction is open, and the checkpoint is the store's own");
        let forgotten = &self.past.given[..=place];
        self.past.checkpoints.retain(|(checkpoint, ..)| !forgotten.contains(checkpoint));
        "Forget ok"
    }

    fn undo(&mut self) -> &'static str {
        let after = self.session.moment(&self.db);
        let is_undone = self.db.undo().expect("no transaction is open");
        let step = self.past.steps.pop();
        assert_eq!(is_undone, step.is_some());
        let Some((label, made, before)) = step else { return "Undo nothing" };
        self.past.undone.push((label, after));
        self.session.return_to(&self.db, &before, "Undo ok");
        // States after the step are no more.
        self.past.checkpoints.retain(|(_, taken, _)| *taken < made);
        "Undo ok"
    }

    fn redo(&mut self, time: usize) -> &'static str {
        let before = self.session.moment(&self.db);
        let is_redone = self.db.redo().expect("no transaction is open");
        let step = self.past.undone.pop();
        assert_eq!(is_redone, step.is_some());
        let Some((label, after)) = step else { return "Redo nothing" };
        self.session.return_to(&self.db, &after, "Redo ok");
        self.past.steps.push((label, time, before));
        "Redo ok"
    }
}

fn nth<T>(kept: &[T], number: u16) -> Option<&T> {
    (!kept.is_empty()).then(|| &kept[usize::from(number) % kept.len()])
}
