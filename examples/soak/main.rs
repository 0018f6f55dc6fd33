//! Random programs on all cores, on a store and on the reference, until the time is over.
//!
//! `cargo run --release --features proptest --example soak -- --seconds 600`
//!
//! Every operation's outcome is compared; the complete states, with an audit, after a random operation of each program and at
//! its end. Where the two sides part, the program is shrunk and printed as Rust that can be pasted into a test. At the end
//! stands how often each kind of statement came to what, so that agreement means something.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use relarena::operation::{Operation, paste};
use relarena::prelude::*;
use relarena::proptest::{AnyOperations, Kind, OperationsConfig, any_operations};
use relarena::reference::{Divergence, Outcomes, Session};

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
    compared: AtomicU64,
    stop: AtomicBool,
    outcomes: Mutex<Outcomes>,
    /// The first divergence, with its program in its smallest form.
    found: Mutex<Option<(u64, Divergence, Vec<Operation>)>>,
}

/// What a lock guards; nobody panics who holds one.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no thread panics while it holds the lock")
}

fn strategy() -> AnyOperations<World> {
    let config = OperationsConfig::default()
        .length(64..=192)
        .null_rate(0.4)
        .as_drawn()
        .refused_rate(0.05)
        .gone_rate(0.02)
        .weight(Kind::Insert, 40)
        .weight(Kind::Delete, 20);
    any_operations(config)
}

/// The program of a number. The generator is a quick one that wants seeds without a pattern: `SplitMix64` (Steele, Lea and Flood
/// 2014) makes such of any number.
fn runner(seed: u64) -> TestRunner {
    let mut state = seed;
    let bytes: Vec<u8> = (0..2)
        .flat_map(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ mixed >> 31).to_le_bytes()
        })
        .collect();
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::XorShift, &bytes))
}

/// A store without rows and the session beside it; programs begin with clones of the two.
type Start = (Store<World>, Session<World>);

/// What a program came to.
struct Checked {
    operations: u64,
    /// Comparisons of complete states, with an audit.
    compared: u64,
    session: Session<World>,
}

fn check(start: &Start, program: &[Operation], seed: u64) -> Result<Checked, Divergence> {
    let (mut db, mut session) = start.clone();
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
    Ok(Checked { operations, compared, session })
}

fn work(totals: &Totals, first: u64, step: u64, end: Instant) {
    let (strategy, start) = (strategy(), Start::default());
    let (mut seed, mut outcomes) = (first, Outcomes::new());
    while Instant::now() < end && !totals.stop.load(Relaxed) {
        let mut tree = strategy.new_tree(&mut runner(seed)).expect("programs have no filters");
        match check(&start, &tree.current(), seed) {
            Ok(Checked { operations, compared, session }) => {
                totals.programs.fetch_add(1, Relaxed);
                totals.operations.fetch_add(operations, Relaxed);
                totals.compared.fetch_add(compared, Relaxed);
                add(&mut outcomes, session.outcomes());
            }
            Err(first) => {
                totals.stop.store(true, Relaxed);
                let (mut divergence, mut goes_on) = (first, tree.simplify());
                while goes_on {
                    goes_on = match check(&start, &tree.current(), seed) {
                        Ok(_) => tree.complicate(),
                        Err(simpler) => {
                            divergence = simpler;
                            tree.simplify()
                        }
                    };
                }
                locked(&totals.found).get_or_insert((seed, divergence, tree.current()));
            }
        }
        seed += step;
    }
    add(&mut locked(&totals.outcomes), &outcomes);
}

fn add(outcomes: &mut Outcomes, more: &Outcomes) {
    for (outcome, count) in more {
        *outcomes.entry(*outcome).or_default() += count;
    }
}

/// Shows how far the run is: as a bar, and where there is no terminal to show it as a line each minute.
fn watch(totals: &Totals, bar: &ProgressBar, started: Instant, end: Instant) {
    let mut lines = 0;
    while Instant::now() < end && !totals.stop.load(Relaxed) {
        std::thread::sleep(Duration::from_millis(200).min(end.saturating_duration_since(Instant::now())));
        let (seconds, operations) = (started.elapsed().as_secs(), totals.operations.load(Relaxed));
        bar.set_position(seconds);
        bar.set_message(format!("{operations} operations"));
        if bar.is_hidden() && seconds / 60 > lines {
            lines = seconds / 60;
            println!("{seconds} s: {operations} operations");
        }
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
        watch(&totals, &bar, started, end);
    });
    bar.finish_and_clear();
    let (seconds, operations) = (started.elapsed().as_secs_f64(), totals.operations.load(Relaxed));
    #[expect(clippy::cast_precision_loss, reason = "a rate needs few digits")]
    let rate = operations as f64 / seconds;
    let outcomes = locked(&totals.outcomes).clone();
    for ((kind, came_to), count) in &outcomes {
        println!("{kind} {came_to}: {count}");
    }
    let refused: u64 = outcomes.iter().filter(|((_, came_to), _)| *came_to != "ok").map(|(_, count)| count).sum();
    println!(
        "{operations} operations ({refused} refused) in {} programs, {} complete comparisons with audit, {threads} threads, {seconds:.1} s, {rate:.0} operations/s",
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
