//! Deletes that rewrite keys: null, a default, a sentinel (SEMANTICS D12 to D15, D18).

use relarena::prelude::*;

use crate::support::{Outcome, dump, sound};

#[derive(Model, Clone, Debug)]
struct User {}

#[derive(Model, Clone, Debug)]
#[unique_together(topic, author, name = "one_post_each")]
struct Post {
    #[foreign_key(on_delete = set_null, reverse = POSTS)]
    topic: Option<Id<User>>,
    #[foreign_key(on_delete = set_default, reverse = AUTHORED)]
    author: Id<User>,
}

#[derive(Model, Clone, Debug)]
struct Review {
    #[foreign_key(on_delete = set_with, reverse = REVIEWS)]
    reviewer: Id<User>,
    #[foreign_key(on_delete = set_default, reverse = CHECKED)]
    checker: Option<Id<User>>,
}

#[derive(Model, Clone, Debug)]
struct Desk {
    #[one_to_one(on_delete = set_default, reverse = DESK)]
    user: Option<Id<User>>,
}

/// Exactly one of the two keys is null.
#[derive(Model, Clone, Debug)]
#[check(name = "one_owner", |row| row.human.is_some() != row.robot.is_some())]
struct Tool {
    #[foreign_key(on_delete = set_null, reverse = TOOLS)]
    human: Option<Id<User>>,
    #[foreign_key(on_delete = set_null, reverse = ROBOT_TOOLS)]
    robot: Option<Id<User>>,
}

#[derive(Schema)]
struct Site {
    users: Table<User>,
    posts: Table<Post>,
    reviews: Table<Review>,
    desks: Table<Desk>,
    tools: Table<Tool>,
}

fn site<const N: usize>() -> Result<(Store<Site>, [Id<User>; N]), Error> {
    let mut db = Store::new();
    let users = db.insert_many((0..N).map(|_| User {}))?;
    Ok((db, users.try_into().expect("as many ids as rows")))
}

#[test]
fn set_null_nulls_the_key_and_does_not_count() -> Outcome {
    let (mut db, [topic, author]) = site()?;
    let post = db.insert(Post { topic: Some(topic), author })?;
    let report = db.delete(topic)?;
    assert_eq!((db[post].topic, report.total), (None, 1));
    sound(&db);
    Ok(())
}

#[test]
fn set_with_points_the_key_at_the_named_row() -> Outcome {
    let (mut db, [ghost, ann]) = site()?;
    db.set_substitute(Review::REVIEWER, ghost)?;
    let review = db.insert(Review { reviewer: ann, checker: None })?;
    db.delete(ann)?;
    assert_eq!((db[review].reviewer, db.follow(ghost, User::REVIEWS).ids()), (ghost, vec![review]));
    sound(&db);
    Ok(())
}

#[test]
fn set_default_may_be_null_where_the_key_may() -> Outcome {
    let (mut db, [ann, bob]) = site()?;
    db.set_substitute(Review::CHECKER, None)?;
    let review = db.insert(Review { reviewer: bob, checker: Some(ann) })?;
    db.delete(ann)?;
    assert_eq!(db[review].checker, None);
    sound(&db);
    Ok(())
}

#[test]
fn a_substitute_that_was_never_named_refuses_the_delete() -> Outcome {
    let (mut db, [ann]) = site()?;
    db.insert(Review { reviewer: ann, checker: None })?;
    match db.delete(ann).expect_err("nothing is named") {
        Error::SubstituteNotNamed { relation } => assert_eq!(relation.to_string(), "Review.reviewer"),
        other => panic!("{other}"),
    }
    assert_eq!(db.plan_delete(ann)?.unnamed_substitute.map(|name| name.field), Some("reviewer"));
    sound(&db);
    Ok(())
}

#[test]
fn a_substitute_that_was_never_named_matters_only_if_a_row_needs_it() -> Outcome {
    let (mut db, [ann, bob]) = site()?;
    db.insert(Review { reviewer: bob, checker: None })?;
    db.delete(ann)?;
    sound(&db);
    Ok(())
}

#[test]
fn a_substitute_must_exist_when_it_is_named() -> Outcome {
    let (mut db, [ann]) = site()?;
    db.delete(ann)?;
    assert!(matches!(db.set_substitute(Review::REVIEWER, ann), Err(Error::DanglingTarget { .. })));
    sound(&db);
    Ok(())
}

#[test]
fn a_substitute_that_is_gone_fails_the_delete_outside_a_transaction() -> Outcome {
    let (mut db, [ghost, ann]) = site()?;
    db.set_substitute(Review::REVIEWER, ghost)?;
    let review = db.insert(Review { reviewer: ann, checker: None })?;
    db.delete(ghost)?;
    match db.delete(ann).expect_err("the review would name nobody") {
        Error::DanglingReferences(references) => {
            let pairs: Vec<_> = references.iter().map(|one| (one.source, one.target)).collect();
            assert_eq!(pairs, [(db.key_of(review), db.key_of(ghost))]);
        }
        other => panic!("{other}"),
    }
    assert_eq!(db[review].reviewer, ann);
    sound(&db);
    Ok(())
}

#[test]
fn a_substitute_that_is_gone_may_be_mended_before_the_commit() -> Outcome {
    let (mut db, [ghost, ann, bob]) = site()?;
    db.set_substitute(Review::REVIEWER, ghost)?;
    let review = db.insert(Review { reviewer: ann, checker: None })?;
    db.delete(ghost)?;
    db.transaction(|tx| {
        tx.delete(ann)?;
        assert_eq!(tx[review].reviewer, ghost, "the key names the substitute, though nobody is there");
        sound(tx);
        tx.set(review, Review::REVIEWER, bob)
    })?;
    assert_eq!(db.follow(bob, User::REVIEWS).ids(), [review]);
    sound(&db);
    Ok(())
}

#[test]
fn a_substitute_that_is_gone_fails_the_commit() -> Outcome {
    let (mut db, [ghost, ann]) = site()?;
    db.set_substitute(Review::REVIEWER, ghost)?;
    let review = db.insert(Review { reviewer: ann, checker: None })?;
    db.delete(ghost)?;
    let failed = db.transaction(|tx| tx.delete(ann));
    assert!(matches!(failed, Err(Error::DanglingReferences(_))));
    assert_eq!(db[review].reviewer, ann);
    sound(&db);
    Ok(())
}

#[test]
fn the_substitute_itself_cannot_go_while_rows_name_it() -> Outcome {
    let (mut db, [ghost]) = site()?;
    db.set_substitute(Review::REVIEWER, ghost)?;
    db.insert(Review { reviewer: ghost, checker: None })?;
    let before = dump(&db);
    assert!(matches!(db.delete(ghost), Err(Error::DanglingReferences(_))));
    assert!(matches!(db.transaction(|tx| tx.delete(ghost)), Err(Error::DanglingReferences(_))));
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}

#[test]
fn a_doomed_substitute_dangles_inside_a_transaction_even_when_its_slot_is_used_again() -> Outcome {
    let (mut db, [ghost, ann]) = site()?;
    db.set_substitute(Review::REVIEWER, ghost)?;
    let review = db.insert(Review { reviewer: ghost, checker: None })?;
    db.transaction(|tx| {
        tx.delete_many([ghost, ann])?;
        sound(tx);
        let [one, other] = [tx.insert(User {})?, tx.insert(User {})?];
        assert_eq!(tx.follow(one, User::REVIEWS).count() + tx.follow(other, User::REVIEWS).count(), 0);
        tx.set(review, Review::REVIEWER, one)
    })?;
    assert_eq!(db.follow(review, Review::REVIEWER).id(), db[review].reviewer);
    sound(&db);
    Ok(())
}

#[test]
fn deleting_a_row_together_with_its_substitute_dangles() -> Outcome {
    let (mut db, [ghost, ann]) = site()?;
    db.set_substitute(Review::REVIEWER, ghost)?;
    db.insert(Review { reviewer: ann, checker: None })?;
    assert!(matches!(db.delete_many([ghost, ann]), Err(Error::DanglingReferences(_))));
    assert!(matches!(db.transaction(|tx| tx.delete_many([ghost, ann])), Err(Error::DanglingReferences(_))));
    sound(&db);
    Ok(())
}

#[test]
fn naming_a_substitute_is_undone_by_a_rollback() -> Outcome {
    let (mut db, [ghost, ann]) = site()?;
    db.insert(Review { reviewer: ann, checker: None })?;
    let failed: Outcome = db.transaction(|tx| {
        tx.set_substitute(Review::REVIEWER, ghost)?;
        crate::support::give_up()
    });
    assert!(failed.is_err());
    assert!(matches!(db.delete(ann), Err(Error::SubstituteNotNamed { .. })));
    sound(&db);
    Ok(())
}

#[test]
fn a_default_that_breaks_a_unique_rule_fails_the_delete_whole() -> Outcome {
    let (mut db, [topic, deputy, ann]) = site()?;
    db.set_substitute(Post::AUTHOR, deputy)?;
    let there = db.insert(Post { topic: Some(topic), author: deputy })?;
    db.insert(Post { topic: Some(topic), author: ann })?;
    let before = dump(&db);
    match db.delete(ann).expect_err("the deputy has a post on this topic") {
        Error::UniqueViolation(violation) => {
            assert_eq!((violation.constraint, violation.holder), ("one_post_each", Some(db.key_of(there))));
        }
        other => panic!("{other}"),
    }
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}

#[test]
fn two_rows_that_a_default_makes_equal_fail_the_delete_whole() -> Outcome {
    let (mut db, [topic, deputy, ann, bob]) = site()?;
    db.set_substitute(Post::AUTHOR, deputy)?;
    db.insert_many([ann, bob].map(|author| Post { topic: Some(topic), author }))?;
    assert!(matches!(db.delete_many([ann, bob]), Err(Error::UniqueViolation(_))));
    assert_eq!(db.follow(ann, User::AUTHORED).count(), 1);
    sound(&db);
    Ok(())
}

#[test]
fn nulls_that_a_delete_writes_never_collide() -> Outcome {
    let (mut db, [one, other, author]) = site()?;
    db.insert_many([one, other].map(|topic| Post { topic: Some(topic), author }))?;
    db.delete_many([one, other])?;
    assert!(db.rows::<Post>().all(|post| post.topic.is_none()));
    sound(&db);
    Ok(())
}

#[test]
fn a_rewritten_row_may_take_the_values_of_a_row_that_goes() -> Outcome {
    let (mut db, [topic, deputy, ann]) = site()?;
    db.set_substitute(Post::AUTHOR, deputy)?;
    let doomed = db.insert(Post { topic: Some(topic), author: deputy })?;
    let rewritten = db.insert(Post { topic: Some(topic), author: ann })?;
    let keys = [db.key_of(doomed), db.key_of(ann)];
    db.delete_keys(&keys)?;
    assert_eq!(db[rewritten].author, deputy);
    sound(&db);
    Ok(())
}

#[test]
fn a_one_to_one_default_that_is_taken_fails_the_delete_whole() -> Outcome {
    let (mut db, [deputy, ann]) = site()?;
    db.set_substitute(Desk::USER, Some(deputy))?;
    let holder = db.insert(Desk { user: Some(deputy) })?;
    let desk = db.insert(Desk { user: Some(ann) })?;
    match db.delete(ann).expect_err("the deputy has a desk") {
        Error::UniqueViolation(violation) => assert_eq!(violation.holder, Some(db.key_of(holder))),
        other => panic!("{other}"),
    }
    assert_eq!(db[desk].user, Some(ann));
    sound(&db);
    Ok(())
}

#[test]
fn two_one_to_one_keys_cannot_fall_back_to_the_same_row() -> Outcome {
    let (mut db, [deputy, ann, bob]) = site()?;
    db.set_substitute(Desk::USER, Some(deputy))?;
    db.insert_many([ann, bob].map(|user| Desk { user: Some(user) }))?;
    match db.delete_many([ann, bob]).expect_err("one deputy, two desks") {
        Error::UniqueViolation(violation) => assert_eq!(violation.holder, None),
        other => panic!("{other}"),
    }
    sound(&db);
    Ok(())
}

#[test]
fn a_null_that_breaks_a_check_fails_the_delete_whole() -> Outcome {
    let (mut db, [ann, bob]) = site()?;
    let tool = db.insert(Tool { human: Some(ann), robot: None })?;
    match db.delete(ann).expect_err("a tool has an owner") {
        Error::CheckViolation { constraint, row, .. } => {
            assert_eq!((constraint, row), ("one_owner", Some(db.key_of(tool))));
        }
        other => panic!("{other}"),
    }
    let (key, robot) = (db.key_of(tool), db.key_of(bob));
    db.set_by_name(key, &[("human", Value::Null), ("robot", robot.into())])?;
    db.delete(ann)?;
    sound(&db);
    Ok(())
}

#[test]
fn a_rollback_brings_rewritten_keys_back_in_their_order() -> Outcome {
    let (mut db, [ghost, ann, bob]) = site()?;
    db.set_substitute(Review::REVIEWER, ghost)?;
    db.set_substitute(Review::CHECKER, Some(ghost))?;
    db.insert_many((0..5).map(|_| Review { reviewer: ann, checker: Some(bob) }))?;
    db.insert_many((0..3).map(|_| Post { topic: None, author: bob }))?;
    db.set_substitute(Post::AUTHOR, ghost)?;
    let before = dump(&db);
    let failed: Outcome = db.transaction(|tx| {
        tx.delete(bob)?;
        tx.delete(ann)?;
        sound(tx);
        crate::support::give_up()
    });
    assert!(failed.is_err());
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}

#[test]
fn a_one_to_one_key_may_fall_back_to_a_row_whose_holder_goes() -> Outcome {
    let (mut db, [deputy, ann]) = site()?;
    db.set_substitute(Desk::USER, Some(deputy))?;
    let doomed = db.insert(Desk { user: Some(deputy) })?;
    let desk = db.insert(Desk { user: Some(ann) })?;
    let (before, keys) = (dump(&db), [db.key_of(doomed), db.key_of(ann)]);
    let undone: Outcome = db.transaction(|tx| {
        tx.delete_keys(&keys)?;
        sound(tx);
        crate::support::give_up()
    });
    assert!(undone.is_err());
    assert_eq!(dump(&db), before);
    db.delete_keys(&keys)?;
    assert_eq!(db.follow(deputy, User::DESK).map(|row| row.id()), Some(desk));
    sound(&db);
    Ok(())
}

#[test]
fn a_rollback_brings_rewritten_and_doomed_rows_of_one_model_back() -> Outcome {
    let (mut db, [topic, deputy, ann, bob]) = site()?;
    db.set_substitute(Post::AUTHOR, deputy)?;
    let doomed = db.insert(Post { topic: Some(topic), author: deputy })?;
    db.insert_many([ann, bob].map(|author| Post { topic: Some(author), author }))?;
    db.insert(Post { topic: Some(topic), author: ann })?;
    let (before, keys) = (dump(&db), [db.key_of(doomed), db.key_of(ann), db.key_of(bob)]);
    let failed: Outcome = db.transaction(|tx| {
        tx.delete_keys(&keys)?;
        sound(tx);
        tx.delete(topic)?;
        crate::support::give_up()
    });
    assert_eq!(failed.expect_err("given up").to_string(), "given up on purpose");
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}
