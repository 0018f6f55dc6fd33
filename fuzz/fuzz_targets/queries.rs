//! Queries by name from bytes: none panics, and their answers fit each other.

#![no_main]

#[path = "../../tests/properties/schema.rs"]
#[allow(dead_code, reason = "the schema is used by name")]
mod schema;

use std::collections::BTreeSet;

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use relarena::prelude::*;
use relarena::query::NamedCondition;
use relarena::reference::Session;
use relarena_fuzz::{program, queries};
use schema::World;

fuzz_target!(|bytes: &[u8]| {
    // The rows first, then the questions.
    let rows = bytes.len() / 2;
    let (rows, questions) = bytes.split_at(rows);
    let Ok(program) = program(&mut Unstructured::new(rows), &<World as relarena::Schema>::catalog()) else { return };
    let (mut db, mut session) = (Store::<World>::new(), Session::new());
    session.run(&mut db, &program).expect("the store agrees with the reference");
    let mut keys = Vec::new();
    for info in db.catalog().models() {
        let rows = db.keys_of(info.descriptor.name).expect("the model is the catalog's own");
        keys.extend(rows);
        keys.push(db.next_key(info.descriptor.name).expect("the model is the catalog's own").null());
    }
    let (mut questions, before) = (Unstructured::new(questions), db.digest());
    while !questions.is_empty() && ask(&mut questions, &db, &keys).is_ok() {}
    assert_eq!(db.digest(), before, "a question changed something");
});

/// One question; the error is that bytes are used up.
fn ask(bytes: &mut Unstructured<'_>, db: &Store<World>, keys: &[RowKey]) -> Result<()> {
    let catalog = db.catalog();
    let place = usize::from(bytes.arbitrary::<u8>()?) % catalog.models().len();
    let model = catalog.models()[place].descriptor.name;
    if bytes.ratio(1, 3)? {
        let comparison = queries::comparison(bytes, catalog, place, keys, &[])?;
        let _ = splits(db, model, &comparison);
        return Ok(());
    }
    let condition = queries::condition(bytes, catalog, place, keys, &[])?;
    let aggregates = [
        ("first", queries::aggregate(bytes, catalog, place, keys)?),
        ("second", queries::aggregate(bytes, catalog, place, keys)?),
    ];
    let later = queries::condition(bytes, catalog, place, keys, &["first", "second"])?;
    let order =
        [queries::order(bytes, catalog, place, &["first"])?, queries::order(bytes, catalog, place, &["second"])?];
    let group = queries::path(bytes, catalog, place)?;
    let (from, to) = (bytes.int_in_range(0..=4)?, bytes.int_in_range(0..=40)?);
    let is_distinct: bool = bytes.arbitrary()?;
    let groups: bool = bytes.ratio(1, 3)?;
    let built = || {
        let mut query = db.query_by_name(model)?.filter(&condition)?;
        if groups {
            query = query.group_by(&[&group])?;
        }
        query = query.annotate(&aggregates)?.exclude(&later)?.order_by(&order);
        if is_distinct {
            query = query.distinct();
        }
        Ok::<_, Error>(query)
    };
    let answers = || -> Result<(), Error> {
        let count = built()?.count()?;
        assert_eq!(built()?.exists()?, count > 0);
        let sliced = built()?.slice(from, to).count()?;
        assert_eq!(sliced, count.saturating_sub(from).min(to.saturating_sub(from)));
        built()?.aggregate(&aggregates)?;
        built()?.values(&[&group, "first"])?;
        if !groups {
            let rows = built()?.keys()?;
            // An order along several related rows repeats rows, which a count leaves out, as Django's does.
            assert!(rows.len() >= count, "{} rows and a count of {count}", rows.len());
            assert_eq!((built()?.first()?, built()?.last()?), (rows.first().copied(), rows.last().copied()));
        }
        Ok(())
    };
    let _ = answers();
    Ok(())
}

/// Every row satisfies a comparison or does not, and none does both.
fn splits(db: &Store<World>, model: &str, comparison: &NamedCondition) -> Result<(), Error> {
    let rows = |keys: Vec<RowKey>| keys.into_iter().collect::<BTreeSet<_>>();
    let holds = rows(db.query_by_name(model)?.filter(comparison)?.keys()?);
    let fails = rows(db.query_by_name(model)?.exclude(comparison)?.keys()?);
    assert!(holds.is_disjoint(&fails), "{comparison:?}: {:?} satisfy it and do not", holds.intersection(&fails));
    let all = rows(db.keys_of(model)?);
    assert_eq!(&holds | &fails, all, "{comparison:?}");
    Ok(())
}
