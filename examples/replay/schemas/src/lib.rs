//! Models of every schema in this folder, written by the build script: put another there, and traces can be replayed on it.
//!
//! Schemas: see `relarena_codegen::Schema`. `PokeAPI`'s are BSD 3-clause (`LICENSE-pokeapi.md`).

include!(concat!(env!("OUT_DIR"), "/schemas.rs"));
