//! Panics injected into every call of user code: closures, iterators, checks, and `Clone`, `Drop`, `Hash`, `Eq`
//! and order keys of a field's type. After each, the store is whole, and as before or as after the statement, never between.
//!
//! `for_each_mut` is the documented exception: outside a transaction the rows it has seen keep their edits.
//! `cargo test --test faults -- --nocapture` prints how many calls each statement makes.

mod schema;
#[expect(dead_code, reason = "what it says about orders is for the random programs")]
#[path = "../properties/snapshot.rs"]
mod snapshot;
mod statements;

use std::panic::{AssertUnwindSafe, catch_unwind};

use relarena::prelude::*;

use schema::{
    Club, Home, Membership, Owner, Pet, Toy, Tx, crowd, extinguish, fixture, fragile, hooks, light, live, nth, owner,
};
use snapshot::Snapshot;
use statements::{SPLITS, STATEMENTS, Statement, values_in_rows};

/// Where a statement runs, and whether what it did is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Outside,
    /// All pages are shared with a fork, so that the first write to each copies its rows.
    OnFork,
    InTransaction {
        commits: bool,
    },
}

/// Runs `work` with a fuse for `calls` calls; answers whether the fault came.
fn with_fault(calls: usize, work: impl FnOnce() -> Result<(), Error>) -> bool {
    light(calls);
    let ended = catch_unwind(AssertUnwindSafe(work));
    let came = !extinguish();
    match ended {
        Ok(result) => {
            result.expect("the statement itself is legal");
            assert!(!came, "a fault was swallowed");
        }
        Err(_) => assert!(came, "only the injected fault panics"),
    }
    came
}

/// Runs a statement; a fault inside a transaction is caught inside, and the transaction goes on.
fn run(db: &mut Store<Home>, place: Place, calls: usize, statement: fn(&mut Tx) -> Result<(), Error>) -> bool {
    let Place::InTransaction { commits } = place else {
        return with_fault(calls, || statement(db));
    };
    let mut came = false;
    let ended = db.transaction(|tx| {
        came = with_fault(calls, || statement(tx));
        assert_eq!(tx.audit(), []);
        if commits { Ok(()) } else { Err(Error::other("roll back")) }
    });
    assert_eq!(ended.is_ok(), commits);
    came
}

/// An ordinary program, with statements that look at what earlier ones may have left behind.
fn follow_up(db: &mut Tx) -> Snapshot {
    // First a delete that rewrites keys that rules depend on, so that rows left staged would be in its way.
    let is_vet = |row: &Row<'_, _, Owner>| row.follow(Owner::PATIENTS).next().is_some();
    let vet = db.rows::<Owner>().filter(is_vet).find(|row| row.follow(Owner::TOYS).next().is_none());
    if let Some(vet) = vet.map(|vet| vet.id()) {
        db.delete(vet).expect("nothing blocks the delete");
    }
    let result = db.transaction(|tx| {
        let new = tx.insert(owner(100))?;
        tx.update(nth::<Pet>(tx, 0), |pet| (pet.number, pet.vet) = (fragile(100), Some(new)))?;
        tx.transaction::<()>(|tx| {
            tx.delete(new)?;
            tx.for_each_mut(Toy::NOTE, |note| *note = fragile(50));
            Err(Error::other("changed my mind"))
        })
        .expect_err("an inner transaction is rolled back");
        tx.insert_many((101..104).map(owner)).map(drop)?;
        Ok(new)
    });
    db.delete(result.expect("the program breaks no rule")).expect("nothing blocks the delete");
    let club = db.insert(Club { note: fragile(0) }).expect("a club has no rules");
    let make = |owner, club| Membership { level: fragile(90), owner, club };
    db.link_with(nth::<Owner>(db, 0), Owner::CLUBS, club, make).expect("no such level is there");
    // A row that a fault left staged goes with the next statement that stages one of its model.
    let membership = db.key_of(nth::<Membership>(db, 0));
    db.set_by_name(membership, &[("level", 91.into())]).expect("no such level is there");
    db.set(nth::<Toy>(db, 0), Toy::PET, Some(nth::<Pet>(db, 0))).expect("the pet is living");
    db.insert_by_name("Owner", &[("name", 105.into()), ("note", 0.into())]).expect("a new name");
    assert_eq!(db.audit(), []);
    Snapshot::of(db)
}

/// Injects a fault at each call in turn, until the statement gets through; answers how many there were.
fn inject_everywhere(fixture: fn() -> Store<Home>, &(name, statement): &Statement, place: Place) -> usize {
    let before = Snapshot::of(&fixture());
    let mut untouched = fixture();
    let mut carried_out = fixture();
    run(&mut carried_out, place, usize::MAX, statement);
    let after = Snapshot::of(&carried_out);
    let (then_before, then_after) = (follow_up(&mut untouched), follow_up(&mut carried_out));
    for calls in 0.. {
        let context = || format!("{name}, {place:?}, fault {calls}");
        let started = live();
        let mut db = fixture();
        let fork = (place == Place::OnFork).then(|| db.fork().expect("no transaction is open"));
        let came = run(&mut db, place, calls, statement);
        assert_eq!(db.audit(), [], "{}", context());
        if let Some(fork) = fork {
            assert_eq!(fork.audit(), [], "{}", context());
            assert!(Snapshot::of(&fork) == before, "{} shows in the fork", context());
        }
        let now = Snapshot::of(&db);
        assert!(now == before || now == after, "{} left a state between", context());
        if !came {
            assert!(now == after, "{}", context());
            assert_eq!(live() - started, values_in_rows(&db).cast_signed(), "{} left values undropped", context());
        }
        let hooks_run = hooks();
        let (then, expected) = (follow_up(&mut db), if now == before { &then_before } else { &then_after });
        // Same ids, same orders: nothing that the fault left shows.
        assert!(then == *expected || now == before && then == then_after, "{} shows later", context());
        assert_eq!(live() - started, values_in_rows(&db).cast_signed(), "{} left values undropped later", context());
        assert_eq!(hooks(), hooks_run, "{}: a later transaction ran hooks of this one", context());
        if !came {
            return calls;
        }
    }
    unreachable!("a statement ends")
}

/// The faults' own messages would be thousands.
fn hush() {
    std::panic::set_hook(Box::new(|info| {
        if info.payload().downcast_ref() != Some(&"a fault was injected") {
            eprintln!("{info}");
        }
    }));
}

fn inject_into_all(place: Place) {
    inject_into(fixture, STATEMENTS, place);
}

fn inject_into(fixture: fn() -> Store<Home>, statements: &[Statement], place: Place) {
    hush();
    let mut total = 0;
    for statement in statements {
        let faults = inject_everywhere(fixture, statement, place);
        println!("{place:?}: {}: {faults} faults", statement.0);
        total += faults;
    }
    println!("{place:?}: {total} faults in all");
}

#[test]
fn a_panic_in_user_code_leaves_the_state_before_or_after_the_statement() {
    inject_into_all(Place::Outside);
}

#[test]
fn a_panic_while_shared_pages_are_copied_leaves_the_state_before_or_after_the_statement() {
    inject_into_all(Place::OnFork);
}

#[test]
fn a_panic_caught_inside_a_transaction_leaves_it_usable() {
    inject_into_all(Place::InTransaction { commits: true });
}

#[test]
fn a_transaction_that_caught_a_panic_rolls_back_to_its_beginning() {
    inject_into_all(Place::InTransaction { commits: false });
}

#[test]
fn a_panic_around_the_split_of_a_hash_shard_leaves_the_state_before_or_after_the_statement() {
    for commits in [true, false] {
        inject_into(crowd, SPLITS, Place::InTransaction { commits });
    }
    inject_into(crowd, SPLITS, Place::Outside);
    inject_into(crowd, SPLITS, Place::OnFork);
}

#[test]
fn an_insert_by_name_that_panics_keeps_nothing_of_its_row() {
    hush();
    for calls in 0.. {
        let started = live();
        let mut db = fixture();
        let fork = db.fork().expect("no transaction is open");
        let came =
            with_fault(calls, || db.insert_by_name("Owner", &[("name", 10.into()), ("note", 0.into())]).map(drop));
        drop(fork);
        assert_eq!(live() - started, values_in_rows(&db).cast_signed(), "fault {calls}");
        if !came {
            break;
        }
    }
}

/// A way back or forth over what a statement did.
type Way = (&'static str, fn(&mut Store<Home>, relarena::Checkpoint) -> Result<(), Error>);

const WAYS: [Way; 3] = [
    ("rewind", |db, checkpoint| db.rewind(checkpoint)),
    ("undo", |db, _| db.undo().map(drop)),
    ("redo", |db, _| db.redo().map(drop)),
];

/// Injects a fault at each call of a way in turn, on pages that are shared, so that each is copied.
fn inject_into_way(&(name, statement): &Statement, (way, go): Way) {
    for calls in 0.. {
        let context = || format!("{way} over {name}, fault {calls}");
        let mut db = fixture();
        db.record_undo(usize::MAX).expect("no transaction is open");
        let checkpoint = db.checkpoint().expect("no transaction is open");
        let start = Snapshot::of(&db);
        statement(&mut db).expect("the statement itself is legal");
        let (mut before, mut after) = (Snapshot::of(&db), start);
        if way == "redo" {
            db.undo().expect("no transaction is open");
            std::mem::swap(&mut before, &mut after);
        }
        let fork = db.fork().expect("no transaction is open");
        let came = with_fault(calls, || go(&mut db, checkpoint));
        assert_eq!(db.audit(), [], "{}", context());
        let now = Snapshot::of(&db);
        assert!(now == before || now == after, "{} left a state between", context());
        if now != after {
            go(&mut db, checkpoint).expect("the way is still there");
        }
        assert!(Snapshot::of(&db) == after, "{} barred the way", context());
        assert_eq!((db.audit(), fork.audit()), (vec![], vec![]), "{}", context());
        assert!(Snapshot::of(&fork) == before, "{} shows in the fork", context());
        if !came {
            return;
        }
    }
}

#[test]
fn a_panic_while_going_back_or_forth_leaves_the_state_before_or_after_and_the_way_open() {
    hush();
    for statement in STATEMENTS {
        for way in WAYS {
            inject_into_way(statement, way);
        }
    }
}

/// Edits in place of `for_each_mut` with a fault after some calls.
fn edit_toys(tx: &mut Tx, calls: usize) -> bool {
    with_fault(calls, || {
        tx.for_each_mut(Toy::NOTE, schema::Fragile::increase);
        Ok(())
    })
}

#[test]
fn for_each_mut_keeps_the_edits_of_rows_that_it_has_seen() {
    let notes = |db: &Tx| -> Vec<Value> {
        let rows = db.keys_of("Toy").expect("the model is there");
        rows.into_iter().map(|row| db.value(row, "note").expect("the row is there")).collect()
    };
    let old = notes(&fixture());
    // An edit makes two calls, one before it changes the note and one after.
    for calls in 0..2 * old.len() {
        let mut db = fixture();
        assert!(edit_toys(&mut db, calls));
        assert_eq!(db.audit(), []);
        let edited = notes(&db).iter().zip(&old).filter(|(new, old)| new != old).count();
        assert_eq!(edited, calls.div_ceil(2), "fault {calls}");
    }
}

#[test]
fn a_rollback_undoes_the_edits_of_for_each_mut_too() {
    let (mut db, before) = (fixture(), Snapshot::of(&fixture()));
    let ended = db.transaction::<()>(|tx| {
        // The first calls are the copies for the rollback.
        for calls in 0..12 {
            edit_toys(tx, calls);
            assert_eq!(tx.audit(), []);
        }
        Err(Error::other("roll back"))
    });
    assert!(ended.is_err());
    assert_eq!(Snapshot::of(&db), before);
}
