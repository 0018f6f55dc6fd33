//! Measures relarena beside hand-written arenas, standard maps, SQLite and `bevy_ecs`, and writes `docs/BENCHMARKS.md`.
//!
//! Every contestant gets the same rows and steps and must give the same answers. Contestants take turns, times are CPU
//! times, and only ratios inside one run count.

mod contestants;
mod further;
mod measure;
mod memory;
mod queries;
mod report;
mod runner;
mod shape;
mod workloads;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

/// Measures relarena beside what a program would use instead.
#[derive(Parser)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
struct Options {
    /// Workloads to measure; all if none is named
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Sizes of the stores, in rows
    #[arg(long = "size", value_delimiter = ',', default_values_t = [1_000, 100_000, 1_000_000])]
    sizes: Vec<usize>,
    /// How often the contestants take turns
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Contestants to measure; all if none is named
    #[arg(long, value_delimiter = ',')]
    contestants: Vec<String>,
    /// Run each group once a round, however short it is, and print the steps: for profilers
    #[arg(long)]
    once: bool,
    /// Measure what is not in the table: flatness, hitches, bulk calls, history, forks
    #[arg(long)]
    further: bool,
    /// Measure queries instead: `--only` names questions; with `--write` only their section is written
    #[arg(long, conflicts_with_all = ["further", "contestants"])]
    queries: bool,
    /// Measure everything and write docs/BENCHMARKS.md and docs/benchmarks.svg
    #[arg(long, conflicts_with_all = ["only", "contestants", "further"])]
    write: bool,
    /// Rows of the large stores of `--further`
    #[arg(long, default_value_t = 1_000_000)]
    scale: usize,
    /// List workloads and contestants
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.list {
        for workload in &workloads::ALL {
            println!("{:14} {}", workload.id, workload.title);
        }
        println!("contestants: {}", runner::CONTESTANTS.map(|contestant| contestant.name).join(", "));
        for question in &queries::ALL {
            println!("{:14} {} (--queries)", question.id, question.title);
        }
        return ExitCode::SUCCESS;
    }
    if options.queries {
        let asked = queries::measure(&options.sizes, options.rounds, options.once, &options.only);
        println!("{}", report::queries(&asked));
        return if options.write { done(report::write_queries(&asked)) } else { ExitCode::SUCCESS };
    }
    let further =
        if options.further || options.write { further::run(options.rounds, options.scale) } else { Vec::new() };
    if options.further {
        println!("{}", report::further(&further));
        return ExitCode::SUCCESS;
    }
    let measured = match runner::run(&options.sizes, options.rounds, options.once, &options.only, &options.contestants)
    {
        Ok(measured) => measured,
        Err(unknown) => {
            eprintln!("{unknown}; --list shows what there is");
            return ExitCode::FAILURE;
        }
    };
    println!("{}", report::tables(&measured));
    if options.write {
        let asked = queries::measure(&options.sizes, options.rounds, false, &[]);
        return done(report::write_queries(&asked).and_then(|()| report::write(&measured, &further)));
    }
    ExitCode::SUCCESS
}

fn done(written: Result<(), Box<dyn std::error::Error>>) -> ExitCode {
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the report cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}
