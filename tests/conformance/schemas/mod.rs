//! The schema of the recorded runs that is written by hand.

pub(crate) mod schema_a;

use relarena_replay::{Registered, registered};

/// Schema A under its name.
pub(crate) const SCHEMA_A: Registered = registered::<schema_a::SchemaA>("schema_a");
