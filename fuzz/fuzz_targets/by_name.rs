//! Writes by name with hostile names, values and keys: what is refused changes nothing, and the audit stays clean.

#![no_main]

#[path = "../../tests/properties/schema.rs"]
#[allow(dead_code, reason = "the schema is used by name")]
mod schema;

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use relarena::prelude::*;
use relarena_fuzz::{hostile_name, hostile_value, key};
use schema::World;

/// Transactions nest so deep.
const DEPTH: usize = 3;

fuzz_target!(|bytes: &[u8]| {
    let mut db = Store::<World>::new();
    let mut keys = foreign_keys();
    // It ends where the bytes do.
    let _ = run(&mut Unstructured::new(bytes), &mut db, &mut keys, DEPTH);
    assert_eq!(db.audit(), []);
});

/// Keys that no row of the store has: null keys, and those of a store that has more rows.
fn foreign_keys() -> Vec<RowKey> {
    let mut other = Store::<World>::new();
    let mut keys = Vec::new();
    for name in 0..9_u8 {
        let person = other.insert_by_name("Person", &[("name", name.into())]).expect("the name is new");
        keys.push(person);
        keys.push(person.null());
    }
    keys
}

fn run(bytes: &mut Unstructured<'_>, db: &mut Store<World>, keys: &mut Vec<RowKey>, depth: usize) -> Result<()> {
    while !bytes.is_empty() {
        let kind: u8 = bytes.arbitrary()?;
        if kind % 32 == 31 && depth < DEPTH {
            return Ok(());
        }
        if kind % 32 == 30 && depth > 0 {
            let (before, mut ended) = (db.digest(), Ok(()));
            let done = db.transaction(|tx| {
                ended = run(bytes, tx, keys, depth - 1);
                if kind / 32 % 2 == 0 { Ok(()) } else { Err(Error::other("roll back")) }
            });
            assert!(done.is_ok() || db.digest() == before, "a rollback left a trace");
            ended?;
        } else {
            let before = db.digest();
            if call(bytes, db, keys, kind % 32)?.is_err() {
                assert_eq!(db.digest(), before, "a refused call changed something");
            }
        }
        assert_eq!(db.audit(), []);
    }
    Ok(())
}

/// One call; the outer error is that bytes are used up.
fn call(
    bytes: &mut Unstructured<'_>,
    db: &mut Store<World>,
    keys: &mut Vec<RowKey>,
    kind: u8,
) -> Result<Result<(), Error>> {
    let catalog = <World as relarena::Schema>::catalog();
    let model = if bytes.ratio(1, 30)? {
        hostile_name(bytes, &catalog)?
    } else {
        let place = usize::from(bytes.arbitrary::<u8>()?) % catalog.models().len();
        catalog.models()[place].descriptor.name.to_owned()
    };
    Ok(match kind {
        0..=11 => {
            let named = fields(bytes, &catalog, &model, keys)?;
            let values: Vec<(&str, Value)> = named.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            if kind < 8 {
                db.insert_by_name(&model, &values).map(|row| keys.push(row))
            } else {
                db.set_by_name(key(bytes, keys)?, &values)
            }
        }
        12 | 13 => db.delete_key(key(bytes, keys)?).map(|_| ()),
        14 => {
            let rows = some_keys(bytes, keys)?;
            db.delete_keys(&rows).map(|_| ())
        }
        15..=20 => {
            let (row, relation, others) = (key(bytes, keys)?, hostile_name(bytes, &catalog)?, some_keys(bytes, keys)?);
            let level = [("level", hostile_value(bytes, keys)?)];
            match kind {
                15 | 16 => db.link_by_name(row, &relation, &others, |_| &level).map(|made| keys.extend(made)),
                17 => db.set_links_by_name(row, &relation, &others, |_| &level).map(|(_, made)| keys.extend(made)),
                18 | 19 => db.unlink_by_name(row, &relation, &others).map(|_| ()),
                _ => db.clear_links_by_name(row, &relation).map(|_| ()),
            }
        }
        21 | 22 => {
            let (row, field, target) = (key(bytes, keys)?, hostile_name(bytes, &catalog)?, key(bytes, keys)?);
            if kind == 21 { db.swap_by_name(row, &field, target) } else { db.replace_by_name(row, &field, target) }
                .map(|_| ())
        }
        23 | 24 => {
            let row = if bytes.arbitrary()? { Some(key(bytes, keys)?) } else { None };
            let field = hostile_name(bytes, &catalog)?;
            db.set_substitute_by_name(&model, &field, row)
        }
        _ => read(bytes, db, keys, &model)?,
    })
}

fn fields(
    bytes: &mut Unstructured<'_>,
    catalog: &relarena::Catalog,
    model: &str,
    keys: &[RowKey],
) -> Result<Vec<(String, Value)>> {
    let mut named = Vec::new();
    if let Ok(place) = catalog.model(model) {
        for field in catalog.models()[place].descriptor.fields {
            if bytes.ratio(2, 3)? {
                named.push((field.name.to_owned(), hostile_value(bytes, keys)?));
            }
        }
    }
    if bytes.ratio(1, 20)? {
        named.push((hostile_name(bytes, catalog)?, hostile_value(bytes, keys)?));
    }
    Ok(named)
}

fn some_keys(bytes: &mut Unstructured<'_>, keys: &[RowKey]) -> Result<Vec<RowKey>> {
    let count = bytes.int_in_range(0..=4)?;
    (0..count).map(|_| key(bytes, keys)).collect()
}

/// Reads, which change nothing whatever they are asked.
fn read(bytes: &mut Unstructured<'_>, db: &Store<World>, keys: &[RowKey], model: &str) -> Result<Result<(), Error>> {
    let (row, name) = (key(bytes, keys)?, hostile_name(bytes, db.catalog())?);
    let before = db.digest();
    let read = || -> Result<(), Error> {
        db.values(row)?;
        db.value(row, &name)?;
        db.follow_by_name(row, &name)?;
        db.count_links(model, &name)?;
        db.keys_of(model)?;
        Ok(())
    };
    let answer = read();
    db.plan_delete_keys(&[row, row.null()]);
    assert_eq!(db.digest(), before);
    Ok(answer)
}
