//! Replays recorded runs of Django on any schema, through the by-name face alone.
//!
//! Formats: the README of the recorded runs. Rows are named by labels; a label undone by a rollback stands for a row that
//! never existed, since the store hands its id out again.

mod labels;
mod queries;
mod replayer;
mod session;
mod state;
mod typed;

pub use labels::Labels;
pub use queries::{Answer, answer, answer_one};
pub use replayer::Ran;
pub use session::{Check, Replay, Session, build};
pub use state::{Hashes, counts, hashes, state};
pub use typed::{FromKey, FromValues, Inserted, Typed, insert_rows, key, plain};

use relarena::Schema;

/// A schema that recorded runs can be replayed on.
pub trait Recorded: Schema {
    /// The rows that `set_default` and `set_with` keys fall back to.
    const SUBSTITUTES: &'static [Substitute];
}

/// The row that a key falls back to: a label, or null.
pub struct Substitute {
    /// The key's model.
    pub model: &'static str,
    /// The key's field.
    pub field: &'static str,
    /// The row's label; `None` for null.
    pub row: Option<&'static str>,
}

/// A schema with what can be done on it.
pub struct Registered {
    /// Its name.
    pub name: &'static str,
    /// Something to replay traces with.
    pub session: fn() -> Box<dyn Replay>,
    /// Answers queries on a recorded state.
    pub answer: Answer,
}

/// A schema under a name. O(1).
pub const fn registered<S: Recorded>(name: &'static str) -> Registered {
    Registered { name, session: || Box::new(Session::<S>::new()), answer: answer::<S> }
}
