//! Random programs on all cores, on a store and on the reference, until the time is over.
//!
//! `cargo run --release --features proptest --example soak -- --seconds 600`
//!
//! Every operation's outcome is compared; the complete states, with an audit, after a random operation of each program and at
//! its end. Where the two sides part, the program is shrunk and printed as Rust that can be pasted into a test.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use relarena::operation::{Operation, paste};
use relarena::prelude::*;
use relarena::proptest::{AnyOperations, Kind, OperationsConfig, any_operations};
use relarena::reference::{Divergence, Session};

#[path = "../../tests/properties/schema.rs"]
mod schema;

use schema::World;

/// Runs random programs on a store and on the reference.
#[derive(Parser)]
struct Arguments {
    /// How long.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The first program's number; the same numbers are the same programs.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many threads; all cores by default.
    #[arg(long)]
    threads: Option<usize>,
}

/// What all threads count.
#[derive(Default)]
struct Totals {
    programs: AtomicU64,
    operations: AtomicU64,
    refused: AtomicU64,
    compared: AtomicU64,
    stop: AtomicBool,
    /// The first divergence, with its program in its smallest form.
    found: Mutex<Option<(u64, Divergence, Vec<Operation>)>>,
}

fn strategy() -> AnyOperations<World> {
    let config = OperationsConfig::default()
        .length(64..=192)
        .null_rate(0.4)
        .refused_rate(0.1)
        .gone_rate(0.02)
        .weight(Kind::Insert, 40)
        .weight(Kind::Delete, 20);
    any_operations(config)
}

/// The program of a number.
fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// What a program came to: operations, refusals, comparisons of complete states.
fn check(program: &[Operation], seed: u64) -> Result<[u64; 3], Divergence> {
    let (mut db, mut session) = (Store::<World>::new(), Session::new());
    let (mut operations, mut compared) = (0, 1);
    let chosen = seed % 64;
    session.watch(&mut db, program, &mut |session, db, _| {
        operations += 1;
        if operations == chosen {
            compared += 1;
            session.compare(db)?;
        }
        Ok(())
    })?;
    session.compare(&db)?;
    Ok([operations, session.refused(), compared])
}

fn work(totals: &Totals, first: u64, step: u64, end: Instant) {
    let strategy = strategy();
    let mut seed = first;
    while Instant::now() < end && !totals.stop.load(Relaxed) {
        let mut tree = strategy.new_tree(&mut runner(seed)).expect("programs have no filters");
        match check(&tree.current(), seed) {
            Ok([operations, refused, compared]) => {
                totals.programs.fetch_add(1, Relaxed);
                totals.operations.fetch_add(operations, Relaxed);
                totals.refused.fetch_add(refused, Relaxed);
                totals.compared.fetch_add(compared, Relaxed);
            }
            Err(first) => {
                totals.stop.store(true, Relaxed);
                let (mut divergence, mut goes_on) = (first, tree.simplify());
                while goes_on {
                    goes_on = match check(&tree.current(), seed) {
                        Ok(_) => tree.complicate(),
                        Err(simpler) => {
                            divergence = simpler;
                            tree.simplify()
                        }
                    };
                }
                let mut found = totals.found.lock().expect("no thread panics while it holds the lock");
                found.get_or_insert((seed, divergence, tree.current()));
            }
        }
        seed += step;
    }
}

fn main() {
    let arguments = Arguments::parse();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = arguments.threads.unwrap_or(cores).max(1);
    let (totals, started) = (Totals::default(), Instant::now());
    let end = started + Duration::from_secs(arguments.seconds);
    let style =
        ProgressStyle::with_template("{elapsed_precise} {wide_bar} {msg}").expect("the template is well formed");
    let bar = ProgressBar::new(arguments.seconds).with_style(style);
    std::thread::scope(|scope| {
        for place in 0..threads as u64 {
            let totals = &totals;
            scope.spawn(move || work(totals, arguments.seed + place, threads as u64, end));
        }
        while Instant::now() < end && !totals.stop.load(Relaxed) {
            std::thread::sleep(Duration::from_millis(200).min(end.saturating_duration_since(Instant::now())));
            bar.set_position(started.elapsed().as_secs());
            bar.set_message(format!("{} operations", totals.operations.load(Relaxed)));
        }
    });
    bar.finish_and_clear();
    let (seconds, operations) = (started.elapsed().as_secs_f64(), totals.operations.load(Relaxed));
    #[expect(clippy::cast_precision_loss, reason = "a rate needs few digits")]
    let rate = operations as f64 / seconds;
    println!(
        "{operations} operations ({} refused) in {} programs, {} complete comparisons with audit, {threads} threads, {seconds:.1} s, {rate:.0} operations/s",
        totals.refused.load(Relaxed),
        totals.programs.load(Relaxed),
        totals.compared.load(Relaxed),
    );
    match totals.found.into_inner().expect("no thread panics while it holds the lock") {
        None => println!("divergences: 0"),
        Some((seed, divergence, program)) => {
            println!("divergences: 1, program {seed}: {divergence}\n\nlet program = {};", paste(&program));
            println!("let (mut db, mut session) = (Store::<World>::new(), Session::new());");
            println!("session.run(&mut db, &program).and_then(|()| session.compare(&db)).unwrap();");
            std::process::exit(1);
        }
    }
}
