//! The recorded rows, parsed: nothing of any contestant, so that all start from the same.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use indexmap::IndexMap;
use relarena::{Catalog, FieldKind};
use serde::Deserialize;
use serde_json::Value as Json;

/// Labels are numbered from -1; numbers here from 0.
pub const SHIFT: i64 = 1;

/// A value; a key names its row by the model's place and the number of its label.
#[derive(Clone)]
pub enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    Key(usize, u32),
}

/// Rows of one model, in the order of the recording, each with its number and its values in the order of the fields.
pub struct Batch {
    pub model: usize,
    pub rows: Vec<(u32, Vec<Cell>)>,
}

/// A key that is set when its target is there: model and number of the row, place of the field, value.
pub struct Late {
    pub model: usize,
    pub number: u32,
    pub field: usize,
    pub value: Cell,
}

/// One operation of the load trace.
pub enum Step {
    Insert(Batch),
    Set(Late),
}

#[derive(Deserialize)]
struct Trace {
    ops: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    op: String,
    model: Option<String>,
    row: Option<String>,
    #[serde(default)]
    rows: Vec<Row>,
    #[serde(default)]
    fields: IndexMap<String, Json>,
}

#[derive(Deserialize)]
struct Row {
    label: String,
    fields: IndexMap<String, Json>,
}

/// The lines of a packed file.
pub fn lines(path: &Path) -> impl Iterator<Item = String> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    BufReader::new(GzDecoder::new(file)).lines().map(|line| line.expect("a recording is text"))
}

/// The steps of a load trace.
pub fn parse(path: &Path, catalog: &Catalog) -> Vec<Step> {
    let mut text = String::new();
    GzDecoder::new(File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        .read_to_string(&mut text)
        .expect("a recording is text");
    let trace: Trace = serde_json::from_str(&text).expect("a recording is a trace");
    let number = |label: &str| {
        let (model, number) = label.split_once('#').expect("a label has a number");
        let number: i64 = number.parse().expect("a label ends in a number");
        let number = u32::try_from(number + SHIFT).expect("numbers begin at -1 and are small");
        (catalog.model(model).expect("a label begins with its model"), number)
    };
    let cell = |model: usize, field: usize, value: Json| match value {
        Json::Null => Cell::Null,
        Json::Bool(value) => Cell::Bool(value),
        Json::Number(value) => Cell::Int(value.as_i64().expect("recorded ints fit")),
        Json::String(text) => match catalog.models()[model].descriptor.fields[field].kind {
            FieldKind::Key(_) => {
                let (target, number) = number(&text);
                Cell::Key(target, number)
            }
            FieldKind::Value(_) => Cell::Text(text),
        },
        other => panic!("{other} is no value"),
    };
    let step = |operation: Operation| match operation.op.as_str() {
        "bulk_create" => {
            let model = catalog.model(&operation.model.expect("a batch has a model")).expect("the model is known");
            let fields = catalog.models()[model].descriptor.fields;
            let row = |mut row: Row| {
                let cells = fields.iter().enumerate().map(|(place, field)| {
                    cell(model, place, row.fields.swap_remove(field.name).expect("a row has all fields"))
                });
                (number(&row.label).1, cells.collect())
            };
            Step::Insert(Batch { model, rows: operation.rows.into_iter().map(row).collect() })
        }
        "set" => {
            let (model, number) = number(&operation.row.expect("a set has a row"));
            let (name, value) = operation.fields.into_iter().next().expect("a set has a field");
            let fields = catalog.models()[model].descriptor.fields;
            let field = fields.iter().position(|field| field.name == name).expect("the field is known");
            Step::Set(Late { model, number, field, value: cell(model, field, value) })
        }
        other => panic!("{other} is no operation of a load trace"),
    };
    trace.ops.into_iter().map(step).collect()
}
