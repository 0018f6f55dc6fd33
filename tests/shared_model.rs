//! The publication protocol of `SharedStore`, run under many schedules by `shuttle`.
//!
//! The file under test is `src/shared.rs` itself, word for word. Its names lead to stand-ins here: a mutex that the
//! scheduler knows; a cell that loads and stores in one step each, which is what `arc-swap` promises and no scheduler
//! can see into; and a store of two numbers that every commit keeps equal.
#![cfg(feature = "shared")]

// In `src/shared.rs` the names of the two crates mean this file.
extern crate self as arc_swap;
extern crate self as parking_lot;

#[expect(dead_code, unreachable_pub, reason = "it is the library's file, and not all of it is tried here")]
#[path = "../src/shared.rs"]
mod shared;

mod error {
    pub(crate) use relarena::Error;
}

#[expect(unreachable_pub, reason = "the library's file names it in public places")]
mod table {
    pub trait Schema {}
}

#[expect(unreachable_pub, reason = "the library's file names it in public places")]
mod changes {
    /// What the numbers are after a commit.
    pub struct Changes<S> {
        pub(crate) after: u32,
        pub(crate) schema: std::marker::PhantomData<S>,
    }
}

#[expect(unreachable_pub, reason = "the library's file names them in public places")]
mod store {
    use std::marker::PhantomData;

    use crate::changes::Changes;
    use crate::error::Error;
    use crate::table::Schema;

    /// Its invariant: outside a transaction the two are equal.
    pub struct Store<S> {
        pub(crate) one: u32,
        pub(crate) other: u32,
        schema: PhantomData<S>,
    }

    pub struct Snapshot<S>(Store<S>);

    impl<S> std::ops::Deref for Snapshot<S> {
        type Target = Store<S>;

        fn deref(&self) -> &Store<S> {
            &self.0
        }
    }

    impl<S: Schema> Store<S> {
        pub(crate) fn new() -> Self {
            Self { one: 0, other: 0, schema: PhantomData }
        }

        fn copy(&self) -> Self {
            Self { one: self.one, other: self.other, schema: PhantomData }
        }

        #[expect(clippy::unnecessary_wraps, reason = "the library's can fail inside a transaction")]
        pub(crate) fn snapshot(&mut self) -> Result<Snapshot<S>, Error> {
            Ok(Snapshot(self.copy()))
        }

        pub(crate) fn transaction<R>(&mut self, work: impl FnOnce(&mut Self) -> Result<R, Error>) -> Result<R, Error> {
            let before = self.copy();
            let answer = work(self);
            if answer.is_err() {
                *self = before;
            }
            answer
        }

        pub(crate) fn watched_transaction<R>(
            &mut self,
            work: impl FnOnce(&mut Self) -> Result<R, Error>,
        ) -> (Result<R, Error>, Changes<S>) {
            let answer = self.transaction(work);
            (answer, Changes { after: self.one, schema: PhantomData })
        }
    }
}

/// As `parking_lot`'s: no poison.
struct Mutex<T>(shuttle::sync::Mutex<T>);

impl<T> Mutex<T> {
    fn new(value: T) -> Self {
        Self(shuttle::sync::Mutex::new(value))
    }

    fn lock(&self) -> shuttle::sync::MutexGuard<'_, T> {
        self.0.lock().expect("no thread of these tests panics under the lock")
    }

    fn into_inner(self) -> T {
        self.0.into_inner().expect("no thread of these tests panics under the lock")
    }
}

/// As `arc-swap`'s: loads and stores are one step each and wait for nobody. Other threads may run before and after; the
/// lock inside is never waited for, since no thread is switched while it is held.
struct ArcSwap<T>(std::sync::Mutex<Arc<T>>);

impl<T> ArcSwap<T> {
    fn from_pointee(value: T) -> Self {
        Self(std::sync::Mutex::new(Arc::new(value)))
    }

    fn in_one_step<R>(&self, step: impl FnOnce(&mut Arc<T>) -> R) -> R {
        thread::yield_now();
        let done = step(&mut self.0.try_lock().expect("no thread is switched inside a step"));
        thread::yield_now();
        done
    }

    fn load_full(&self) -> Arc<T> {
        self.in_one_step(|kept| Arc::clone(kept))
    }

    fn store(&self, value: Arc<T>) {
        self.in_one_step(|kept| *kept = value);
    }
}

use std::sync::Arc;

use relarena::Error;
use shuttle::sync::mpsc::channel;
use shuttle::thread;

use shared::SharedStore;
use store::Store;

struct Pair;

impl table::Schema for Pair {}

/// Schedules that each property is tried under.
const SCHEDULES: usize = 3_000;

/// Half at random, half with few switches at chosen places, which reaches deeper.
fn under_many_schedules(check: fn()) {
    shuttle::check_random(check, SCHEDULES / 2);
    shuttle::check_pct(check, SCHEDULES / 2, 3);
}

/// Adds one to both numbers; others may run between.
fn count(tx: &mut Store<Pair>) -> u32 {
    tx.one += 1;
    thread::yield_now();
    tx.other += 1;
    tx.other
}

fn commit(shared: &SharedStore<Pair>) -> u32 {
    shared.write(|tx| Ok(count(tx))).expect("counting does not fail")
}

fn spawn(shared: &Arc<SharedStore<Pair>>, work: fn(&SharedStore<Pair>)) -> thread::JoinHandle<()> {
    let shared = Arc::clone(shared);
    thread::spawn(move || work(&shared))
}

fn write_twice(shared: &SharedStore<Pair>) {
    commit(shared);
    let failed: Result<(), Error> = shared.write(|tx| {
        tx.one = count(tx) + 1;
        Err(Error::other("changed my mind"))
    });
    assert!(failed.is_err());
    commit(shared);
}

#[test]
fn a_reader_sees_whole_commits_only() {
    under_many_schedules(|| {
        let shared = Arc::new(SharedStore::<Pair>::default());
        let writers = [spawn(&shared, write_twice), spawn(&shared, write_twice)];
        for _ in 0..4 {
            let seen = shared.read();
            assert_eq!(seen.one, seen.other, "a commit is seen in half");
            assert_eq!(u64::from(seen.one), seen.version(), "a version names another state");
        }
        for writer in writers {
            writer.join().expect("a writer finds no fault");
        }
        let last = shared.read();
        assert_eq!((last.one, last.other, last.version()), (4, 4, 4), "the last commit is not published");
    });
}

#[test]
fn versions_never_go_back_for_a_reader() {
    under_many_schedules(|| {
        let shared = Arc::new(SharedStore::<Pair>::default());
        let writers = [spawn(&shared, write_twice), spawn(&shared, write_twice)];
        let mut last = 0;
        for _ in 0..6 {
            let version = shared.read().version();
            assert!(version >= last, "version {version} after {last}");
            last = version;
        }
        for writer in writers {
            writer.join().expect("a writer finds no fault");
        }
    });
}

#[test]
fn a_writer_reads_its_own_commit() {
    under_many_schedules(|| {
        let shared = Arc::new(SharedStore::<Pair>::default());
        let other = spawn(&shared, write_twice);
        let written = commit(&shared);
        assert!(shared.read().one >= written);
        other.join().expect("a writer finds no fault");
    });
}

/// A wait of either for the other would be a deadlock here, which the scheduler reports.
#[test]
fn neither_readers_nor_writers_wait_for_each_other() {
    under_many_schedules(|| {
        let shared = Arc::new(SharedStore::<Pair>::default());
        let ((ask, asked), (tell, told)) = (channel(), channel());
        let reader = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let seen = shared.read();
                // Keeps what it has seen until a whole write has gone by, and reads in the middle of another.
                let mid_write = asked.recv().expect("the writer asks");
                tell.send(shared.read().one).expect("the writer listens");
                assert_eq!((seen.one, mid_write), (seen.other, "in the middle"));
            })
        };
        commit(&shared);
        let answer = shared.write(|tx| {
            count(tx);
            ask.send("in the middle").expect("the reader listens");
            Ok(told.recv().expect("the reader answers"))
        });
        assert_eq!(answer.expect("counting does not fail"), 1, "what is not committed is seen");
        reader.join().expect("a reader finds no fault");
    });
}

#[test]
fn subscribers_get_each_commit_once_in_order_and_after_it_was_published() {
    under_many_schedules(|| {
        let shared = Arc::new(SharedStore::<Pair>::default());
        let writers: Vec<_> = (0..2)
            .map(|_| {
                spawn(&shared, |shared| {
                    commit(shared);
                })
            })
            .collect();
        let subscription = shared.subscribe();
        commit(&shared);
        let mut version = subscription.start.version();
        assert_eq!(subscription.start.one, u32::try_from(version).expect("few commits"), "the start is a whole commit");
        for commit in subscription.commits.try_iter() {
            version += 1;
            assert_eq!((commit.version, u64::from(commit.changes.after)), (version, version));
            assert!(shared.read().version() >= commit.version, "told before it was published");
        }
        for writer in writers {
            writer.join().expect("a writer does not panic");
        }
        assert_eq!(subscription.commits.try_iter().count() as u64, 3 - version);
    });
}
