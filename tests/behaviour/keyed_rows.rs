//! Rows whose only key is a foreign key are inserted, moved and deleted in one look at each record, and come back exactly.

use relarena::prelude::*;

use crate::support::{Outcome, dump, give_up, sound};

#[derive(Model, Clone, Debug)]
struct Team {}

#[derive(Model, Clone, Debug)]
struct Player {
    #[foreign_key(on_delete = cascade, reverse = PLAYERS)]
    team: Id<Team>,
}

#[derive(Schema)]
struct League {
    teams: Table<Team>,
    players: Table<Player>,
}

struct Season {
    db: Store<League>,
    teams: [Id<Team>; 3],
    players: Vec<Id<Player>>,
}

/// Three teams of which the second and third have four players each, and gaps among the slots.
fn season() -> Season {
    let mut db = Store::<League>::new();
    let [team, second, third] = [(); 3].map(|()| db.insert(Team {}).expect("a team has no rules"));
    let home = |place: usize| if place.is_multiple_of(2) { second } else { third };
    let rows = (0..10).map(|place| Player { team: home(place) });
    let mut players = db.insert_many(rows).expect("the teams are living");
    for gone in [players.remove(5), players.remove(2)] {
        db.delete(gone).expect("nothing blocks the delete");
    }
    Season { db, teams: [team, second, third], players }
}

/// What one call does to a season.
type Call = fn(&mut Store<League>, &Season) -> Outcome;

const CALLS: [(&str, Call); 6] = [
    ("insert", |db, was| db.insert(Player { team: was.teams[1] }).map(drop).map_err(Error::from)),
    ("insert into an empty set", |db, was| db.insert(Player { team: was.teams[0] }).map(drop).map_err(Error::from)),
    ("move", |db, was| db.set(was.players[0], Player::TEAM, was.teams[2])),
    ("move into an empty set", |db, was| db.set(was.players[3], Player::TEAM, was.teams[0])),
    ("delete of the first", |db, was| db.delete(was.players[0]).map(drop)),
    ("delete of the last", |db, was| db.delete(was.players[7]).map(drop)),
];

#[test]
fn a_rollback_restores_sets_slots_and_next_ids() {
    for (name, call) in CALLS {
        let (was, mut now) = (season(), season());
        let ended = now.db.transaction::<()>(|tx| {
            call(tx, &was)?;
            assert_ne!(dump(tx), dump(&was.db), "{name} does something");
            give_up()
        });
        assert!(ended.is_err());
        assert_eq!(dump(&now.db), dump(&was.db), "{name}");
        assert_eq!(now.db.next_id::<Player>(), was.db.next_id::<Player>(), "{name}");
        sound(&now.db);
    }
}

#[test]
fn undo_and_redo_go_through_the_same_sets() -> Outcome {
    for (name, call) in CALLS {
        let (was, mut now) = (season(), season());
        now.db.record_undo(usize::MAX)?;
        call(&mut now.db, &was)?;
        let (after, next) = (dump(&now.db), now.db.next_id::<Player>());
        for _ in 0..2 {
            assert!(now.db.undo()?);
            assert_eq!(
                (dump(&now.db), now.db.next_id::<Player>()),
                (dump(&was.db), was.db.next_id()),
                "undo of {name}"
            );
            sound(&now.db);
            assert!(now.db.redo()?);
            assert_eq!((dump(&now.db), now.db.next_id::<Player>()), (after.clone(), next), "redo of {name}");
            sound(&now.db);
        }
    }
    Ok(())
}

#[test]
fn a_set_says_how_many_are_left_while_it_is_walked() -> Outcome {
    let Season { mut db, teams, .. } = season();
    let [alone, many] = [teams[0], teams[1]];
    db.insert_many((0..3000).map(|_| Player { team: many }))?;
    let mut players = db.follow(many, Team::PLAYERS);
    for left in (0..3004).rev() {
        assert!(players.next().is_some());
        assert_eq!(players.len(), left);
    }
    assert!(players.next().is_none() && db.follow(alone, Team::PLAYERS).is_empty());
    Ok(())
}

#[test]
fn a_key_that_is_set_to_what_it_is_keeps_its_place_in_the_set() -> Outcome {
    let Season { mut db, players, .. } = season();
    let before = dump(&db);
    for player in players {
        let team = db[player].team;
        db.set(player, Player::TEAM, team)?;
        assert_eq!(dump(&db), before);
    }
    Ok(())
}
