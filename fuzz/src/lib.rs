//! From bytes to programs, values and names. The bytes stay close to what they mean, so that a changed byte changes one thing.

pub mod queries;

use arbitrary::{Result, Unstructured};
use relarena::operation::{Cell, Fields, Name, Operation, Target, Verb};
use relarena::{Accessor, Catalog, FieldKind, LinkStorage, OnDelete, RowKey, Value, ValueType};

/// Transactions nest so deep.
const DEPTH: usize = 4;
/// Operations of a program, at most.
const LENGTH: usize = 96;

/// A program of the schema; a value of a wrong kind is rare, so that programs get far.
///
/// # Errors
///
/// If bytes are used up where they must not be.
pub fn program(bytes: &mut Unstructured<'_>, catalog: &Catalog) -> Result<Vec<Operation>> {
    let mut left = LENGTH;
    block(bytes, catalog, 0, &mut left)
}

fn block(bytes: &mut Unstructured<'_>, catalog: &Catalog, depth: usize, left: &mut usize) -> Result<Vec<Operation>> {
    let mut operations = Vec::new();
    while *left > 0 && !bytes.is_empty() {
        *left -= 1;
        let kind: u8 = bytes.arbitrary()?;
        // The end of a transaction.
        if depth > 0 && kind % 16 == 0 {
            break;
        }
        operations.push(match kind / 16 {
            0 if depth < DEPTH => {
                let commits = kind % 4 != 1;
                Operation::transaction(commits, block(bytes, catalog, depth + 1, left)?)
            }
            1 | 2 | 3 => insert(bytes, catalog)?,
            kind => statement(bytes, catalog, kind)?,
        });
    }
    Ok(operations)
}

fn insert(bytes: &mut Unstructured<'_>, catalog: &Catalog) -> Result<Operation> {
    let (place, model) = model(bytes, catalog)?;
    Ok(Operation::insert(model, row(bytes, catalog, place)?))
}

fn statement(bytes: &mut Unstructured<'_>, catalog: &Catalog, kind: u8) -> Result<Operation> {
    let (place, model) = model(bytes, catalog)?;
    Ok(match kind {
        4 => {
            let count = bytes.int_in_range(0..=3)?;
            let rows: Vec<Fields> = (0..count).map(|_| row(bytes, catalog, place)).collect::<Result<_>>()?;
            Operation::insert_many(model, rows)
        }
        5 => Operation::reserve(model),
        6 => Operation::insert_reserved(
            model,
            Target::Reserved(bytes.arbitrary::<u8>()?.into()),
            row(bytes, catalog, place)?,
        ),
        7 | 8 => {
            let (field, value) = field(bytes, catalog, place)?;
            Operation::set(model, target(bytes)?, field, value)
        }
        9 => {
            let count = bytes.int_in_range(0..=3)?;
            let fields: Fields = (0..count).map(|_| field(bytes, catalog, place)).collect::<Result<_>>()?;
            Operation::update(model, target(bytes)?, once(fields))
        }
        10 | 11 => Operation::delete(model, target(bytes)?),
        12 => Operation::delete_many(model, targets(bytes)?),
        13 => links(bytes, catalog)?,
        14 => {
            let (field, value) = field(bytes, catalog, place)?;
            Operation::delete_where(model, field, value)
        }
        _ => reassign(bytes, catalog)?,
    })
}

/// Each field once: which of two contents counts is told for none of the calls.
fn once(fields: Fields) -> Fields {
    let mut kept = Fields::new();
    for (name, cell) in fields {
        if !kept.iter().any(|(other, _)| *other == name) {
            kept.push((name, cell));
        }
    }
    kept
}

fn links(bytes: &mut Unstructured<'_>, catalog: &Catalog) -> Result<Operation> {
    let ends: Vec<(usize, String, Option<usize>)> = (0..catalog.models().len())
        .flat_map(|model| {
            let through = |accessor| match accessor {
                Accessor::Links(link, _) => Some(match catalog.links()[link].storage {
                    LinkStorage::Through { source_key, .. } => Some(catalog.relations()[source_key].source),
                    _ => None,
                }),
                _ => None,
            };
            let named = move |(name, accessor): (&str, Accessor)| Some((model, name.to_owned(), through(accessor)?));
            catalog.accessors(model).filter_map(named).collect::<Vec<_>>()
        })
        .collect();
    let (model, relation, through) = bytes.choose(&ends)?;
    let verb = *bytes.choose(&[Verb::Link, Verb::Unlink, Verb::Set, Verb::Clear])?;
    let name = catalog.models()[*model].descriptor.name;
    let change = Operation::links(verb, name, target(bytes)?, relation.clone(), targets(bytes)?);
    let Some(through) = through else { return Ok(change) };
    let keys: Vec<&str> =
        catalog.relations().iter().filter(|info| info.source == *through).map(|info| info.name.field).collect();
    let count = bytes.int_in_range(0..=3)?;
    let mut extra = Vec::new();
    for _ in 0..count {
        let mut fields = row(bytes, catalog, *through)?;
        fields.retain(|(name, _)| !keys.contains(&name.as_ref()));
        extra.push(fields);
    }
    Ok(change.with_extra(extra))
}

fn reassign(bytes: &mut Unstructured<'_>, catalog: &Catalog) -> Result<Operation> {
    let keys: Vec<_> = catalog
        .relations()
        .iter()
        .filter(|info| {
            info.cardinality == relarena::Cardinality::OneToOne
                || matches!(info.on_delete, OnDelete::SetDefault | OnDelete::SetWith)
        })
        .collect();
    let info = bytes.choose(&keys)?;
    let (model, field) = (info.name.model, info.name.field);
    let falls_back = matches!(info.on_delete, OnDelete::SetDefault | OnDelete::SetWith);
    let is_one_to_one = info.cardinality == relarena::Cardinality::OneToOne;
    Ok(match bytes.arbitrary::<u8>()? % 3 {
        0 if is_one_to_one && info.nullable => Operation::replace(model, target(bytes)?, field, target(bytes)?),
        1 if is_one_to_one => Operation::swap(model, target(bytes)?, field, target(bytes)?),
        _ if falls_back => {
            let cell = if info.nullable && bytes.ratio(1, 4)? { Cell::Null } else { Cell::row(target(bytes)?) };
            Operation::set_substitute(model, field, cell)
        }
        _ => Operation::swap(model, target(bytes)?, field, target(bytes)?),
    })
}

fn model(bytes: &mut Unstructured<'_>, catalog: &Catalog) -> Result<(usize, &'static str)> {
    let place = usize::from(bytes.arbitrary::<u8>()?) % catalog.models().len();
    Ok((place, catalog.models()[place].descriptor.name))
}

fn row(bytes: &mut Unstructured<'_>, catalog: &Catalog, model: usize) -> Result<Fields> {
    (0..catalog.models()[model].descriptor.fields.len()).map(|place| content(bytes, catalog, model, place)).collect()
}

fn field(bytes: &mut Unstructured<'_>, catalog: &Catalog, model: usize) -> Result<(Name, Cell)> {
    let place = usize::from(bytes.arbitrary::<u8>()?) % catalog.models()[model].descriptor.fields.len();
    content(bytes, catalog, model, place)
}

fn content(bytes: &mut Unstructured<'_>, catalog: &Catalog, model: usize, place: usize) -> Result<(Name, Cell)> {
    let descriptor = &catalog.models()[model].descriptor.fields[place];
    let byte: u8 = bytes.arbitrary()?;
    let small = byte / 8;
    let cell = match &descriptor.kind {
        _ if byte == 0xff => wrong(bytes)?,
        _ if descriptor.nullable && byte % 8 < 3 => Cell::Null,
        FieldKind::Key(_) => Cell::row(target_of(small, byte % 8)),
        FieldKind::Value(ValueType::Bool) => Cell::Bool(byte % 2 == 0),
        FieldKind::Value(ValueType::Int) => Cell::Int(i128::from(small % 12) - i128::from(byte % 8 == 7)),
        FieldKind::Value(ValueType::Float) => Cell::Float(f64::from(small) / 4.0),
        FieldKind::Value(ValueType::Text) => Cell::text(["", "a", "b", "ab"][usize::from(small) % 4]),
        FieldKind::Value(_) => Cell::Sample(small.into()),
    };
    Ok((Name::Borrowed(descriptor.name), cell))
}

/// Content that fits hardly any field.
fn wrong(bytes: &mut Unstructured<'_>) -> Result<Cell> {
    Ok(match bytes.arbitrary::<u8>()? % 6 {
        0 => Cell::Null,
        1 => Cell::Bool(true),
        2 => Cell::Int(i128::from(bytes.arbitrary::<i64>()?) * 3),
        3 => Cell::Float(bytes.arbitrary()?),
        4 => Cell::text(bytes.arbitrary::<&str>()?),
        _ => Cell::row(u16::MAX),
    })
}

fn target(bytes: &mut Unstructured<'_>) -> Result<Target> {
    let byte: u8 = bytes.arbitrary()?;
    Ok(target_of(byte / 8, byte % 8))
}

fn target_of(position: u8, kind: u8) -> Target {
    match kind {
        6 => Target::Gone(position.into()),
        7 => Target::Reserved(position.into()),
        _ => Target::Living(position.into()),
    }
}

fn targets(bytes: &mut Unstructured<'_>) -> Result<Vec<Target>> {
    let count = bytes.int_in_range(0..=4)?;
    (0..count).map(|_| target(bytes)).collect()
}

/// Any value at all, with extremes, and keys of rows that are there, are gone, never were, or are another store's.
///
/// # Errors
///
/// If bytes are used up where they must not be.
pub fn hostile_value(bytes: &mut Unstructured<'_>, keys: &[RowKey]) -> Result<Value> {
    Ok(match bytes.arbitrary::<u8>()? % 12 {
        0 => Value::Null,
        1 => Value::Bool(bytes.arbitrary()?),
        2 => Value::Int(*bytes.choose(&[
            i128::MIN,
            i128::MAX,
            -1,
            0,
            255,
            256,
            i128::from(i64::MIN),
            i128::from(u64::MAX),
        ])?),
        3 => Value::Float(*bytes.choose(&[f64::NAN, f64::INFINITY, -0.0, f64::MIN, f64::EPSILON])?),
        4 => Value::Float(bytes.arbitrary()?),
        5 => Value::Text(bytes.arbitrary::<&str>()?.to_owned()),
        6 => Value::Text("\u{0}é\u{10ffff}".repeat(usize::from(bytes.arbitrary::<u8>()?))),
        7 | 8 => Value::Int(i128::from(bytes.arbitrary::<u8>()? % 16)),
        _ => Value::Key(key(bytes, keys)?),
    })
}

/// One of these keys.
///
/// # Errors
///
/// If there is none.
pub fn key(bytes: &mut Unstructured<'_>, keys: &[RowKey]) -> Result<RowKey> {
    Ok(*bytes.choose(keys)?)
}

/// A name of the schema, or something like one.
///
/// # Errors
///
/// If bytes are used up where they must not be.
pub fn hostile_name(bytes: &mut Unstructured<'_>, catalog: &Catalog) -> Result<String> {
    let models = catalog.models();
    let place = usize::from(bytes.arbitrary::<u8>()?) % models.len();
    Ok(match bytes.arbitrary::<u8>()? % 16 {
        0 => bytes.arbitrary::<&str>()?.to_owned(),
        1 => models[place].descriptor.name.to_owned(),
        _ => {
            let names: Vec<&str> = catalog.accessors(place).map(|(name, _)| name).collect();
            (*bytes.choose(&names)?).to_owned()
        }
    })
}
