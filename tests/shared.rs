//! Readers and a writer on one shared store: no half-seen commit, no version that goes back.
#![cfg(feature = "shared")]

use std::sync::atomic::{AtomicBool, Ordering};

use relarena::SharedStore;
use relarena::prelude::*;

#[derive(Model, Clone)]
struct Account {
    balance: i64,
    owner: String,
}

#[derive(Schema)]
struct Bank {
    accounts: Table<Account>,
}

fn account(balance: i64) -> Account {
    Account { balance, owner: format!("owner of {balance}") }
}

fn bank() -> Result<(SharedStore<Bank>, Vec<Id<Account>>), Error> {
    let bank = SharedStore::<Bank>::default();
    let ids = bank.write(|tx| Ok(tx.insert_many((0..300).map(|_| account(100)))?))?;
    Ok((bank, ids))
}

#[test]
fn readers_see_whole_commits_and_versions_that_never_go_back() -> Result<(), Error> {
    let (bank, ids) = bank()?;
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let (mut last, mut reads) = (0, 0_u64);
                    while !is_over.load(Ordering::Relaxed) || reads < 100 {
                        let seen = bank.read();
                        assert!(seen.version() >= last, "a version went back");
                        last = seen.version();
                        let total: i64 = seen.rows::<Account>().map(|account| account.balance).sum();
                        assert_eq!(total, 30_000, "a commit was seen in half");
                        reads += 1;
                    }
                    reads
                })
            })
            .collect();
        for round in 0..2_000_usize {
            let (from, to) = (ids[round * 7 % 300], ids[round * 13 % 300]);
            let moved = bank.write(|tx| {
                tx.update(from, |account| account.balance -= 1)?;
                if round % 10 == 3 {
                    return Err(Error::other("changed my mind"));
                }
                tx.update(to, |account| account.balance += 1)
            });
            assert_eq!(moved.is_err(), round % 10 == 3);
        }
        is_over.store(true, Ordering::Relaxed);
        let reads: u64 = readers.into_iter().map(|reader| reader.join().expect("a reader finds no fault")).sum();
        assert!(reads >= 300);
    });
    assert_eq!(bank.read().version(), 1 + 1_800);
    assert_eq!(bank.into_store().audit(), []);
    Ok(())
}

#[test]
fn a_panic_in_a_write_publishes_nothing_and_blocks_nobody() -> Result<(), Error> {
    let (bank, ids) = bank()?;
    let before = bank.read().version();
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _: Result<(), Error> = bank.write(|tx| {
            tx.delete(ids[0])?;
            panic!("in the middle");
        });
    }));
    assert!(ended.is_err());
    assert_eq!((bank.read().version(), bank.read().len::<Account>()), (before, 300));
    bank.write(|tx| tx.delete(ids[0]))?;
    assert_eq!(bank.read().len::<Account>(), 299);
    Ok(())
}

#[test]
fn a_hook_that_fails_publishes_what_was_committed() -> Result<(), Error> {
    let (bank, ids) = bank()?;
    let ended = bank.write(|tx| {
        tx.delete(ids[0])?;
        tx.on_commit(|_| Err(Error::other("no network")))
    });
    assert!(matches!(ended, Err(Error::Hook(_))));
    assert_eq!(bank.read().len::<Account>(), 299);
    Ok(())
}

#[test]
fn a_reader_keeps_its_state_as_long_as_it_likes() -> Result<(), Error> {
    let (bank, ids) = bank()?;
    let seen = bank.read();
    bank.write(|tx| tx.delete_many(ids.iter().copied()))?;
    assert_eq!((seen.len::<Account>(), seen[ids[299]].owner.as_str()), (300, "owner of 100"));
    assert_eq!(seen.audit(), []);
    assert!(bank.read().is_empty::<Account>());
    Ok(())
}

#[test]
fn subscribers_get_every_commit_once_and_in_order_and_can_follow_it() -> Result<(), Error> {
    let (bank, ids) = bank()?;
    let subscription = bank.subscribe();
    let mut replica = subscription.start.to_store();
    std::thread::scope(|scope| {
        for writer in 0..3 {
            let (bank, ids) = (&bank, &ids);
            scope.spawn(move || {
                for round in 0..200_usize {
                    let id = ids[(round * 7 + writer) % 300];
                    let written = bank.write(|tx| {
                        tx.update(id, |account| account.balance += 1)?;
                        if round % 5 == 0 { Err(Error::other("changed my mind")) } else { Ok(()) }
                    });
                    assert_eq!(written.is_err(), round % 5 == 0);
                }
            });
        }
        for number in 1..=480 {
            let commit = subscription.commits.recv().expect("the bank is still there");
            assert_eq!(commit.version, subscription.start.version() + number);
            assert_eq!(commit.changes.len(), 1);
            replica.apply(&commit.changes).expect("commits come in their order");
        }
    });
    assert!(subscription.commits.try_recv().is_err(), "nothing else was committed");
    assert_eq!(replica.digest(), bank.read().digest());
    Ok(())
}

#[test]
fn a_subscription_ends_with_its_store_and_costs_nothing_once_it_is_dropped() -> Result<(), Error> {
    let (bank, ids) = bank()?;
    let (kept, dropped) = (bank.subscribe(), bank.subscribe());
    drop(dropped);
    bank.write(|tx| tx.set(ids[0], Account::BALANCE, 5))?;
    drop(bank.into_store());
    assert_eq!(kept.commits.iter().count(), 1);
    Ok(())
}
