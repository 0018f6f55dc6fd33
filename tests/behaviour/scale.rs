//! Sizes at which recursion would overflow the stack and a linear removal would never end.

use relarena::prelude::*;

use crate::support::{Outcome, give_up, sound};

/// Enough rows to overflow a stack and to make a quadratic walk hang, few enough for a debug build.
const MANY: usize = if cfg!(debug_assertions) { 200_000 } else { 1_000_000 };

#[derive(Model, Clone, Debug)]
struct Link {
    #[foreign_key(on_delete = cascade, reverse = NEXT)]
    previous: Option<Id<Link>>,
}

#[derive(Model, Clone, Debug)]
#[many_to_many(FANS: Child, reverse = IDOLS)]
struct Hub {}

#[derive(Model, Clone, Debug)]
struct Child {
    #[foreign_key(on_delete = set_null, reverse = CHILDREN)]
    hub: Option<Id<Hub>>,
}

#[derive(Schema)]
struct Web {
    links: Table<Link>,
    hubs: Table<Hub>,
    children: Table<Child>,
}

type Chain = (Store<Web>, Id<Link>, Id<Link>);
type Star = (Store<Web>, Id<Hub>, Vec<Id<Child>>);

fn chain(length: usize) -> Result<Chain, Error> {
    let mut db = Store::new();
    let first = db.insert(Link { previous: None })?;
    let mut last = first;
    for _ in 1..length {
        last = db.insert(Link { previous: Some(last) })?;
    }
    Ok((db, first, last))
}

fn hub(children: usize) -> Result<Star, Error> {
    let mut db = Store::new();
    let hub = db.insert(Hub {})?;
    let children = db.insert_many((0..children).map(|_| Child { hub: Some(hub) }))?;
    Ok((db, hub, children))
}

#[test]
fn a_chain_is_deleted_from_its_first_link_without_recursion() -> Outcome {
    let (mut db, first, _) = chain(MANY)?;
    assert_eq!(db.delete(first)?.total, MANY);
    assert!(db.is_empty::<Link>());
    sound(&db);
    Ok(())
}

#[test]
fn the_delete_of_a_chain_is_undone_without_recursion() -> Outcome {
    let (mut db, first, last) = chain(MANY / 4)?;
    let failed: Outcome = db.transaction(|tx| {
        tx.delete(first)?;
        give_up()
    });
    assert!(failed.is_err());
    assert_eq!((db.len::<Link>(), db.contains(last)), (MANY / 4, true));
    sound(&db);
    Ok(())
}

#[test]
fn a_chain_is_walked_both_ways_without_recursion() -> Outcome {
    let (db, first, last) = chain(MANY)?;
    assert_eq!(db.ancestors(last, Link::PREVIOUS).count(), MANY - 1);
    assert_eq!(db.descendants(first, Link::PREVIOUS).count(), MANY - 1);
    Ok(())
}

/// Linear by structure, whatever the clock says: each removal moves one row of the set at most.
#[test]
fn a_removal_from_a_hub_moves_one_other_row_at_most() -> Outcome {
    let (mut db, hub, children) = hub(500)?;
    let mut before = db.follow(hub, Hub::CHILDREN).ids();
    for (turn, &child) in children.iter().enumerate() {
        if turn % 2 == 0 {
            db.delete(child)?;
        } else {
            db.set(child, Child::HUB, None)?;
        }
        let after = db.follow(hub, Hub::CHILDREN).ids();
        let moved = before.iter().zip(&after).filter(|(before, after)| before != after).count();
        assert!(moved <= 1 && after.len() + 1 == before.len());
        before = after;
    }
    sound(&db);
    Ok(())
}

#[test]
fn a_hub_loses_its_children_one_by_one_from_the_front() -> Outcome {
    let (mut db, hub, children) = hub(MANY)?;
    for (turn, &child) in children.iter().enumerate() {
        if turn % 2 == 0 {
            db.delete(child)?;
        } else {
            db.set(child, Child::HUB, None)?;
        }
    }
    assert_eq!((db.follow(hub, Hub::CHILDREN).len(), db.len::<Child>()), (0, MANY / 2));
    Ok(())
}

#[test]
fn a_hub_that_goes_nulls_the_keys_of_all_its_children() -> Outcome {
    let (mut db, hub, children) = hub(MANY)?;
    assert_eq!(db.delete(hub)?.total, 1);
    assert!(children.iter().all(|&child| db[child].hub.is_none()));
    sound(&db);
    Ok(())
}

#[test]
fn a_hub_loses_its_links_one_by_one_from_either_end() -> Outcome {
    let (mut db, hub, children) = hub(MANY / 2)?;
    db.set_links(hub, Hub::FANS, children.iter().copied())?;
    for (turn, &child) in children.iter().enumerate() {
        if turn % 2 == 0 {
            db.unlink(hub, Hub::FANS, child)?;
        } else {
            db.unlink(child, Child::IDOLS, hub)?;
        }
    }
    assert_eq!(db.follow(hub, Hub::FANS).len(), 0);
    Ok(())
}
