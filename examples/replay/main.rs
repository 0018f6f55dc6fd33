//! Replays recorded runs of Django and prints what this store answers, a JSON line for each trace.
//!
//! `cargo run --release --example replay -- SCHEMA TRACES.jsonl[.gz]`; the output goes to `check.py` of the recordings.

#[path = "../../tests/conformance/replayer.rs"]
mod replayer;
#[path = "../../tests/conformance/schemas/mod.rs"]
mod schemas;

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [schema, path] = arguments.as_slice() else {
        return Err(format!("usage: replay SCHEMA TRACES.jsonl; schemas: {}", names()).into());
    };
    let registered = schemas::SCHEMAS.iter().find(|(name, _)| name == schema);
    let Some((_, replay)) = registered else {
        return Err(format!("no schema `{schema}`; there are: {}", names()).into());
    };
    let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    let lines: Box<dyn Read> = if std::path::Path::new(path).extension().is_some_and(|extension| extension == "gz") {
        Box::new(flate2::read::GzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut output = BufWriter::new(std::io::stdout().lock());
    for line in BufReader::new(lines).lines() {
        let trace = serde_json::from_str(&line?)?;
        let mut dirty = None;
        let answer = replay(&trace, &mut |operation, violations| {
            if let (None, Some(first)) = (&dirty, violations.first()) {
                dirty = Some(format!("audit after operation {operation}: {first}"));
            }
        });
        if let Some(dirty) = dirty {
            return Err(format!("seed {}: {dirty}", trace["seed"]).into());
        }
        writeln!(output, "{answer}")?;
    }
    Ok(output.flush()?)
}

fn names() -> String {
    schemas::SCHEMAS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
