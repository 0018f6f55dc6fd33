//! Criterion benches of everyday operations, beside a hand-made pair of `slotmap` and `indexmap`.
//!
//! `cargo bench`; ids read `area/operation/shape/size/contestant`. Stores are warm: rows have been removed and inserted
//! again before anything is timed. Judge ratios of one run, never absolute times.

mod baseline;
mod cascade;
mod follow;
mod insert;
mod link;
mod shapes;
mod time;

use criterion::{criterion_group, criterion_main};

criterion_group!(benches, insert::benches, follow::benches, cascade::benches, link::benches, time::benches);
criterion_main!(benches);
