//! One writer, any number of readers, no waiting between them: the one file that knows locks.
//!
//! Writers take turns at a mutex. Each commit publishes a snapshot, which shares its pages with the writer's store; a reader
//! takes the latest with one atomic load and keeps it as long as it likes. Rejected: a read-write lock, under which
//! readers of a busy store wait for its writer.

use core::ops::Deref;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::vec::Vec;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use crate::changes::Changes;
use crate::error::Error;
use crate::store::{Snapshot, Store};
use crate::table::Schema;

/// A store that threads share: one writes at a time, and all read what was committed last.
///
/// ```
/// use relarena::prelude::*;
/// use relarena::SharedStore;
///
/// #[derive(Model, Clone)]
/// struct Account { balance: i64 }
/// #[derive(Schema)]
/// struct Bank { accounts: Table<Account> }
///
/// let bank = SharedStore::<Bank>::default();
/// let account = bank.write(|tx| Ok(tx.insert(Account { balance: 5 })?))?;
/// let seen = bank.read();
/// std::thread::scope(|scope| {
///     scope.spawn(|| bank.write(|tx| tx.set(account, Account::BALANCE, 7)));
/// });
/// assert_eq!((seen[account].balance, bank.read()[account].balance), (5, 7));
/// assert!(bank.read().version() > seen.version());
/// # Ok::<(), Error>(())
/// ```
pub struct SharedStore<S: Schema> {
    writer: Mutex<Writer<S>>,
    published: ArcSwap<Published<S>>,
}

struct Writer<S> {
    store: Store<S>,
    version: u64,
    subscribers: Vec<Sender<Arc<Commit<S>>>>,
}

/// What one commit changed, as subscribers get it.
pub struct Commit<S> {
    /// The version of the state after it.
    pub version: u64,
    /// What it changed.
    pub changes: Changes<S>,
}

/// The state at which a subscription begins, and all commits after it.
pub struct Subscription<S> {
    /// The state that the first commit begins with.
    pub start: Arc<Published<S>>,
    /// The commits in their order, each once; it ends when the shared store does.
    pub commits: Receiver<Arc<Commit<S>>>,
}

/// A committed state, and how many commits came before it.
pub struct Published<S> {
    snapshot: Snapshot<S>,
    version: u64,
}

impl<S: Schema> SharedStore<S> {
    /// Shares a store. O(pages).
    ///
    /// # Errors
    ///
    /// [`Error::InsideTransaction`], if the store is moved out of a transaction's closure.
    pub fn new(mut store: Store<S>) -> Result<Self, Error> {
        let published = Published { snapshot: store.snapshot()?, version: 0 };
        let writer = Mutex::new(Writer { store, version: 0, subscribers: Vec::new() });
        Ok(Self { writer, published: ArcSwap::from_pointee(published) })
    }

    /// Runs `work` as one transaction and publishes the state after it. Waits for other writers, never for readers.
    /// O(1) plus the work and the store's pages.
    ///
    /// Do not call it inside `work`: the writer would wait for itself. `work` gets the store and can nest transactions.
    ///
    /// # Errors
    ///
    /// As [`Store::transaction`]; nothing is published then, unless an `on_commit` hook failed after the commit.
    pub fn write<R>(&self, work: impl FnOnce(&mut Store<S>) -> Result<R, Error>) -> Result<R, Error> {
        let mut writer = self.writer.lock();
        let (answer, changes) = if writer.subscribers.is_empty() {
            (writer.store.transaction(work), None)
        } else {
            let (answer, changes) = writer.store.watched_transaction(work);
            (answer, Some(changes))
        };
        if matches!(answer, Ok(_) | Err(Error::Hook(_))) {
            writer.version += 1;
            let version = writer.version;
            self.published.store(Arc::new(Published { snapshot: writer.store.snapshot()?, version }));
            if let Some(changes) = changes {
                writer.deliver(Commit { version, changes });
            }
        }
        answer
    }

    /// From now on each commit tells what it changed, through a channel without a bound: after it is published, and in
    /// the order of commits. Waits for the writer. O(1); each commit then costs its changes too, until no subscription is
    /// left.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # use relarena::SharedStore;
    /// # #[derive(Model, Clone)] struct Account { balance: i64 }
    /// # #[derive(Schema)] struct Bank { accounts: Table<Account> }
    /// let bank = SharedStore::<Bank>::default();
    /// let subscription = bank.subscribe();
    /// let account = bank.write(|tx| Ok(tx.insert(Account { balance: 5 })?))?;
    /// let commit = subscription.commits.recv().expect("the bank is still there");
    /// assert_eq!(commit.version, subscription.start.version() + 1);
    /// assert_eq!(commit.changes.of::<Account>().map(|row| row.id()).collect::<Vec<_>>(), [account]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn subscribe(&self) -> Subscription<S> {
        let (sender, commits) = channel();
        let mut writer = self.writer.lock();
        writer.subscribers.push(sender);
        Subscription { start: self.read(), commits }
    }

    /// The state committed last. Never waits, and makes no writer wait. O(1).
    pub fn read(&self) -> Arc<Published<S>> {
        self.published.load_full()
    }

    /// The store itself, once nobody shares it any more. O(1).
    pub fn into_store(self) -> Store<S> {
        self.writer.into_inner().store
    }
}

impl<S: Schema> Default for SharedStore<S> {
    fn default() -> Self {
        Self::new(Store::new()).expect("no transaction is open on a new store")
    }
}

impl<S> Writer<S> {
    /// Tells all subscribers, and forgets those that are gone.
    fn deliver(&mut self, commit: Commit<S>) {
        let commit = Arc::new(commit);
        self.subscribers.retain(|subscriber| subscriber.send(Arc::clone(&commit)).is_ok());
    }
}

impl<S> Published<S> {
    /// How many commits came before this state. O(1).
    pub fn version(&self) -> u64 {
        self.version
    }
}

impl<S> Deref for Published<S> {
    type Target = Snapshot<S>;

    fn deref(&self) -> &Snapshot<S> {
        &self.snapshot
    }
}
