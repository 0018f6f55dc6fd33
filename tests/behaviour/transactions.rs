//! Transactions: an error or a panic, and it is as if they had never run (I6, I10, SEMANTICS T1 to T10).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use relarena::prelude::*;

use crate::support::{Outcome, dump, give_up, sound};

#[derive(Model, Clone, Debug)]
struct Guild {
    #[unique]
    name: String,
}

#[derive(Model, Clone, Debug)]
#[many_to_many(ALLIES: Hero, symmetrical)]
#[many_to_many(QUESTS: Quest, reverse = HEROES)]
struct Hero {
    gold: u32,
    #[foreign_key(on_delete = cascade, reverse = HEROES)]
    guild: Id<Guild>,
    #[one_to_one(on_delete = set_null, reverse = LEADS)]
    leads: Option<Id<Guild>>,
}

#[derive(Model, Clone, Debug)]
struct Quest {}

#[derive(Schema)]
struct Realm {
    guilds: Table<Guild>,
    heroes: Table<Hero>,
    quests: Table<Quest>,
}

fn guild(name: &str) -> Guild {
    Guild { name: name.into() }
}

fn hero(guild: Id<Guild>, gold: u32) -> Hero {
    Hero { gold, guild, leads: None }
}

type Fixture = (Store<Realm>, Vec<Id<Guild>>, Vec<Id<Hero>>, Vec<Id<Quest>>);

/// A realm with gaps in its tables and links of all kinds.
fn realm() -> Result<Fixture, Error> {
    let mut db = Store::new();
    let guilds = db.insert_many(["red", "blue", "green", "grey"].map(guild))?;
    let heroes = db.insert_many((0..12).map(|gold| hero(guilds[gold as usize % 4], gold)))?;
    let quests = db.insert_many((0..6).map(|_| Quest {}))?;
    for (place, &hero) in heroes.iter().enumerate() {
        db.set_links(hero, Hero::QUESTS, quests[place % 3..].iter().copied())?;
        db.link(hero, Hero::ALLIES, heroes[place / 2])?;
    }
    db.set(heroes[0], Hero::LEADS, Some(guilds[0]))?;
    db.delete(guilds[3])?;
    db.delete(quests[2])?;
    Ok((db, guilds, heroes, quests))
}

/// Writes of every kind.
fn turmoil(tx: &mut Store<Realm>, guilds: &[Id<Guild>], heroes: &[Id<Hero>], quests: &[Id<Quest>]) -> Outcome {
    let fresh = tx.insert(guild("fresh"))?;
    tx.insert_many((0..3).map(|gold| hero(fresh, gold)))?;
    tx.update(heroes[1], |hero| (hero.gold, hero.guild) = (99, fresh))?;
    tx.set(heroes[2], Hero::GOLD, 7)?;
    tx.set(heroes[4], Hero::GUILD, guilds[1])?;
    tx.replace(heroes[5], Hero::LEADS, guilds[0])?;
    tx.unlink(heroes[0], Hero::QUESTS, quests[1])?;
    tx.clear_links(heroes[6], Hero::ALLIES)?;
    tx.set_links(quests[4], Quest::HEROES, [heroes[8], heroes[0]])?;
    tx.update_many([guilds[0], guilds[1]], |_, guild| {
        guild.name = if guild.name == "red" { "blue" } else { "red" }.into();
    })?;
    tx.for_each_mut(Hero::GOLD, |gold| *gold += 1);
    tx.delete(guilds[2])?;
    tx.delete(heroes[0])?;
    tx.insert(hero(guilds[0], 1000))?;
    tx.set(guilds[1], Guild::NAME, "violet".into())
}

#[test]
fn a_transaction_that_answers_ok_keeps_its_work() -> Outcome {
    let (mut db, guilds, heroes, quests) = realm()?;
    db.transaction(|tx| turmoil(tx, &guilds, &heroes, &quests))?;
    assert_eq!(db[heroes[1]].gold, 100);
    sound(&db);
    Ok(())
}

#[test]
fn an_error_rolls_everything_back_orders_included() -> Outcome {
    let (mut db, guilds, heroes, quests) = realm()?;
    let before = dump(&db);
    let failed: Outcome = db.transaction(|tx| {
        turmoil(tx, &guilds, &heroes, &quests)?;
        sound(tx);
        give_up()
    });
    assert_eq!(failed.expect_err("given up").to_string(), "given up on purpose");
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}

#[test]
fn a_panic_rolls_everything_back() -> Outcome {
    let (mut db, guilds, heroes, quests) = realm()?;
    let before = dump(&db);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        db.transaction(|tx| -> Outcome {
            turmoil(tx, &guilds, &heroes, &quests)?;
            panic!("in the middle");
        })
    }));
    assert!(caught.is_err());
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}

#[test]
fn a_panic_in_an_inner_transaction_that_is_caught_undoes_only_that() -> Outcome {
    let mut db = Store::<Realm>::new();
    db.transaction(|tx| {
        tx.insert(guild("kept"))?;
        let caught = catch_unwind(AssertUnwindSafe(|| {
            tx.transaction(|tx| -> Outcome {
                tx.insert(guild("lost"))?;
                panic!("in the middle");
            })
        }));
        assert!(caught.is_err());
        tx.insert(guild("kept too"))?;
        Ok(())
    })?;
    assert_eq!(db.rows::<Guild>().map(|guild| guild.name.clone()).collect::<Vec<_>>(), ["kept", "kept too"]);
    sound(&db);
    Ok(())
}

#[test]
fn a_rollback_restores_the_next_ids_of_all_models() -> Outcome {
    let (mut db, guilds, heroes, quests) = realm()?;
    let next = |db: &mut Store<Realm>| -> Result<_, Error> {
        let guild_id = db.insert(guild("next"))?;
        Ok((guild_id, db.insert_many((0..5).map(|gold| hero(guild_id, gold)))?, db.insert(Quest {})?))
    };
    let expected = next(&mut db.clone())?;
    let failed: Outcome = db.transaction(|tx| {
        turmoil(tx, &guilds, &heroes, &quests)?;
        give_up()
    });
    assert!(failed.is_err());
    assert_eq!(next(&mut db)?, expected);
    sound(&db);
    Ok(())
}

#[test]
fn an_inner_error_undoes_only_the_inner_block() -> Outcome {
    let mut db = Store::<Realm>::new();
    db.transaction(|tx| {
        let outer = tx.insert(guild("outer"))?;
        let inner: Outcome = tx.transaction(|tx| {
            tx.insert(guild("inner"))?;
            tx.set(outer, Guild::NAME, "changed".into())?;
            give_up()
        });
        assert!(inner.is_err());
        assert_eq!((tx.len::<Guild>(), tx[outer].name.as_str()), (1, "outer"));
        Ok(())
    })?;
    assert_eq!(db.len::<Guild>(), 1);
    sound(&db);
    Ok(())
}

#[test]
fn an_outer_error_undoes_committed_inner_blocks() {
    let mut db = Store::<Realm>::new();
    let failed: Outcome = db.transaction(|tx| {
        tx.transaction(|tx| Ok(tx.insert(guild("inner"))?))?;
        give_up()
    });
    assert!(failed.is_err());
    assert!(db.is_empty::<Guild>());
    sound(&db);
}

#[test]
fn the_same_id_comes_again_after_a_rollback() -> Outcome {
    let mut db = Store::<Realm>::new();
    let mut first = None;
    let failed: Outcome = db.transaction(|tx| {
        first = Some(tx.insert(guild("one"))?);
        give_up()
    });
    assert!(failed.is_err());
    assert_eq!(Some(db.insert(guild("other"))?), first);
    sound(&db);
    Ok(())
}

#[test]
fn a_failed_statement_changes_nothing_and_leaves_the_transaction_usable() -> Outcome {
    let mut db = Store::<Realm>::new();
    db.transaction(|tx| {
        let red = tx.insert(guild("red"))?;
        let before = dump(tx);
        assert!(tx.insert(guild("red")).is_err());
        assert!(tx.insert(hero(Id::NULL, 1)).is_err());
        assert!(tx.insert_many([hero(red, 1), hero(Id::NULL, 2)]).is_err());
        assert_eq!(dump(tx), before);
        tx.insert(hero(red, 3))?;
        Ok(())
    })?;
    assert_eq!((db.len::<Guild>(), db.len::<Hero>()), (1, 1));
    sound(&db);
    Ok(())
}

#[test]
fn a_panic_in_an_update_closure_changes_nothing() -> Outcome {
    let mut db = Store::<Realm>::new();
    let red = db.insert(guild("red"))?;
    let caught = catch_unwind(AssertUnwindSafe(|| {
        db.update(red, |guild| {
            guild.name.clear();
            panic!("in the middle");
        })
    }));
    assert!(caught.is_err());
    assert_eq!(db[red].name, "red");
    sound(&db);
    Ok(())
}

#[test]
fn an_error_type_of_the_programs_own_comes_through() {
    #[derive(Debug, PartialEq)]
    enum Mine {
        TooPoor,
        Store,
    }
    impl From<Error> for Mine {
        fn from(_: Error) -> Self {
            Self::Store
        }
    }
    let mut db = Store::<Realm>::new();
    let poor: Result<(), Mine> = db.try_transaction(|_| Err(Mine::TooPoor));
    let store: Result<(), Mine> = db.try_transaction(|tx| Ok(tx.delete(Id::<Guild>::NULL).map(|_| ())?));
    assert_eq!((poor, store), (Err(Mine::TooPoor), Err(Mine::Store)));
    sound(&db);
}

/// What hooks have written, in order.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<&'static str>>>);

impl Notes {
    fn hook(&self, note: &'static str) -> impl FnOnce(&View<Realm>) -> Outcome + Send + Sync + 'static {
        let notes = Arc::clone(&self.0);
        move |_| {
            notes.lock().expect("no hook panics while it writes").push(note);
            Ok(())
        }
    }

    fn read(&self) -> Vec<&'static str> {
        self.0.lock().expect("no hook panics while it writes").clone()
    }
}

#[test]
fn hooks_run_after_the_outermost_commit_in_order_of_registration() -> Outcome {
    let (mut db, notes) = (Store::<Realm>::new(), Notes::default());
    db.transaction(|tx| {
        tx.on_commit(notes.hook("first"))?;
        tx.transaction(|tx| tx.on_commit(notes.hook("second")))?;
        tx.on_commit(notes.hook("third"))?;
        assert!(notes.read().is_empty());
        Ok(())
    })?;
    assert_eq!(notes.read(), ["first", "second", "third"]);
    sound(&db);
    Ok(())
}

#[test]
fn a_hook_sees_the_committed_store() -> Outcome {
    let mut db = Store::<Realm>::new();
    db.transaction(|tx| {
        tx.on_commit(|view| if view.len::<Guild>() == 1 { Ok(()) } else { give_up() })?;
        tx.insert(guild("red"))?;
        Ok(())
    })?;
    sound(&db);
    Ok(())
}

#[test]
fn hooks_of_a_rolled_back_inner_block_are_dropped_with_it() -> Outcome {
    let (mut db, notes) = (Store::<Realm>::new(), Notes::default());
    db.transaction(|tx| {
        tx.on_commit(notes.hook("outer"))?;
        let inner: Outcome = tx.transaction(|tx| {
            tx.on_commit(notes.hook("inner"))?;
            give_up()
        });
        assert!(inner.is_err());
        Ok(())
    })?;
    assert_eq!(notes.read(), ["outer"]);
    sound(&db);
    Ok(())
}

#[test]
fn outside_a_transaction_a_hook_runs_at_once() -> Outcome {
    let (mut db, notes) = (Store::<Realm>::new(), Notes::default());
    db.on_commit(notes.hook("now"))?;
    assert_eq!(notes.read(), ["now"]);
    assert!(matches!(db.on_commit(|_| give_up()), Err(Error::Hook(_))));
    sound(&db);
    Ok(())
}

#[test]
fn a_hook_that_fails_leaves_the_data_committed_and_stops_later_hooks() -> Outcome {
    let (mut db, notes) = (Store::<Realm>::new(), Notes::default());
    let failed = db.transaction(|tx| {
        tx.insert(guild("red"))?;
        tx.on_commit(notes.hook("first"))?;
        tx.on_commit(|_| give_up())?;
        tx.on_commit(notes.hook("third"))
    });
    assert!(matches!(failed, Err(Error::Hook(_))));
    assert_eq!((notes.read(), db.len::<Guild>()), (vec!["first"], 1));
    db.transaction(|_| Ok(()))?;
    assert_eq!(notes.read(), ["first"], "later hooks are forgotten, not kept for the next commit");
    sound(&db);
    Ok(())
}

#[test]
fn a_hook_that_panics_leaves_the_data_committed() -> Outcome {
    let mut db = Store::<Realm>::new();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        db.transaction(|tx| {
            tx.on_commit(|_| panic!("in the hook"))?;
            Ok(tx.insert(guild("red"))?)
        })
    }));
    assert!(caught.is_err());
    assert_eq!(db.len::<Guild>(), 1);
    db.transaction(|tx| Ok(tx.insert(guild("blue"))?))?;
    sound(&db);
    Ok(())
}

#[test]
fn a_rolled_back_transaction_runs_no_hooks() -> Outcome {
    let (mut db, notes) = (Store::<Realm>::new(), Notes::default());
    let failed: Outcome = db.transaction(|tx| {
        tx.on_commit(notes.hook("never"))?;
        give_up()
    });
    assert!(failed.is_err());
    db.transaction(|_| Ok(()))?;
    assert!(notes.read().is_empty());
    sound(&db);
    Ok(())
}

#[test]
fn a_failing_commit_runs_no_hooks_and_undoes_all() -> Outcome {
    let (mut db, notes) = (Store::<Realm>::new(), Notes::default());
    let failed = db.transaction(|tx| {
        tx.on_commit(notes.hook("never"))?;
        let reserved = tx.reserve::<Guild>()?;
        Ok(tx.insert(hero(reserved, 1))?)
    });
    assert!(matches!(failed, Err(Error::DanglingReferences(_))));
    db.transaction(|_| Ok(()))?;
    assert_eq!((notes.read().len(), db.len::<Hero>()), (0, 0));
    sound(&db);
    Ok(())
}

#[test]
fn a_clone_goes_its_own_way() -> Outcome {
    let (mut db, guilds, ..) = realm()?;
    let (copy, before) = (db.clone(), dump(&db));
    db.delete(guilds[0])?;
    db.insert(guild("new"))?;
    assert_eq!(dump(&copy), before);
    sound(&copy);
    sound(&db);
    Ok(())
}

#[test]
#[should_panic(expected = "has exchanged its store for another one")]
fn a_closure_that_exchanges_its_store_is_told() {
    let (mut db, mut other) = (Store::<Realm>::new(), Store::<Realm>::new());
    let _ = db.transaction(|tx| {
        std::mem::swap(tx, &mut other);
        Ok(())
    });
}
