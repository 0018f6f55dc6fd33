//! Deletes that are refused: protect always, restrict unless the referrer goes too (SEMANTICS D4 to D11, D29, D31).

use relarena::prelude::*;
use relarena::{Blocked, RowKey};

use crate::support::{Outcome, dump, sound};

#[derive(Model, Clone, Debug)]
struct Root {}

#[derive(Model, Clone, Debug)]
struct Branch {
    #[foreign_key(on_delete = cascade, reverse = BRANCHES)]
    root: Id<Root>,
}

/// Protects a branch; may be doomed with a root itself.
#[derive(Model, Clone, Debug)]
struct Nest {
    #[foreign_key(on_delete = protect, reverse = NESTS)]
    branch: Id<Branch>,
    #[foreign_key(on_delete = cascade, reverse = NESTS)]
    root: Option<Id<Root>>,
}

/// Restricts a branch; may be doomed with a root or a branch itself.
#[derive(Model, Clone, Debug)]
struct Swing {
    #[foreign_key(on_delete = restrict, reverse = SWINGS)]
    branch: Id<Branch>,
    #[foreign_key(on_delete = cascade, reverse = SWINGS)]
    root: Option<Id<Root>>,
    #[foreign_key(on_delete = set_null, reverse = SEEN_FROM)]
    view: Option<Id<Root>>,
}

#[derive(Model, Clone, Debug)]
struct Vine {
    #[foreign_key(on_delete = protect, reverse = HELD)]
    holds: Option<Id<Vine>>,
    #[foreign_key(on_delete = restrict, reverse = CROSSED)]
    crosses: Option<Id<Vine>>,
}

#[derive(Schema)]
struct Forest {
    roots: Table<Root>,
    branches: Table<Branch>,
    nests: Table<Nest>,
    swings: Table<Swing>,
    vines: Table<Vine>,
}

struct Tree {
    db: Store<Forest>,
    root: Id<Root>,
    branch: Id<Branch>,
}

fn tree() -> Result<Tree, Error> {
    let mut db = Store::new();
    let root = db.insert(Root {})?;
    let branch = db.insert(Branch { root })?;
    Ok(Tree { db, root, branch })
}

#[track_caller]
fn protected(error: Error) -> Blocked {
    match error {
        Error::Protected(blocked) => *blocked,
        other => panic!("not `Protected`: {other}"),
    }
}

#[track_caller]
fn restricted(error: Error) -> Blocked {
    match error {
        Error::Restricted(blocked) => *blocked,
        other => panic!("not `Restricted`: {other}"),
    }
}

fn sources(blocked: &Blocked) -> Vec<RowKey> {
    blocked.blockers.iter().map(|blocker| blocker.reference.source).collect()
}

#[test]
fn protect_refuses_and_nothing_changes() -> Outcome {
    let Tree { mut db, branch, .. } = tree()?;
    db.insert(Nest { branch, root: None })?;
    let before = dump(&db);
    protected(db.delete(branch).expect_err("a nest protects it"));
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}

#[test]
fn protect_is_found_at_any_depth() -> Outcome {
    let Tree { mut db, root, branch } = tree()?;
    let nest = db.insert(Nest { branch, root: None })?;
    let blocked = protected(db.delete(root).expect_err("a nest protects the branch"));
    assert_eq!(sources(&blocked), [db.key_of(nest)]);
    sound(&db);
    Ok(())
}

#[test]
fn protect_refuses_even_if_the_protecting_row_is_doomed_too() -> Outcome {
    let Tree { mut db, root, branch } = tree()?;
    db.insert(Nest { branch, root: Some(root) })?;
    protected(db.delete(root).expect_err("protect is never lifted"));
    sound(&db);
    Ok(())
}

#[test]
fn protect_refuses_a_set_that_holds_both_ends() -> Outcome {
    let mut db = Store::<Forest>::new();
    let held = db.insert(Vine { holds: None, crosses: None })?;
    let holder = db.insert(Vine { holds: Some(held), crosses: None })?;
    protected(db.delete_many([held, holder]).expect_err("protect is never lifted"));
    sound(&db);
    Ok(())
}

#[test]
fn a_row_that_protects_itself_goes_once_its_key_has_changed() -> Outcome {
    let mut db = Store::<Forest>::new();
    let vine = db.insert(Vine { holds: None, crosses: None })?;
    db.set(vine, Vine::HOLDS, Some(vine))?;
    protected(db.delete(vine).expect_err("it protects itself"));
    db.set(vine, Vine::HOLDS, None)?;
    db.delete(vine)?;
    sound(&db);
    Ok(())
}

#[test]
fn a_row_that_restricts_itself_can_go() -> Outcome {
    let mut db = Store::<Forest>::new();
    let vine = db.insert(Vine { holds: None, crosses: None })?;
    db.set(vine, Vine::CROSSES, Some(vine))?;
    db.delete(vine)?;
    sound(&db);
    Ok(())
}

#[test]
fn restrict_refuses_if_the_referrer_stays() -> Outcome {
    let Tree { mut db, root, branch } = tree()?;
    let swing = db.insert(Swing { branch, root: None, view: None })?;
    assert_eq!(sources(&restricted(db.delete(branch).expect_err("the swing stays"))), [db.key_of(swing)]);
    assert_eq!(sources(&restricted(db.delete(root).expect_err("the swing stays"))), [db.key_of(swing)]);
    sound(&db);
    Ok(())
}

#[test]
fn restrict_allows_a_referrer_that_dies_too() -> Outcome {
    let Tree { mut db, root, branch } = tree()?;
    db.insert(Swing { branch, root: Some(root), view: None })?;
    assert_eq!(db.delete(root)?.total, 3);
    sound(&db);
    Ok(())
}

#[test]
fn restrict_refuses_the_middle_although_the_common_ancestor_can_go() -> Outcome {
    let Tree { mut db, root, branch } = tree()?;
    db.insert(Swing { branch, root: Some(root), view: None })?;
    restricted(db.delete(branch).expect_err("the swing would stay"));
    db.delete(root)?;
    sound(&db);
    Ok(())
}

#[test]
fn rows_of_a_set_lift_each_others_restrict() -> Outcome {
    let mut db = Store::<Forest>::new();
    let below = db.insert(Vine { holds: None, crosses: None })?;
    let above = db.insert(Vine { holds: None, crosses: Some(below) })?;
    restricted(db.delete(below).expect_err("the other stays"));
    assert_eq!(db.delete_many([below, above])?.total, 2);
    sound(&db);
    Ok(())
}

#[test]
fn a_referrer_that_is_merely_rewritten_still_restricts() -> Outcome {
    let Tree { mut db, root, branch } = tree()?;
    let swing = db.insert(Swing { branch, root: None, view: Some(root) })?;
    restricted(db.delete(root).expect_err("the swing stays, with a view on nothing"));
    assert_eq!(db[swing].view, Some(root));
    sound(&db);
    Ok(())
}

#[test]
fn one_refusal_refuses_the_whole_set() -> Outcome {
    let Tree { mut db, root, branch } = tree()?;
    db.insert(Nest { branch, root: None })?;
    let free = db.insert(Root {})?;
    protected(db.delete_many([free, root]).expect_err("one of them is protected"));
    assert!(db.contains(free));
    sound(&db);
    Ok(())
}

#[test]
fn protect_comes_before_restrict() -> Outcome {
    let Tree { mut db, branch, .. } = tree()?;
    db.insert(Swing { branch, root: None, view: None })?;
    let nest = db.insert(Nest { branch, root: None })?;
    assert_eq!(sources(&protected(db.delete(branch).expect_err("both block"))), [db.key_of(nest)]);
    sound(&db);
    Ok(())
}

#[test]
fn all_blockers_are_named_over_all_relations_and_depths() -> Outcome {
    let Tree { mut db, root, branch } = tree()?;
    let other = db.insert(Branch { root })?;
    let nests = db.insert_many([branch, branch, other].map(|branch| Nest { branch, root: None }))?;
    let blocked = protected(db.delete(root).expect_err("three nests"));
    assert_eq!(sources(&blocked), nests.iter().map(|&nest| db.key_of(nest)).collect::<Vec<_>>());
    sound(&db);
    Ok(())
}

#[test]
fn each_blocker_has_the_path_that_leads_to_it() -> Outcome {
    let Tree { mut db, root, branch } = tree()?;
    db.insert(Nest { branch, root: None })?;
    let blocked = protected(db.delete(root).expect_err("a nest protects the branch"));
    let path: Vec<_> = blocked
        .path(&blocked.blockers[0])
        .iter()
        .map(|step| (step.row, step.relation.map(|name| name.field)))
        .collect();
    assert_eq!(path, [(db.key_of(root), None), (db.key_of(branch), Some("root"))]);
    sound(&db);
    Ok(())
}

#[test]
fn a_plan_lists_both_kinds_of_blockers() -> Outcome {
    let Tree { mut db, root, branch } = tree()?;
    let nest = db.insert(Nest { branch, root: None })?;
    let swing = db.insert(Swing { branch, root: None, view: None })?;
    let plan = db.plan_delete(root)?;
    assert!(plan.is_blocked());
    assert_eq!(plan.protected_by[0].reference.source, db.key_of(nest));
    assert_eq!(plan.restricted_by[0].reference.source, db.key_of(swing));
    assert_eq!(plan.path(&plan.restricted_by[0]).len(), 2);
    sound(&db);
    Ok(())
}

#[test]
fn the_text_names_both_rows_the_relation_the_path_the_rest_and_the_fix() -> Outcome {
    let Tree { mut db, root, branch } = tree()?;
    db.insert_many([Nest { branch, root: None }, Nest { branch, root: None }])?;
    assert_eq!(
        db.delete(root).expect_err("two nests").to_string(),
        "Branch#0v1 is protected by Nest#0v1 through Nest.branch (Root#0v1 cascades to 1 row(s), the last of them \
         Branch#0v1) and 1 more reference(s); delete or re-point the referring rows first"
    );
    sound(&db);
    Ok(())
}

#[test]
fn the_text_of_a_restricted_delete_proposes_to_delete_together() -> Outcome {
    let Tree { mut db, branch, .. } = tree()?;
    db.insert(Swing { branch, root: None, view: None })?;
    assert_eq!(
        db.delete(branch).expect_err("the swing stays").to_string(),
        "Branch#0v1 is restricted by Swing#0v1 through Swing.branch; delete or re-point the referring rows first, or \
         delete them together"
    );
    sound(&db);
    Ok(())
}

#[test]
fn a_refusal_leaves_the_surrounding_transaction_usable() -> Outcome {
    let Tree { mut db, branch, .. } = tree()?;
    let nest = db.insert(Nest { branch, root: None })?;
    db.transaction(|tx| {
        protected(tx.delete(branch).expect_err("a nest protects it"));
        tx.delete(nest)?;
        tx.delete(branch)
    })?;
    assert!(db.is_empty::<Branch>());
    sound(&db);
    Ok(())
}

#[test]
fn a_plan_is_blocked_by_either_kind_of_blocker() -> Outcome {
    let Tree { mut db, branch, .. } = tree()?;
    assert!(!db.plan_delete(branch)?.is_blocked());
    let swing = db.insert(Swing { branch, root: None, view: None })?;
    assert!(db.plan_delete(branch)?.is_blocked());
    db.delete(swing)?;
    db.insert(Nest { branch, root: None })?;
    assert!(db.plan_delete(branch)?.is_blocked());
    Ok(())
}
