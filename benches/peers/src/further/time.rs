//! Going back and branching beside what else a program could do: a deep clone, SQLite's savepoints and backups. And whether
//! history that is switched off again leaves a cost behind.

use std::time::Duration;

use relarena::prelude::*;

use super::{Line, in_turns};
use crate::contestants::Library;
use crate::contestants::handwritten::HandLibrary;
use crate::contestants::relarena::Relarena;
use crate::contestants::sqlite::SqliteLibrary;
use crate::measure::{Clock, Recorder};
use crate::runner::median;
use crate::shape::Random;
use crate::workloads::library::{Shape, run_on};

/// Changes between a mark and going back to it.
const EDITS: usize = 100;

type Warm<L> = (L, Vec<<L as Library>::Author>, Vec<<L as Library>::Book>);

/// Half of them moves, half inserts.
fn edit<L: Library>(db: &mut L, (authors, books): (&[L::Author], &[L::Book]), random: &mut Random, edits: usize) {
    for _ in 0..edits / 2 {
        db.set_author(books[random.below(books.len())], authors[random.below(authors.len())]);
        db.insert_book("a title like others", 1, authors[random.below(authors.len())]);
    }
}

pub(super) fn run(clock: &Clock, rounds: usize, scale: usize) -> Vec<Line> {
    let shape = Shape::new(scale);
    let mut random = Random::new(13);
    let (mut db, authors, books) = shape.warm::<Relarena>();
    let (mut sqlite, sqlite_authors, sqlite_books): Warm<SqliteLibrary> = shape.warm();
    let hand: HandLibrary<false> = shape.warm().0;
    let copy = db.clone();

    let [rewind, rollback, savepoint] = in_turns(rounds, |number| {
        let (time, ()) = clock.time(|| match number {
            0 => {
                let checkpoint = db.checkpoint().expect("no transaction is open");
                edit(&mut db, (&authors, &books), &mut random, EDITS);
                db.rewind(checkpoint).expect("the checkpoint was taken just now");
                db.forget(checkpoint).expect("no transaction is open");
            }
            1 => {
                let edited: Result<(), Error> = db.rehearse(|tx| {
                    edit(tx, (&authors, &books), &mut random, EDITS);
                    Ok(())
                });
                edited.expect("the edits break no rule");
            }
            _ => {
                sqlite.connection().execute_batch("SAVEPOINT here").expect("a savepoint can be set");
                edit(&mut sqlite, (&sqlite_authors, &sqlite_books), &mut random, EDITS);
                sqlite.connection().execute_batch("ROLLBACK TO here; RELEASE here").expect("the savepoint is there");
            }
        });
        (time, 1)
    });
    let [fork, fork_edits, deep, hand_deep, backup, digest] = in_turns(rounds, |number| match number {
        0 => timed(clock, || db.fork().expect("no transaction is open")),
        1 => timed(clock, || {
            let mut fork = db.fork().expect("no transaction is open");
            edit(&mut fork, (&authors, &books), &mut random, EDITS);
            fork
        }),
        2 => timed(clock, || copy.clone()),
        3 => timed(clock, || hand.clone()),
        4 => timed(clock, || {
            let mut target = rusqlite::Connection::open_in_memory().expect("a database in memory can be opened");
            let backup = rusqlite::backup::Backup::new(sqlite.connection(), &mut target);
            backup
                .expect("both databases are open")
                .run_to_completion(i32::MAX, Duration::ZERO, None)
                .expect("nothing writes");
            target
        }),
        _ => timed(clock, || copy.digest()),
    });
    let mut lines = vec![
        Line::new(&format!("checkpoint, 100 edits, rewind on {scale} books"), rewind / 1e3, "µs")
            .beside("the edits and their rollback alone", rollback / 1e3, "µs")
            .beside("SQLite savepoint", savepoint / 1e3, "µs")
            .target(rewind < savepoint, "SQLite's time divided by ours", savepoint / rewind),
        Line::new("fork", fork / 1e6, "ms").beside("deep clone", deep / 1e6, "ms").beside(
            "deep clone of handwritten",
            hand_deep / 1e6,
            "ms",
        ),
        Line::new("fork and 100 edits", fork_edits / 1e6, "ms")
            .beside("deep clone", deep / 1e6, "ms")
            .beside("SQLite backup", backup / 1e6, "ms")
            .target(deep >= 20.0 * fork_edits, "deep clone divided by ours, at least 20 (aim: 100)", deep / fork_edits),
        Line::new("digest", digest / 1e6, "ms").beside("deep clone", deep / 1e6, "ms"),
    ];
    lines.extend(switched_off(clock, rounds));
    lines
}

/// What is made is dropped outside the timed part.
fn timed<R>(clock: &Clock, make: impl FnOnce() -> R) -> (Duration, usize) {
    (clock.time(make).0, 1)
}

/// Everyday steps on a store that never had history, beside one that recorded, went back and forgot.
///
/// Single runs differ by a fifth and more, far above what is looked for, so that medians of a few say nothing: many pairs are
/// run, in alternating order, and the spread of their ratios is shown.
fn switched_off(clock: &Clock, rounds: usize) -> Vec<Line> {
    const SIZE: usize = 20_000;
    const WORKLOADS: [&str; 3] = ["reparent", "insert", "leaf"];
    let shape = Shape::new(SIZE);
    let mut times = [const { [const { Vec::new() }; 2] }; WORKLOADS.len()];
    for round in 0..rounds * 8 {
        for turn in [false, true] {
            let had_history = turn != (round % 2 == 1);
            let (mut db, authors, books) = shape.warm::<Relarena>();
            if had_history {
                let checkpoint = db.checkpoint().expect("no transaction is open");
                edit(&mut db, (&authors, &books), &mut Random::new(14), 10 * EDITS);
                db.rewind(checkpoint).expect("the checkpoint is there");
                db.forget(checkpoint).expect("no transaction is open");
                assert_eq!((db.history_bytes(), db.checkpoints()), (0, 0), "history is off again");
            }
            let mut recorder = Recorder::new(clock, &WORKLOADS);
            run_on((db, authors, books), &shape, &mut recorder);
            for (times, workload) in times.iter_mut().zip(WORKLOADS) {
                times[usize::from(had_history)].push(recorder.samples[workload].nanoseconds());
            }
        }
    }
    let lines = times.into_iter().zip(WORKLOADS).map(|([never, after], workload)| {
        let mut ratios: Vec<f64> = after.iter().zip(&never).map(|(after, never)| after / never).collect();
        ratios.sort_by(f64::total_cmp);
        let (low, high) = (ratios[ratios.len() / 4], ratios[ratios.len() * 3 / 4]);
        let target = format!("equal; half of {} pairs within {low:.2} to {high:.2}, median", ratios.len());
        Line::new(&format!("{workload} after history was switched off"), median(after), "ns")
            .beside("never had any", median(never), "ns")
            .target(low <= 1.0, &target, median(ratios))
    });
    lines.collect()
}
