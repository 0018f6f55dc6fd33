//! One-to-one keys: a target has at most one source (I4), and nothing is ever stolen (SEMANTICS O1 to O3, O5).

use relarena::prelude::*;

use crate::support::{Outcome, sound};

#[derive(Model, Clone, Debug)]
struct User {}

#[derive(Model, Clone, Debug)]
struct Profile {
    bio: &'static str,
    #[one_to_one(on_delete = cascade, reverse = PROFILE)]
    user: Id<User>,
}

#[derive(Model, Clone, Debug)]
struct Badge {
    #[one_to_one(on_delete = set_null, reverse = BADGE)]
    user: Option<Id<User>>,
}

#[derive(Schema)]
struct Site {
    users: Table<User>,
    profiles: Table<Profile>,
    badges: Table<Badge>,
}

fn users<const N: usize>(db: &mut Store<Site>) -> Result<[Id<User>; N], Error> {
    let ids = db.insert_many((0..N).map(|_| User {}))?;
    Ok(ids.try_into().expect("as many ids as rows"))
}

/// The holder that a unique violation names.
fn holder(error: &Error) -> Option<relarena::RowKey> {
    match error {
        Error::UniqueViolation(violation) => violation.holder,
        other => panic!("not a unique violation: {other}"),
    }
}

#[test]
fn the_reverse_of_a_row_without_a_partner_is_none() -> Outcome {
    let mut db = Store::new();
    let [ann] = users(&mut db)?;
    assert!(db.follow(ann, User::PROFILE).is_none());
    sound(&db);
    Ok(())
}

#[test]
fn both_ends_lead_to_the_other() -> Outcome {
    let mut db = Store::new();
    let [ann] = users(&mut db)?;
    let profile = db.insert(Profile { bio: "likes logic", user: ann })?;
    assert_eq!(db.follow(profile, Profile::USER).id(), ann);
    assert_eq!(db.follow(ann, User::PROFILE).map(|row| row.get().bio), Some("likes logic"));
    sound(&db);
    Ok(())
}

#[test]
fn inserting_towards_a_taken_target_is_a_unique_violation_that_names_the_holder() -> Outcome {
    let mut db = Store::new();
    let [ann] = users(&mut db)?;
    let first = db.insert(Profile { bio: "", user: ann })?;
    let refused = db.insert(Profile { bio: "", user: ann }).expect_err("ann has a profile");
    assert_eq!(holder(&refused.error), Some(db.key_of(first)));
    sound(&db);
    Ok(())
}

#[test]
fn setting_a_taken_target_changes_nothing() -> Outcome {
    let mut db = Store::new();
    let [ann, bob] = users(&mut db)?;
    let anns = db.insert(Profile { bio: "", user: ann })?;
    let bobs = db.insert(Profile { bio: "", user: bob })?;
    let refused = db.set(bobs, Profile::USER, ann).expect_err("ann has a profile");
    assert_eq!(holder(&refused), Some(db.key_of(anns)));
    assert_eq!((db[anns].user, db[bobs].user), (ann, bob));
    sound(&db);
    Ok(())
}

#[test]
fn updating_towards_a_taken_target_changes_nothing() -> Outcome {
    let mut db = Store::new();
    let [ann, bob] = users(&mut db)?;
    db.insert(Profile { bio: "", user: ann })?;
    let bobs = db.insert(Profile { bio: "old", user: bob })?;
    let refused = db.update(bobs, |profile| (profile.bio, profile.user) = ("new", ann));
    assert!(matches!(refused, Err(Error::UniqueViolation(_))));
    assert_eq!((db[bobs].bio, db[bobs].user), ("old", bob));
    sound(&db);
    Ok(())
}

#[test]
fn a_row_does_not_collide_with_itself() -> Outcome {
    let mut db = Store::new();
    let [ann] = users(&mut db)?;
    let profile = db.insert(Profile { bio: "", user: ann })?;
    db.set(profile, Profile::USER, ann)?;
    db.update(profile, |profile| profile.user = ann)?;
    assert_eq!(db.follow(ann, User::PROFILE).map(|row| row.id()), Some(profile));
    sound(&db);
    Ok(())
}

#[test]
fn any_number_of_rows_may_have_no_target() -> Outcome {
    let mut db = Store::<Site>::new();
    db.insert_many([Badge { user: None }, Badge { user: None }, Badge { user: None }])?;
    assert_eq!(db.len::<Badge>(), 3);
    sound(&db);
    Ok(())
}

#[test]
fn a_target_is_free_again_once_its_source_lets_go() -> Outcome {
    let mut db = Store::new();
    let [ann] = users(&mut db)?;
    let first = db.insert(Badge { user: Some(ann) })?;
    let second = db.insert(Badge { user: None })?;
    db.set(first, Badge::USER, None)?;
    db.set(second, Badge::USER, Some(ann))?;
    assert_eq!(db.follow(ann, User::BADGE).map(|row| row.id()), Some(second));
    sound(&db);
    Ok(())
}

#[test]
fn a_target_is_free_again_once_its_source_is_deleted() -> Outcome {
    let mut db = Store::new();
    let [ann] = users(&mut db)?;
    let first = db.insert(Profile { bio: "", user: ann })?;
    db.delete(first)?;
    assert!(db.follow(ann, User::PROFILE).is_none());
    db.insert(Profile { bio: "", user: ann })?;
    sound(&db);
    Ok(())
}

#[test]
fn deleting_the_target_nulls_a_nullable_key() -> Outcome {
    let mut db = Store::new();
    let [ann] = users(&mut db)?;
    let badge = db.insert(Badge { user: Some(ann) })?;
    db.delete(ann)?;
    assert_eq!(db[badge].user, None);
    sound(&db);
    Ok(())
}

#[test]
fn replace_takes_the_target_from_its_holder() -> Outcome {
    let mut db = Store::new();
    let [ann] = users(&mut db)?;
    let holder = db.insert(Badge { user: Some(ann) })?;
    let taker = db.insert(Badge { user: None })?;
    assert_eq!(db.replace(taker, Badge::USER, ann)?, Some(holder));
    assert_eq!((db[holder].user, db[taker].user), (None, Some(ann)));
    sound(&db);
    Ok(())
}

#[test]
fn replace_of_a_free_target_names_no_holder() -> Outcome {
    let mut db = Store::new();
    let [ann] = users(&mut db)?;
    let badge = db.insert(Badge { user: None })?;
    assert_eq!(db.replace(badge, Badge::USER, ann)?, None);
    assert_eq!(db.replace(badge, Badge::USER, ann)?, None);
    assert_eq!(db[badge].user, Some(ann));
    sound(&db);
    Ok(())
}

#[test]
fn replace_with_a_dead_target_is_refused() -> Outcome {
    let mut db = Store::new();
    let [ann] = users(&mut db)?;
    let badge = db.insert(Badge { user: None })?;
    db.delete(ann)?;
    assert!(matches!(db.replace(badge, Badge::USER, ann), Err(Error::DanglingTarget { .. })));
    sound(&db);
    Ok(())
}

#[test]
fn swap_exchanges_the_targets_of_two_rows_with_required_keys() -> Outcome {
    let mut db = Store::new();
    let [ann, bob] = users(&mut db)?;
    let one = db.insert(Profile { bio: "", user: ann })?;
    let other = db.insert(Profile { bio: "", user: bob })?;
    assert_eq!(db.swap(one, Profile::USER, bob)?, Some(other));
    assert_eq!((db[one].user, db[other].user), (bob, ann));
    assert_eq!(db.follow(ann, User::PROFILE).map(|row| row.id()), Some(other));
    sound(&db);
    Ok(())
}

#[test]
fn swap_with_a_free_target_just_moves() -> Outcome {
    let mut db = Store::new();
    let [ann, bob] = users(&mut db)?;
    let profile = db.insert(Profile { bio: "", user: ann })?;
    assert_eq!(db.swap(profile, Profile::USER, bob)?, None);
    assert_eq!(db[profile].user, bob);
    assert!(db.follow(ann, User::PROFILE).is_none());
    sound(&db);
    Ok(())
}

#[test]
fn swap_hands_a_null_to_the_holder() -> Outcome {
    let mut db = Store::new();
    let [ann] = users(&mut db)?;
    let holder = db.insert(Badge { user: Some(ann) })?;
    let taker = db.insert(Badge { user: None })?;
    assert_eq!(db.swap(taker, Badge::USER, ann)?, Some(holder));
    assert_eq!((db[holder].user, db[taker].user), (None, Some(ann)));
    sound(&db);
    Ok(())
}

#[test]
fn one_statement_may_pass_targets_round_a_ring() -> Outcome {
    let mut db = Store::new();
    let owners: [Id<User>; 3] = users(&mut db)?;
    let profiles = db.insert_many(owners.map(|user| Profile { bio: "", user }))?;
    db.update_many(profiles.iter().copied(), |_, profile| {
        let place = owners.iter().position(|&user| user == profile.user).expect("each profile has an owner");
        profile.user = owners[(place + 1) % 3];
    })?;
    let now: Vec<_> = profiles.iter().map(|&profile| db[profile].user).collect();
    assert_eq!(now, [owners[1], owners[2], owners[0]]);
    sound(&db);
    Ok(())
}

#[test]
fn two_rows_of_one_statement_cannot_take_the_same_target() -> Outcome {
    let mut db = Store::new();
    let [ann] = users(&mut db)?;
    let badges = db.insert_many([Badge { user: None }, Badge { user: None }])?;
    let refused = db.update_many(badges.iter().copied(), |_, badge| badge.user = Some(ann)).expect_err("two for one");
    assert_eq!(holder(&refused), None, "the other row is of the same statement, so nobody holds it");
    assert!(db.rows::<Badge>().all(|badge| badge.user.is_none()));
    sound(&db);
    Ok(())
}

#[test]
fn by_name_a_required_key_is_swapped_but_not_replaced() -> Outcome {
    let mut db = Store::<Site>::new();
    let [ann, bob] = users(&mut db)?;
    let one = db.insert(Profile { bio: "", user: ann })?;
    let other = db.insert(Profile { bio: "", user: bob })?;
    let (one, other, bob) = (db.key_of(one), db.key_of(other), db.key_of(bob));
    let before = db.digest();
    let refused = db.replace_by_name(one, "user", bob);
    assert!(matches!(refused, Err(Error::Null { model: "Profile", field: "user" })), "{refused:?}");
    let refused = db.swap_by_name(one, "bio", bob);
    assert!(matches!(refused, Err(Error::UnknownField { .. })), "{refused:?}");
    assert_eq!(db.digest(), before);
    assert_eq!(db.swap_by_name(one, "user", bob)?, Some(other));
    assert_eq!(db.value(other, "user")?, Value::Key(db.key_of(ann)));
    sound(&db);
    Ok(())
}

#[test]
fn by_name_a_target_is_taken_from_its_holder() -> Outcome {
    let mut db = Store::<Site>::new();
    let [ann] = users(&mut db)?;
    let (held, free) = (db.insert(Badge { user: Some(ann) })?, db.insert(Badge { user: None })?);
    let (held, free, ann) = (db.key_of(held), db.key_of(free), db.key_of(ann));
    assert_eq!(db.replace_by_name(free, "user", ann)?, Some(held));
    assert_eq!((db.value(held, "user")?, db.value(free, "user")?), (Value::Null, Value::Key(ann)));
    assert_eq!(db.replace_by_name(free, "user", ann)?, None, "a row is not in its own way");
    sound(&db);
    Ok(())
}
