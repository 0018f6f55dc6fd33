//! The schemas that recorded runs can be replayed on. Adding one means adding a file of models and a line here.

pub(crate) mod schema_a;

use crate::replayer::{Replay, replay};

/// Every schema by its name.
pub(crate) const SCHEMAS: &[(&str, Replay)] = &[("schema_a", replay::<schema_a::SchemaA>)];
