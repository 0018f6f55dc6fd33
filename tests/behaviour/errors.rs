//! The text of every error names model, field and row, and the fix where one is known.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use relarena::prelude::*;

use crate::support::{Outcome, give_up, sound};

#[derive(Model, Clone, Debug)]
#[check(name = "age_is_known", |user| user.age.map(|age| age > 0))]
struct User {
    #[unique]
    name: String,
    age: Option<i32>,
}

#[derive(Model, Clone, Debug)]
#[many_to_many(READERS: User, reverse = READS)]
struct Page {
    #[foreign_key(on_delete = protect, reverse = PAGES)]
    author: Id<User>,
    #[foreign_key(on_delete = set_with, reverse = OWNS)]
    owner: Option<Id<User>>,
    #[foreign_key(on_delete = do_nothing, reverse = SAW)]
    seen_by: Option<Id<User>>,
    #[foreign_key(on_delete = restrict, reverse = CHECKED)]
    checker: Option<Id<User>>,
}

#[derive(Model, Clone, Debug)]
struct Card {
    #[one_to_one(on_delete = cascade, reverse = CARD)]
    user: Id<User>,
}

#[derive(Schema)]
struct Site {
    users: Table<User>,
    pages: Table<Page>,
    cards: Table<Card>,
}

fn user(name: &str) -> User {
    User { name: name.into(), age: None }
}

fn page(author: Id<User>) -> Page {
    Page { author, owner: None, seen_by: None, checker: None }
}

type Fixture = (Store<Site>, Id<User>, Id<User>, Id<User>);

/// A store with the users `User#0v1` and `User#1v1`, and the id of a user that is gone.
fn site() -> Result<Fixture, Error> {
    let mut db = Store::new();
    let (ann, bob, gone) = (db.insert(user("ann"))?, db.insert(user("bob"))?, db.insert(user("gone"))?);
    db.delete(gone)?;
    Ok((db, ann, bob, gone))
}

#[track_caller]
fn text<T>(result: Result<T, impl Into<Error>>) -> String {
    match result {
        Ok(_) => panic!("nothing was refused"),
        Err(error) => error.into().to_string(),
    }
}

#[test]
fn row_not_found() -> Outcome {
    let (mut db, _, _, gone) = site()?;
    assert_eq!(text(db.delete(gone)), "User#2v1 does not exist");
    sound(&db);
    Ok(())
}

#[test]
fn null() -> Outcome {
    let (mut db, ..) = site()?;
    let expected = "Page.author is required and was null or left out; give it a value";
    assert_eq!(text(db.insert_by_name("Page", &[])), expected);
    sound(&db);
    Ok(())
}

#[test]
fn dangling_target() -> Outcome {
    let (mut db, _, _, gone) = site()?;
    let expected = "Page.author names User#2v1, which does not exist; name a row that is there, or insert it first (a key may also name an id that `reserve` gave)";
    assert_eq!(text(db.insert(page(gone))), expected);
    sound(&db);
    Ok(())
}

#[test]
fn dangling_target_of_a_link() -> Outcome {
    let (mut db, ann, _, gone) = site()?;
    let page = db.insert(page(ann))?;
    let expected = "Page.readers names User#2v1, which does not exist; name a row that is there, or insert it first (a key may also name an id that `reserve` gave)";
    assert_eq!(text(db.link(page, Page::READERS, gone)), expected);
    sound(&db);
    Ok(())
}

#[test]
fn check_violation() -> Outcome {
    let (mut db, ann, ..) = site()?;
    let refused = db.insert(User { age: Some(0), ..user("cid") });
    assert_eq!(text(refused), "check `age_is_known` of User is false for the new row");
    assert_eq!(text(db.set(ann, User::AGE, Some(0))), "check `age_is_known` of User is false for User#0v1");
    sound(&db);
    Ok(())
}

#[test]
fn unique_violation() -> Outcome {
    let (mut db, ann, bob, _) = site()?;
    assert_eq!(
        text(db.insert(user("ann"))),
        "User.name must be unique (constraint `name`), and User#0v1 has the same value"
    );
    assert_eq!(
        text(db.update_many([ann, bob], |_, user| user.name = "eve".into())),
        "User.name must be unique (constraint `name`), and another row of the same statement has the same value"
    );
    sound(&db);
    Ok(())
}

#[test]
fn unique_violation_of_a_one_to_one_key() -> Outcome {
    let (mut db, ann, ..) = site()?;
    db.insert(Card { user: ann })?;
    assert_eq!(
        text(db.insert(Card { user: ann })),
        "Card.user must be unique (constraint `user`), and Card#0v1 has the same value"
    );
    sound(&db);
    Ok(())
}

#[test]
fn protected() -> Outcome {
    let (mut db, ann, ..) = site()?;
    db.insert(page(ann))?;
    assert_eq!(
        text(db.delete(ann)),
        "User#0v1 is protected by Page#0v1 through Page.author; delete or re-point the referring rows first"
    );
    sound(&db);
    Ok(())
}

#[test]
fn restricted() -> Outcome {
    let (mut db, ann, bob, _) = site()?;
    db.insert(Page { checker: Some(bob), ..page(ann) })?;
    assert_eq!(
        text(db.delete(bob)),
        "User#1v1 is restricted by Page#0v1 through Page.checker; delete or re-point the referring rows first, or delete \
         them together"
    );
    sound(&db);
    Ok(())
}

#[test]
fn dangling_references() -> Outcome {
    let (mut db, ann, bob, _) = site()?;
    db.insert_many([Page { seen_by: Some(bob), ..page(ann) }, Page { seen_by: Some(bob), ..page(ann) }])?;
    assert_eq!(
        text(db.delete(bob)),
        "2 reference(s) point at rows that do not exist: Page#0v1 has Page.seen_by = User#1v1; re-point, null or delete \
         the referring rows before the transaction ends"
    );
    sound(&db);
    Ok(())
}

#[test]
fn substitute_not_named() -> Outcome {
    let (mut db, ann, bob, _) = site()?;
    db.insert(Page { owner: Some(bob), ..page(ann) })?;
    assert_eq!(
        text(db.delete(bob)),
        "deleting needs the row that Page.owner falls back to, and none is named; call `set_substitute` first"
    );
    sound(&db);
    Ok(())
}

#[test]
fn needs_no_substitute() -> Outcome {
    let (mut db, ann, ..) = site()?;
    assert_eq!(
        text(db.set_substitute(Card::USER, ann)),
        "Card.user never falls back to a row; declare it with `on_delete = set_default` or `set_with`"
    );
    sound(&db);
    Ok(())
}

#[test]
fn outside_transaction() -> Outcome {
    let (mut db, ..) = site()?;
    assert_eq!(
        text(db.reserve::<User>()),
        "`reserve` outside a transaction; call it on the argument of a `transaction` closure"
    );
    sound(&db);
    Ok(())
}

#[test]
fn not_reserved() -> Outcome {
    let (mut db, ann, ..) = site()?;
    assert_eq!(
        text(db.insert_reserved(ann, user("cid"))),
        "User#0v1 is not reserved in this transaction; `reserve` it, and insert it once"
    );
    sound(&db);
    Ok(())
}

#[test]
fn unknown_model() -> Outcome {
    let (db, ..) = site()?;
    assert_eq!(text(db.len_of("Usr")), "the schema has no model `Usr`");
    sound(&db);
    Ok(())
}

#[test]
fn unknown_field() -> Outcome {
    let (db, ann, ..) = site()?;
    let ann = db.key_of(ann);
    let texts = ["nmae", "reads", "pages"].map(|name| text(db.value(ann, name)));
    let expected = [
        "User has no fitting field or relation `nmae`: it has name, age, pages, owns, saw, checked, card, reads",
        "User has no fitting field or relation `reads`: it is a many-to-many relation",
        "User has no fitting field or relation `pages`: it is the other end of Page.author",
    ];
    assert_eq!(texts, expected);
    assert_eq!(text(db.follow_by_name(ann, "age")), "User has no fitting field or relation `age`: it is a plain field");
    sound(&db);
    Ok(())
}

#[test]
fn wrong_type() -> Outcome {
    let (mut db, ann, ..) = site()?;
    let row = db.key_of(ann);
    assert_eq!(text(db.set_by_name(row, &[("name", Value::Int(4))])), "User.name takes a text, not an int (4)");
    assert_eq!(text(db.set_by_name(row, &[("age", "old".into())])), "User.age takes an int, not a text (\"old\")");
    sound(&db);
    Ok(())
}

#[test]
fn hook() -> Outcome {
    let (mut db, ..) = site()?;
    assert_eq!(text(db.on_commit(|_| give_up())), "committed, but an on_commit hook failed: given up on purpose");
    sound(&db);
    Ok(())
}

#[test]
fn an_error_of_the_programs_own_is_shown_as_it_is() {
    assert_eq!(Error::other("not enough gold").to_string(), "not enough gold");
}

#[test]
fn a_hooks_error_is_the_source_of_the_error() {
    use std::error::Error as _;
    let mut db = Store::<Site>::new();
    let error = db.on_commit(|_| give_up()).expect_err("the hook fails");
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("given up on purpose"));
}

#[test]
fn a_refused_insert_shows_as_its_error() -> Outcome {
    let (mut db, _, _, gone) = site()?;
    let refused = db.insert(page(gone)).expect_err("the author is gone");
    assert_eq!(refused.to_string(), refused.error.to_string());
    sound(&db);
    Ok(())
}

thread_local! {
    /// Line of this file where the latest panic of this thread says it happened.
    static LINE: Cell<Option<u32>> = const { Cell::new(None) };
}

/// The message of a panic, and the line of this file that it blames.
fn panic_of<T>(work: impl FnOnce() -> T) -> (String, Option<u32>) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let earlier = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let here = info.location().filter(|location| location.file() == file!());
            LINE.set(here.map(std::panic::Location::line));
            earlier(info);
        }));
    });
    LINE.set(None);
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(_) => panic!("nothing panicked"),
        Err(payload) => (*payload.downcast::<String>().expect("the panic has a formatted message"), LINE.get()),
    }
}

#[test]
fn indexing_a_dead_id_panics_with_model_id_and_the_line_of_the_caller() -> Outcome {
    let (db, _, _, gone) = site()?;
    let (message, line) = panic_of(|| db[gone].name.len());
    let here = line!() - 1;
    assert_eq!(message, "User#2v1 does not exist; `get` or `row` answer without a panic");
    assert_eq!(line, Some(here));
    sound(&db);
    Ok(())
}

#[test]
fn following_from_a_dead_id_panics_with_the_line_of_the_caller() -> Outcome {
    let (db, _, _, gone) = site()?;
    let (message, line) = panic_of(|| db.follow(gone, User::PAGES).count());
    let here = line!() - 1;
    assert_eq!((message.starts_with("User#2v1 does not exist"), line), (true, Some(here)));
    sound(&db);
    Ok(())
}

#[test]
fn following_a_required_key_that_dangles_panics_with_the_line_of_the_caller() -> Outcome {
    let (mut db, ..) = site()?;
    let rolled_back: Outcome = db.transaction(|tx| {
        let reserved = tx.reserve::<User>()?;
        let page = tx.insert(page(reserved))?;
        let (message, line) = panic_of(|| tx.follow(page, Page::AUTHOR).id());
        let here = line!() - 1;
        assert_eq!(message, "a required key to User dangles until the transaction mends it");
        assert_eq!(line, Some(here));
        give_up()
    });
    assert!(rolled_back.is_err());
    sound(&db);
    Ok(())
}

#[test]
fn changing_a_field_of_a_rule_in_place_panics_with_the_way_to_do_it() -> Outcome {
    let (mut db, ..) = site()?;
    let (message, line) = panic_of(|| db.for_each_mut(User::AGE, |age| *age = None));
    let here = line!() - 1;
    assert_eq!(message, "a rule of User may depend on age; use `update_many`, which checks it");
    assert_eq!(line, Some(here));
    sound(&db);
    Ok(())
}

#[test]
fn a_condition_on_groups_that_asks_for_rows_is_refused() -> Outcome {
    use relarena::query::{AggregateKind, Lookup, NamedAggregate, NamedCondition, NamedOperand};

    let mut db = Store::<Site>::new();
    db.insert(User { name: "ann".into(), age: Some(40) })?;
    let compare = |path: &str, operand| NamedCondition::Compare { path: path.into(), lookup: Lookup::Gte, operand };
    let groups = || {
        let count = NamedAggregate { kind: AggregateKind::Count, path: "id".into(), is_distinct: false, filter: None };
        db.query_by_name("User")?.group_by(&["age"])?.annotate(&[("how_many", count)])
    };
    assert_eq!(groups()?.filter(&compare("how_many", NamedOperand::Value(1.into())))?.count()?, 1);
    let rows = compare("age", NamedOperand::Value(30.into()));
    // By itself it is a filter of the rows that are grouped, as in Django.
    assert_eq!(groups()?.filter(&rows)?.count()?, 1);
    let annotation = compare("how_many", NamedOperand::Value(1.into()));
    let beside = compare("how_many", NamedOperand::Path("age".into()));
    for refused in [NamedCondition::Or(vec![rows, annotation]), beside] {
        let Err(error) = groups()?.filter(&refused)?.count() else { panic!("groups have no pages") };
        assert!(error.to_string().contains("groups have no rows"), "{error}");
    }
    assert!(matches!(db.query_by_name("User")?.group_by(&[]), Err(Error::WrongQuery { .. })));
    sound(&db);
    Ok(())
}

#[test]
fn folding_groups_or_reading_their_rows_by_name_is_refused() -> Outcome {
    use relarena::query::{AggregateKind, NamedAggregate};

    let mut db = Store::<Site>::new();
    db.insert(User { name: "ann".into(), age: Some(40) })?;
    let count = || NamedAggregate { kind: AggregateKind::Count, path: "id".into(), is_distinct: false, filter: None };
    let groups = || db.query_by_name("User")?.group_by(&["age"])?.annotate(&[("how_many", count())]);
    assert_eq!(groups()?.values(&["age", "how_many"])?, [[Value::from(40), Value::from(1)]]);
    assert!(matches!(groups()?.values(&["name"]), Err(Error::WrongQuery { .. })));
    assert!(matches!(groups()?.aggregate(&[("all", count())]), Err(Error::WrongQuery { .. })));
    sound(&db);
    Ok(())
}
