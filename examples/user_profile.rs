//! One to one: a user has at most one profile, and a profile exactly one user.
//!
//! `#[one_to_one]` is a foreign key whose targets are taken at most once, so that its other end is an option of a row and
//! not a list.

use relarena::prelude::*;

#[derive(Model, Clone, Debug)]
struct User {
    #[unique]
    username: String,
}

#[derive(Model, Clone, Debug)]
struct Profile {
    #[one_to_one(on_delete = cascade, reverse = PROFILE)]
    user: Id<User>,
    bio: String,
}

#[derive(Schema)]
struct Site {
    users: Table<User>,
    profiles: Table<Profile>,
}

/// Works outside a transaction and inside: a transaction's closure gets the store itself.
fn sign_up(db: &mut Store<Site>, username: &str, bio: &str) -> Result<Id<User>, Error> {
    // Two inserts, but nobody ever sees a user without a profile: if the second fails, the first has never happened.
    db.transaction(|tx| {
        let user = tx.insert(User { username: username.into() })?;
        tx.insert(Profile { user, bio: bio.into() })?;
        Ok(user)
    })
}

fn main() -> Result<(), Error> {
    let mut db = Store::<Site>::new();
    let ann = sign_up(&mut db, "ann", "Climbs.")?;
    let bob = sign_up(&mut db, "bob", "Sails.")?;

    // Both ways: a profile always has its user, a user perhaps a profile.
    let profile = db.follow(ann, User::PROFILE).ok_or(Error::other("Ann has no profile"))?.id();
    assert_eq!(db[profile].bio, "Climbs.");
    assert_eq!(db.follow(profile, Profile::USER).username, "ann");

    // A second profile for the same user is refused, and the refused row comes back to the caller.
    match db.insert(Profile { user: ann, bio: "Dives.".into() }) {
        Ok(_) => return Err(Error::other("Ann has two profiles")),
        Err(refused) => {
            println!("refused: {refused}");
            assert_eq!(refused.row.bio, "Dives.");
        }
    }

    // A taken username refuses the whole sign-up: there are still two of each.
    let taken = sign_up(&mut db, "bob", "Sings.");
    assert!(matches!(taken, Err(Error::UniqueViolation(_))));
    assert_eq!((db.len::<User>(), db.len::<Profile>()), (2, 2));

    // A unique field finds its row without a scan.
    let found = db.by(User::USERNAME, "bob").and_then(|user| user.follow(User::PROFILE));
    assert_eq!(found.map(|profile| profile.get().bio.as_str()), Some("Sails."));

    // Both keys are required, so that neither row may be left without: `swap` exchanges them in one step.
    db.swap(profile, Profile::USER, bob)?;
    assert_eq!(db.follow(bob, User::PROFILE).map(|profile| profile.get().bio.as_str()), Some("Climbs."));
    assert_eq!(db.follow(ann, User::PROFILE).map(|profile| profile.get().bio.as_str()), Some("Sails."));

    // The profile goes with its user, not the other way round.
    db.delete(profile)?;
    assert!(db.contains(bob) && db.follow(bob, User::PROFILE).is_none());
    let report = db.delete(ann)?;
    assert_eq!((report.of::<User>(), report.of::<Profile>()), (1, 1));
    println!("left: {} user, {} profiles", db.len::<User>(), db.len::<Profile>());
    assert_eq!(db.audit(), []);
    Ok(())
}
