//! The schemas of the recorded runs that are no JSON in `examples/replay/schemas`.

pub(crate) mod schema_a;
pub(crate) mod schema_b;

use relarena_replay::{Registered, registered};

/// Schema A under its name.
pub(crate) const SCHEMA_A: Registered = registered::<schema_a::SchemaA>("schema_a");

/// Schema B under its name.
pub(crate) const SCHEMA_B: Registered = registered::<schema_b::SchemaB>("schema_b");
