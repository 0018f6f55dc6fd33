//! Replays recorded runs of Django and prints what this store answers, a JSON line for each trace.
//!
//! `cargo run --release --example replay -- SCHEMA TRACES.jsonl[.gz]`; the output goes to `check.py` of the recordings.
//! With `--queries` at the end the file holds a state and queries, and each answer is printed as `{"id", "answer"}`.

#[path = "../../tests/conformance/queries.rs"]
mod queries;
#[path = "../../tests/conformance/replayer.rs"]
mod replayer;
#[path = "../../tests/conformance/schemas/mod.rs"]
mod schemas;

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (schema, path, asks) = match arguments.as_slice() {
        [schema, path] => (schema, path, false),
        [schema, path, option] if option == "--queries" => (schema, path, true),
        _ => return Err(format!("usage: replay SCHEMA FILE.jsonl [--queries]; schemas: {}", names()).into()),
    };
    let Some(registered) = schemas::find(schema) else {
        return Err(format!("no schema `{schema}`; there are: {}", names()).into());
    };
    let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    let lines: Box<dyn Read> = if std::path::Path::new(path).extension().is_some_and(|extension| extension == "gz") {
        Box::new(flate2::read::GzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut output = BufWriter::new(std::io::stdout().lock());
    if asks {
        return ask(registered, BufReader::new(lines), output);
    }
    for line in BufReader::new(lines).lines() {
        let trace = serde_json::from_str(&line?)?;
        let mut dirty = None;
        let answer = (registered.replay)(&trace, &mut |operation, violations| {
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

fn ask(registered: &schemas::Registered, lines: impl BufRead, mut output: impl Write) -> Result<(), Box<dyn Error>> {
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect::<Result<_, Box<dyn Error>>>()?;
    let (state, queries) = lines.split_first().ok_or("the file is empty; its first line is a state")?;
    let mut written = Ok(());
    (registered.answer)(state, &mut queries.iter().cloned(), &mut |answer| {
        if written.is_ok() {
            written = writeln!(output, "{answer}");
        }
    });
    written?;
    Ok(output.flush()?)
}

fn names() -> String {
    schemas::SCHEMAS.iter().map(|registered| registered.name).collect::<Vec<_>>().join(", ")
}
