//! Traces one after the other: each on a fresh store, or on a loaded state that is rewound after it.

use relarena::{Checkpoint, Store, Violation};
use serde_json::{Value as Json, json};

use crate::Recorded;
use crate::labels::Labels;
use crate::replayer::{Ran, Replayer};
use crate::state::{hashes, state};

/// Looks at the audit after an operation.
pub type Check<'c> = &'c mut dyn FnMut(usize, &[Violation]);

/// Something that replays traces, whatever their schema.
pub trait Replay {
    /// Loads the state that traces begin from whose first operation is `load`.
    ///
    /// # Errors
    ///
    /// A text: the first operation that is refused.
    fn load(&mut self, trace: &Json) -> Result<(), String>;

    /// Replays a trace; `check` looks at the audit after each operation, or after the last one on a loaded state, of which
    /// an audit takes long. Answers `{"seed", "outcomes", "counts"}` with `final`, or with its hashes where these are recorded.
    ///
    /// # Errors
    ///
    /// A text: the trace begins from a state that is not loaded.
    fn replay<'t>(&mut self, trace: &'t Json, check: Check<'t>) -> Result<Json, String>;
}

/// Replays traces on a schema.
pub struct Session<S> {
    loaded: Option<Loaded<S>>,
}

/// A state that traces begin from.
struct Loaded<S> {
    store: Store<S>,
    checkpoint: Checkpoint,
    labels: Labels,
}

impl<S: Recorded> Default for Session<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Recorded> Session<S> {
    /// A session without a loaded state. O(1).
    pub const fn new() -> Self {
        Self { loaded: None }
    }

    /// Makes a store the state that traces begin from. O(1).
    ///
    /// # Panics
    ///
    /// If the store is inside a transaction.
    pub fn from_loaded(mut store: Store<S>, labels: Labels) -> Self {
        let checkpoint = store.checkpoint().expect("a loaded store is outside transactions");
        Self { loaded: Some(Loaded { store, checkpoint, labels }) }
    }

    /// Runs a trace, lets `look` see what became of it, and goes back to the loaded state if the trace began there. With
    /// `check` as [`Replay::replay`]; without it nothing is audited.
    ///
    /// # Errors
    ///
    /// As [`Replay::replay`].
    ///
    /// # Panics
    ///
    /// If the trace is malformed.
    pub fn run<'t, T>(
        &mut self,
        trace: &'t Json,
        mut check: Option<Check<'t>>,
        look: impl FnOnce(&Store<S>, &Ran) -> T,
    ) -> Result<T, String> {
        if trace["ops"][0]["op"] != "load" {
            let mut store = Store::<S>::new();
            for substitute in S::SUBSTITUTES.iter().filter(|substitute| substitute.row.is_none()) {
                store.set_substitute_by_name(substitute.model, substitute.field, None).expect("the key may be null");
            }
            let ran = Replayer::new(trace, Labels::default(), check).run(&mut store);
            return Ok(look(&store, &ran));
        }
        let Some(Loaded { store, checkpoint, labels }) = &mut self.loaded else {
            return Err("the trace begins with `load`: give the load trace with `--load FILE`".into());
        };
        let ran = Replayer::new(trace, labels.on_top(), None).run(store);
        if let Some(check) = &mut check {
            check(ran.outcomes.len() - 1, &store.audit());
        }
        let answer = look(store, &ran);
        store.rewind(*checkpoint).expect("the loaded state's checkpoint stays");
        Ok(answer)
    }
}

impl<S: Recorded> Replay for Session<S> {
    fn load(&mut self, trace: &Json) -> Result<(), String> {
        let mut store = Store::<S>::new();
        let Ran { outcomes, labels, .. } = Replayer::new(trace, Labels::default(), None).run(&mut store);
        if let Some(place) = outcomes.iter().position(|outcome| outcome.get("ok").is_none()) {
            return Err(format!("operation {place} of the load trace: {}", outcomes[place]));
        }
        *self = Self::from_loaded(store, labels.loaded());
        Ok(())
    }

    fn replay<'t>(&mut self, trace: &'t Json, check: Check<'t>) -> Result<Json, String> {
        self.run(trace, Some(check), |store, ran| {
            let mut answer = json!({ "seed": trace["seed"], "outcomes": ran.outcomes, "counts": ran.counts });
            if trace.get("final_sha256").is_some() {
                let hashes = hashes(store, &ran.labels);
                answer["final_sha256"] = json!(hashes.whole);
                answer["final_model_sha256"] = Json::Object(hashes.models);
            } else {
                answer["final"] = state(store, &ran.labels);
            }
            answer
        })
    }
}

/// Builds a recorded state, to be asked queries.
///
/// # Panics
///
/// If it comes out other than recorded.
pub fn build<S: Recorded>(recorded: &Json) -> (Store<S>, Labels) {
    let mut store = Store::<S>::new();
    let ran = Replayer::new(recorded, Labels::default(), None).run(&mut store);
    assert!(
        ran.outcomes.iter().all(|outcome| outcome.get("ok").is_some()),
        "a recorded state is built without refusals"
    );
    assert_eq!(state(&store, &ran.labels), recorded["final"], "a recorded state comes out as recorded");
    (store, ran.labels)
}
