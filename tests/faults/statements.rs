//! The statements and transactions that faults are injected into.

use relarena::prelude::*;
use relarena::query::count;
use relarena::{Condition, Has};

use crate::schema::{Bell, Clapper, Club, Membership, Owner, Pet, Toy, Tx, fragile, note_hook, nth, owner, spark};

pub(crate) type Statement = (&'static str, fn(&mut Tx) -> Result<(), Error>);

pub(crate) static STATEMENTS: &[Statement] = &[
    ("insert", |tx| tx.insert(owner(10)).map(drop).map_err(Error::from)),
    ("insert, refused", |tx| refused(tx.insert(owner(1)).map(drop).map_err(Error::from))),
    ("insert_many", |tx| tx.insert_many(sparkling([10, 11, 12].map(owner))).map(drop).map_err(Error::from)),
    ("insert_many, refused", |tx| refused(tx.insert_many([10, 11, 1, 12].map(owner)).map(drop).map_err(Error::from))),
    ("insert_many_or_update", |tx| {
        tx.insert_many_or_update(sparkling([10, 1, 2].map(owner)), |there, _| there.note.increase()).map(drop)
    }),
    ("insert_many_or_ignore", |tx| tx.insert_many_or_ignore(sparkling([10, 1, 2].map(owner))).map(drop)),
    ("get_or_insert", |tx| {
        let make = || {
            spark();
            owner(10)
        };
        tx.get_or_insert(Owner::NAME, &fragile(10), make).map(drop).map_err(Error::from)
    }),
    ("insert_many at once", |tx| tx.insert_many(sparkling(bells(nth(tx, 0)))).map(drop).map_err(Error::from)),
    ("insert_many at once, with two keys", |tx| {
        let (pet, keeper) = (nth::<Pet>(tx, 0), nth::<Owner>(tx, 1));
        let toys = (0..3).map(move |note| Toy { note: fragile(note), pet: Some(pet), keeper: Some(keeper) });
        tx.insert_many(sparkling(toys)).map(drop).map_err(Error::from)
    }),
    ("insert_many at once, refused", |tx| {
        let gone = dead_pet(tx)?;
        let rows = bells(nth(tx, 0)).into_iter().chain(bells(gone));
        refused(tx.insert_many(sparkling(rows)).map(drop).map_err(Error::from))
    }),
    ("insert_reserved", |tx| {
        tx.transaction(|tx| {
            let id = tx.reserve::<Owner>()?;
            tx.update(nth::<Pet>(tx, 0), |pet| pet.vet = Some(id))?;
            spark();
            tx.insert_reserved(id, owner(10)).map(drop).map_err(Error::from)
        })
    }),
    ("update_or_insert, updated", |tx| {
        let name = fragile(1);
        tx.update_or_insert(Owner::NAME, &name, |owner| owner.note.increase(), || owner(1)).map(drop)
    }),
    ("update_or_insert, inserted", |tx| {
        let (name, make) = (fragile(10), || {
            spark();
            owner(10)
        });
        tx.update_or_insert(Owner::NAME, &name, |_| {}, make).map(drop)
    }),
    ("update_matching", |tx| {
        let first = Condition::of(|owner: Row<'_, _, Owner>| {
            spark();
            owner.id().slot() < 3
        });
        tx.update_matching(first, |_, owner| owner.note.increase()).map(drop)
    }),
    ("delete_matching", |tx| {
        let note = fragile(3);
        tx.delete_matching(Toy::NOTE.eq(note)).map(drop)
    }),
    ("rehearse", |tx| refused(tx.rehearse(several).and_then(|()| Err::<(), _>(Error::other("it was a rehearsal"))))),
    ("try_transaction", |tx| tx.try_transaction(several)),
    ("insert_many by name", |tx| {
        let rows: [[(&str, Value); 2]; 2] = [10, 11].map(|name| [("name", name.into()), ("note", 0.into())]);
        tx.insert_many_by_name("Owner", sparkling(rows.iter().map(|row| &row[..]))).map(drop)
    }),
    ("link by name", |tx| {
        let (owner, club) = (tx.key_of(nth::<Owner>(tx, 3)), tx.key_of(nth::<Club>(tx, 1)));
        let level = [("level", Value::from(9))];
        let extra = |_| {
            spark();
            &level[..]
        };
        tx.link_by_name(owner, "clubs", &[club], extra).map(drop)
    }),
    ("set_links by name", |tx| {
        let club = tx.key_of(nth::<Club>(tx, 0));
        let owners: Vec<_> = tx.rows::<Owner>().ids().into_iter().skip(2).take(2).map(|id| tx.key_of(id)).collect();
        let level = [("level", Value::from(9))];
        let extra = |_| {
            spark();
            &level[..]
        };
        tx.set_links_by_name(club, "members", &owners, extra).map(drop)
    }),
    ("queries", |tx| {
        // They change nothing, and what a panic cuts short must not show in later ones either.
        let name = fragile(1);
        let by = tx.by(Owner::NAME, &name).map(|row| row.id());
        let noted = tx.rows_by(Owner::NOTE, &fragile(0)).count();
        let holds = Condition::of(|_: Row<'_, _, Owner>| {
            spark();
            true
        });
        let sorted = tx.query(holds).filter(Owner::NOTE.eq(fragile(0))).order_by(Owner::NOTE.asc()).ids();
        let groups = tx.all::<Owner>().group_by((Owner::NOTE,)).each((count(Owner::NAME),)).len();
        assert_eq!((by, noted, sorted.len(), groups), (Some(nth(tx, 1)), 6, 6, 1));
        Ok(())
    }),
    ("digest", |tx| {
        tx.digest();
        Ok(())
    }),
    ("insert by name", |tx| tx.insert_by_name("Owner", &[("name", 10.into()), ("note", 0.into())]).map(drop)),
    ("set by name", |tx| {
        let row = tx.key_of(nth::<Owner>(tx, 1));
        tx.set_by_name(row, &[("name", 10.into()), ("note", 5.into())])
    }),
    ("update", |tx| tx.update(nth::<Pet>(tx, 1), |pet| pet.number.increase()).map(drop)),
    ("update, refused", |tx| refused(tx.update(nth::<Owner>(tx, 0), |owner| owner.name.increase()))),
    ("update of keys", |tx| {
        let (pet, owner) = (nth::<Pet>(tx, 3), nth::<Owner>(tx, 3));
        tx.update(pet, |pet| {
            (pet.owner, pet.vet, pet.favourite) = (owner, None, Some(owner));
            spark();
        })
    }),
    ("update_many", |tx| {
        let owners = sparkling(tx.rows::<Owner>().ids());
        tx.update_many(owners, |_, owner| owner.name.increase())
    }),
    ("update_many, refused", |tx| {
        let owners = tx.rows::<Owner>().ids().into_iter().take(3);
        refused(tx.update_many(owners, |_, owner| owner.name.increase()))
    }),
    ("set of a plain field", |tx| tx.set(nth::<Toy>(tx, 0), Toy::NOTE, fragile(9))),
    ("set of an indexed field", |tx| tx.set(nth::<Owner>(tx, 1), Owner::NOTE, fragile(9))),
    ("update_many of indexed fields", |tx| {
        let owners = sparkling(tx.rows::<Owner>().ids());
        tx.update_many(owners, |_, owner| owner.note.increase())
    }),
    ("set of a plain key", |tx| tx.set(nth::<Toy>(tx, 0), Toy::PET, None)),
    ("set of a unique field", |tx| tx.set(nth::<Owner>(tx, 0), Owner::NAME, fragile(9))),
    ("set of a key with rules", |tx| tx.set(nth::<Pet>(tx, 0), Pet::VET, Some(nth::<Owner>(tx, 0)))),
    ("replace", |tx| tx.replace(nth::<Pet>(tx, 0), Pet::FAVOURITE, nth(tx, 1)).map(drop)),
    ("swap", |tx| tx.swap(nth::<Pet>(tx, 0), Pet::FAVOURITE, nth(tx, 1)).map(drop)),
    ("delete of a row alone", |tx| tx.delete(nth::<Toy>(tx, 0)).map(drop)),
    ("delete with what goes along", |tx| tx.delete(nth::<Bell>(tx, 0)).map(drop)),
    ("delete_many with what goes along", |tx| tx.delete_many(sparkling(tx.rows::<Bell>().ids())).map(drop)),
    ("delete with rewritten keys", |tx| tx.delete(nth::<Owner>(tx, 0)).map(drop)),
    ("delete_many", |tx| tx.delete_many(sparkling(tx.rows::<Owner>().ids().into_iter().take(3))).map(drop)),
    ("delete_where", |tx| {
        let is_one = |pet: Row<'_, _, Pet>| {
            spark();
            pet.is_tame
        };
        tx.delete_where::<Pet>(is_one).map(drop)
    }),
    ("set_links", |tx| {
        let friends = tx.rows::<Owner>().ids().into_iter().skip(1);
        tx.set_links(nth::<Owner>(tx, 0), Owner::FRIENDS, sparkling(friends)).map(drop)
    }),
    ("link_many", |tx| {
        let friends = tx.rows::<Owner>().ids();
        tx.link_many(nth::<Owner>(tx, 1), Owner::FRIENDS, sparkling(friends)).map(drop)
    }),
    ("unlink and link", |tx| {
        tx.transaction(|tx| {
            tx.unlink(nth::<Owner>(tx, 0), Owner::FRIENDS, nth::<Owner>(tx, 1))?;
            spark();
            tx.link(nth::<Owner>(tx, 1), Owner::FRIENDS, nth::<Owner>(tx, 4)).map(drop)
        })
    }),
    ("link_with", |tx| {
        let make = |owner, club| {
            spark();
            Membership { level: fragile(7), owner, club }
        };
        tx.link_with(nth::<Owner>(tx, 3), Owner::CLUBS, nth(tx, 0), make).map(drop)
    }),
    ("set_links_with", |tx| set_members(tx, [7, 8]).map(drop)),
    ("set_links_with, refused", |tx| refused(set_members(tx, [7, 2]))),
    ("clear_links of a through model", |tx| tx.clear_links(nth::<Club>(tx, 0), Club::MEMBERS).map(drop)),
    ("transaction, committed", |tx| tx.transaction(several)),
    ("transaction, rolled back", |tx| {
        refused(tx.transaction(|tx| {
            several(tx)?;
            spark();
            Err::<(), _>(Error::other("changed my mind"))
        }))
    }),
    ("transaction with hooks", |tx| {
        tx.transaction(|tx| {
            several(tx)?;
            for _ in 0..2 {
                tx.on_commit(|_| {
                    spark();
                    note_hook();
                    Ok(())
                })?;
            }
            Ok(())
        })
    }),
    ("transaction with changes", |tx| tx.transaction_changes(several).map(drop)),
    ("apply", |tx| {
        let ((), changes) = tx.clone().transaction_changes(several)?;
        tx.apply(&changes)
    }),
    ("apply of changes there and back", |tx| {
        let ((), there) = tx.clone().transaction_changes(several)?;
        tx.transaction(|tx| {
            tx.apply(&there)?;
            tx.apply(&there.clone().inverse().then(&there).then(&there.inverse()))
        })
    }),
    ("nested transactions", |tx| {
        tx.transaction(|tx| {
            refused(tx.transaction(|tx| {
                several(tx)?;
                Err::<(), _>(Error::other("changed my mind"))
            }))?;
            tx.transaction(several)?;
            spark();
            Ok(())
        })
    }),
];

/// The same for a crowd, whose next row splits a shard of each of its hash indexes.
pub(crate) static SPLITS: &[Statement] = &[
    ("insert, split", |tx| tx.insert(owner(10)).map(drop).map_err(Error::from)),
    ("insert_many, split", |tx| tx.insert_many(sparkling([10, 11, 12].map(owner))).map(drop).map_err(Error::from)),
    ("insert by name, split", |tx| tx.insert_by_name("Owner", &[("name", 10.into()), ("note", 0.into())]).map(drop)),
];

/// Several statements of different kinds.
fn several(tx: &mut Tx) -> Result<(), Error> {
    tx.set(nth::<Toy>(tx, 1), Toy::NOTE, fragile(9))?;
    tx.for_each_mut(Toy::NOTE, crate::schema::Fragile::increase);
    tx.update(nth::<Pet>(tx, 1), |pet| pet.number.increase())?;
    let reserved = tx.reserve::<Owner>()?;
    tx.set(nth::<Toy>(tx, 2), Toy::KEEPER, Some(reserved))?;
    tx.insert_reserved(reserved, owner(20))?;
    tx.delete(nth::<Owner>(tx, 0))?;
    tx.delete(nth::<Toy>(tx, 0))?;
    Ok(())
}

/// Unlinks a club from its first member and links it with two others, who get these levels.
fn set_members(tx: &mut Tx, levels: [u16; 2]) -> Result<relarena::LinkChanges, Error> {
    let (club, mut levels) = (nth::<Club>(tx, 0), levels.into_iter());
    let members = tx.rows::<Owner>().ids().into_iter().skip(1).take(4).rev();
    tx.set_links_with(club, Club::MEMBERS, sparkling(members), |owner, club| {
        spark();
        Membership { level: fragile(levels.next().expect("two are new")), owner, club }
    })
}

fn bells(pet: Id<Pet>) -> [Bell; 3] {
    [5, 6, 7].map(|note| Bell { note: fragile(note), pet })
}

/// The id of a pet that is not there any more.
fn dead_pet(tx: &mut Tx) -> Result<Id<Pet>, Error> {
    let mut copy = tx.clone();
    let pet = nth::<Pet>(&copy, 0);
    copy.delete(pet)?;
    Ok(copy.next_id::<Pet>())
}

/// What ought to fail; the state is then as before.
fn refused<R>(result: Result<R, Error>) -> Result<(), Error> {
    match result.map(drop) {
        Err(_) => Ok(()),
        Ok(()) => Err(Error::other("the call ought to be refused")),
    }
}

/// An iterator that may panic at each step.
fn sparkling<T>(items: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    items.into_iter().inspect(|_| spark())
}

/// How many values of the fragile type the rows hold.
pub(crate) fn values_in_rows(tx: &Tx) -> usize {
    fn rows<M: Model>(tx: &Tx) -> usize
    where
        crate::schema::Home: Has<M>,
    {
        tx.len::<M>()
    }
    2 * rows::<Owner>(tx)
        + rows::<Pet>(tx)
        + rows::<Toy>(tx)
        + rows::<Bell>(tx)
        + rows::<Clapper>(tx)
        + rows::<Club>(tx)
        + rows::<Membership>(tx)
}
