//! Transactions: closures that nest, roll back on errors and panics, and run hooks when the outermost has committed.

use alloc::boxed::Box;

use super::Store;
use crate::error::Error;
use crate::table::Schema;
use crate::view::View;

impl<S: Schema> Store<S> {
    /// Runs `work` as one transaction: if it answers an error or panics, everything is as if it had never run, next ids
    /// and orders included.
    ///
    /// Inside another transaction it is a savepoint. A statement that fails inside changes nothing and leaves the
    /// transaction usable. O(1) plus the work; a rollback costs as much as the changes it undoes.
    ///
    /// # Errors
    ///
    /// What `work` answers; [`Error::DanglingReferences`] if the outermost transaction would leave a reference to a row
    /// that does not exist (everything is undone then); [`Error::Hook`] if an `on_commit` hook fails (nothing is undone).
    ///
    /// # Panics
    ///
    /// If `work` puts another store in the place of this one (`core::mem::swap`).
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Author { name: String }
    /// # #[derive(Schema)] struct Library { authors: Table<Author> }
    /// let mut db = Store::<Library>::new();
    /// let failed: Result<(), Error> = db.transaction(|tx| {
    ///     tx.insert(Author { name: "Lem".into() })?;
    ///     Err(Error::other("changed my mind"))
    /// });
    /// assert!(failed.is_err());
    /// assert_eq!(db.len::<Author>(), 0);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn transaction<R>(&mut self, work: impl FnOnce(&mut Self) -> Result<R, Error>) -> Result<R, Error> {
        self.try_transaction(work)
    }

    /// [`transaction`](Self::transaction) for closures with an error type of their own.
    ///
    /// # Errors
    ///
    /// As `transaction`.
    pub fn try_transaction<R, E: From<Error>>(&mut self, work: impl FnOnce(&mut Self) -> Result<R, E>) -> Result<R, E> {
        let scope = Scope::open(self);
        match work(scope.transaction) {
            Ok(answer) => {
                scope.commit()?;
                Ok(answer)
            }
            Err(error) => {
                scope.rollback();
                Err(error)
            }
        }
    }

    /// Runs `work` as one transaction, answers what it answers, and rolls everything back: a rehearsal, a look ahead, a
    /// move tried and taken back. Hooks registered in it never run. O(1) plus the work and its undoing.
    ///
    /// # Errors
    ///
    /// What `work` answers. References that dangle at its end are no error, since nothing is committed.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Piece { square: u8 }
    /// # #[derive(Schema)] struct Board { pieces: Table<Piece> }
    /// let mut db = Store::<Board>::new();
    /// let rook = db.insert(Piece { square: 3 })?;
    /// let seen = db.rehearse(|tx| {
    ///     tx.set(rook, Piece::SQUARE, 7)?;
    ///     Ok(tx[rook].square)
    /// })?;
    /// assert_eq!((seen, db[rook].square), (7, 3));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn rehearse<R>(&mut self, work: impl FnOnce(&mut Self) -> Result<R, Error>) -> Result<R, Error> {
        let scope = Scope::open(self);
        let answer = work(scope.transaction);
        scope.rollback();
        answer
    }

    /// Runs `hook` after the outermost transaction has committed, after the hooks registered before; at once if none is
    /// open. A hook registered in an inner transaction that is rolled back is dropped with it (Django's `on_commit`).
    /// O(1).
    ///
    /// # Errors
    ///
    /// Outside a transaction what the hook answers, as [`Error::Hook`]. Inside, the outermost `transaction` answers it;
    /// the data is committed then, and later hooks do not run.
    pub fn on_commit(
        &mut self,
        hook: impl FnOnce(&View<S>) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Result<(), Error> {
        if self.view.engine.in_transaction() {
            self.hooks.push(Box::new(hook));
            return Ok(());
        }
        hook(&self.view).map_err(|error| Error::Hook(Box::new(error)))
    }

    /// Ends a statement: what it left to be dropped is dropped, now that the store is whole.
    pub(crate) fn finish(&mut self) {
        self.view.engine.finish_statement(&mut self.view.tables);
    }

    /// Ends a statement that leaves nothing to be dropped. O(1) while history is off.
    #[inline]
    pub(crate) fn end_statement(&mut self) {
        if self.view.engine.journal.keeps() {
            self.finish();
        }
    }

    /// Undoes the innermost transaction. Drops no row: that is user code, and the caller may be unwinding.
    fn undo_innermost(&mut self) {
        self.view.engine.rollback(&mut self.view.tables);
        self.drop_hooks();
    }

    fn drop_hooks(&mut self) {
        let mark = self.hook_marks.pop().expect("a transaction that ends has marked its hooks");
        self.hooks.truncate(mark);
    }
}

/// An open transaction: rolled back when dropped, unless it was committed. Drops run while a panic unwinds, too.
pub(crate) struct Scope<'t, S: Schema> {
    pub(crate) transaction: &'t mut Store<S>,
    /// How many transactions are open with this one.
    depth: usize,
    is_open: bool,
}

impl<'t, S: Schema> Scope<'t, S> {
    pub(crate) fn open(transaction: &'t mut Store<S>) -> Self {
        transaction.view.engine.begin();
        transaction.hook_marks.push(transaction.hooks.len());
        let depth = transaction.view.engine.journal.depth();
        Self { transaction, depth, is_open: true }
    }

    /// A closure could put another store in the place of its own; neither must be taken for the other.
    fn close(&mut self) {
        self.is_open = false;
        assert!(
            self.is_own(),
            "a transaction's closure has exchanged its store for another one; the transaction is lost"
        );
    }

    fn is_own(&self) -> bool {
        self.transaction.view.engine.journal.depth() == self.depth
    }

    pub(crate) fn commit(mut self) -> Result<(), Error> {
        self.close();
        let transaction = &mut *self.transaction;
        if let Err(error) = transaction.view.engine.commit(&mut transaction.view.tables) {
            transaction.drop_hooks();
            transaction.finish();
            return Err(error);
        }
        transaction.hook_marks.pop();
        if transaction.view.engine.in_transaction() {
            return Ok(());
        }
        // Taken before any row is dropped: a `Drop` that panics must not leave them to a later transaction.
        let hooks = core::mem::take(&mut transaction.hooks);
        transaction.finish();
        for hook in hooks {
            hook(&transaction.view).map_err(|error| Error::Hook(Box::new(error)))?;
        }
        Ok(())
    }

    pub(crate) fn rollback(mut self) {
        self.close();
        self.transaction.undo_innermost();
        self.transaction.finish();
    }
}

impl<S: Schema> Drop for Scope<'_, S> {
    fn drop(&mut self) {
        if self.is_open && self.is_own() {
            self.transaction.undo_innermost();
        }
    }
}
