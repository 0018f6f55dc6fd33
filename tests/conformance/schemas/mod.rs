//! The schemas that recorded runs can be replayed on. Adding one means adding a file of models and a line here.

pub(crate) mod schema_a;

use crate::queries::{Answer, answer};
use crate::replayer::{Recorded, Replay, replay};

/// A schema with what can be done on it.
pub(crate) struct Registered {
    pub(crate) name: &'static str,
    pub(crate) replay: Replay,
    pub(crate) answer: Answer,
}

const fn registered<S: Recorded>(name: &'static str) -> Registered {
    Registered { name, replay: replay::<S>, answer: answer::<S> }
}

/// Every schema by its name.
pub(crate) const SCHEMAS: &[Registered] = &[registered::<schema_a::SchemaA>("schema_a")];

/// The schema of a name.
pub(crate) fn find(name: &str) -> Option<&'static Registered> {
    SCHEMAS.iter().find(|registered| registered.name == name)
}
