//! Transactions of a hundred mixed steps: half of them moves, a quarter deletes, a quarter inserts.

use super::library::{Shape, census};
use crate::contestants::Transactions;
use crate::measure::Recorder;
use crate::shape::{Random, STEPS, TRANSACTION};

/// Books that one transaction touches, all different.
const BOOKS: usize = TRANSACTION / 4 * 3;

/// Places of books and authors, one transaction after the other.
pub struct Steps {
    books: Vec<usize>,
    authors: Vec<usize>,
    count: usize,
}

impl Steps {
    /// The steps of all transactions on a store of this size.
    pub fn new(size: usize) -> Self {
        let mut random = Random::new(3);
        let count = size.clamp(20_000, STEPS) / TRANSACTION;
        Self {
            books: random.shuffled(size),
            authors: (0..count * TRANSACTION).map(|_| random.below(size / crate::shape::FAN_OUT)).collect(),
            count,
        }
    }

    fn book(&self, transaction: usize, step: usize) -> usize {
        self.books[(transaction * BOOKS + step) % self.books.len()]
    }
}

fn work<L: Transactions>(
    db: &mut L,
    (shape, steps): (&Shape, &Steps),
    transaction: usize,
    authors: &[L::Author],
    books: &[L::Book],
    mut inserted: impl FnMut(usize, L::Book),
) {
    for quarter in 0..TRANSACTION / 4 {
        let at = |step: usize| steps.book(transaction, quarter * 3 + step);
        let author = |step: usize| authors[steps.authors[transaction * TRANSACTION + quarter * 4 + step]];
        db.set_author(books[at(0)], author(0));
        db.set_author(books[at(1)], author(1));
        db.delete_book(books[at(2)]);
        let book = shape.insert_late(db, (transaction * TRANSACTION + quarter) % shape.size(), authors);
        inserted(at(2), book);
    }
}

/// Runs the wanted workloads once, on one store.
pub fn run<L: Transactions>((shape, steps): (&Shape, &Steps), recorder: &mut Recorder<'_>) {
    let (mut db, authors, mut books) = shape.warm::<L>();
    if recorder.wants("rollback") && L::CAN_ROLL_BACK {
        let before = census(&mut db, &authors);
        recorder.measure("rollback", steps.count * TRANSACTION, || {
            for transaction in 0..steps.count {
                db.roll_back(|tx| work(tx, (shape, steps), transaction, &authors, &books, |_, _| {}));
            }
            0
        });
        let after = census(&mut db, &authors);
        assert_eq!(before, after, "a rollback leaves everything as it was");
        recorder.settle("rollback", after);
    }
    if recorder.wants("transaction") {
        let mut changed = Vec::with_capacity(TRANSACTION);
        recorder.measure("transaction", steps.count * TRANSACTION, || {
            for transaction in 0..steps.count {
                db.commit(|tx| {
                    work(tx, (shape, steps), transaction, &authors, &books, |place, book| changed.push((place, book)));
                });
                for (place, book) in changed.drain(..) {
                    books[place] = book;
                }
            }
            0
        });
        let answer = census(&mut db, &authors);
        recorder.settle("transaction", answer);
    }
}
