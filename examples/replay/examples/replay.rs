//! Replays recorded runs of Django and prints what this store answers, a JSON line for each trace.
//!
//! `cargo run --release --example replay -- SCHEMA TRACES.jsonl[.gz]`; the output goes to `check.py` of the recordings.
//! Traces that begin with `load` need the load trace: `--load LOAD.jsonl[.gz]`; it is loaded once, and rewound to after
//! each trace. With `--queries` the file holds a state and queries, and each answer is printed as `{"id", "answer"}`.
//!
//! Schemas are those in `examples/replay/schemas`, and those that `RELARENA_SCHEMAS` names when this is built.

#[path = "../../../tests/conformance/schemas/mod.rs"]
mod schemas;

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};

use relarena_replay::Registered;
use relarena_replay_schemas::SCHEMAS;
use serde_json::Value as Json;

/// What the command line asks for.
struct Arguments {
    schema: &'static Registered,
    path: String,
    load: Option<String>,
    queries: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = arguments()?;
    let output = BufWriter::new(std::io::stdout().lock());
    if arguments.queries { ask(&arguments, output) } else { replay(&arguments, output) }
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let (mut names, mut load, mut queries) = (Vec::new(), None, false);
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--load" => load = Some(given.next().ok_or("`--load` takes the file of the load trace")?),
            "--queries" => queries = true,
            _ => names.push(argument),
        }
    }
    let known = || schemas().map(|schema| schema.name).collect::<Vec<_>>().join(", ");
    let [schema, path] = names.try_into().map_err(|_| {
        let usage = "usage: replay SCHEMA FILE.jsonl[.gz] [--load LOAD.jsonl[.gz]] [--queries]";
        format!("{usage}; schemas: {}", known())
    })?;
    let find = schemas().find(|registered| registered.name == schema);
    let schema = find.ok_or_else(|| format!("no schema `{schema}`; there are: {}", known()))?;
    Ok(Arguments { schema, path, load, queries })
}

fn schemas() -> impl Iterator<Item = &'static Registered> {
    [&schemas::SCHEMA_A, &schemas::SCHEMA_B].into_iter().chain(SCHEMAS)
}

/// The lines of a file, unpacked if its name says that it is packed.
fn lines(path: &str) -> Result<impl Iterator<Item = Result<Json, Box<dyn Error>>>, Box<dyn Error>> {
    let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    let is_packed = std::path::Path::new(path).extension().is_some_and(|extension| extension == "gz");
    let text: Box<dyn Read> = if is_packed { Box::new(flate2::read::GzDecoder::new(file)) } else { Box::new(file) };
    let lines = BufReader::new(text).lines();
    Ok(lines.map(|line| Ok(serde_json::from_str(&line?)?)))
}

fn replay(arguments: &Arguments, mut output: impl Write) -> Result<(), Box<dyn Error>> {
    let mut session = (arguments.schema.session)();
    if let Some(path) = &arguments.load {
        let trace = lines(path)?.next().ok_or_else(|| format!("{path}: the file is empty"))??;
        session.load(&trace).map_err(|error| format!("{path}: {error}"))?;
    }
    for trace in lines(&arguments.path)? {
        let trace = trace?;
        let mut dirty = None;
        let answer = session.replay(&trace, &mut |operation, violations| {
            if let (None, Some(first)) = (&dirty, violations.first()) {
                dirty = Some(format!("audit after operation {operation}: {first}"));
            }
        })?;
        if let Some(dirty) = dirty {
            return Err(format!("seed {}: {dirty}", trace["seed"]).into());
        }
        writeln!(output, "{answer}")?;
    }
    Ok(output.flush()?)
}

fn ask(arguments: &Arguments, mut output: impl Write) -> Result<(), Box<dyn Error>> {
    let lines: Vec<Json> = lines(&arguments.path)?.collect::<Result<_, _>>()?;
    let (state, queries) = lines.split_first().ok_or("the file is empty; its first line is a state")?;
    let mut written = Ok(());
    (arguments.schema.answer)(state, &mut queries.iter().cloned(), &mut |answer| {
        if written.is_ok() {
            written = writeln!(output, "{answer}");
        }
    });
    written?;
    Ok(output.flush()?)
}
