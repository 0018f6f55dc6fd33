//! Going back and branching, beside a deep clone: the cost ought to follow the change, not the store.

use criterion::{BatchSize, BenchmarkId, Criterion};
use relarena::prelude::*;

use crate::shapes::{self, Author, Book, Library, Random};

const SIZES: [usize; 2] = [1_000, 1_000_000];
/// Changes between a mark and going back to it.
const EDITS: usize = 100;

fn edit(db: &mut Store<Library>, authors: &[Id<Author>], books: &[Id<Book>], random: &mut Random) {
    for number in 0..EDITS {
        let (book, author) = (books[random.below(books.len())], authors[random.below(authors.len())]);
        match number % 3 {
            0 => db.set(book, Book::AUTHOR, author),
            1 => db.update(book, |book| book.pages += 1),
            _ => db.insert(shapes::book(number, author)).map(drop).map_err(Error::from),
        }
        .expect("the edits break no rule");
    }
}

/// A store on which history was used and is switched off again: it ought to be as fast as one that never had any.
fn with_history_over(db: &mut Store<Library>, book: Id<Book>) {
    db.record_undo(1 << 20).expect("no transaction is open");
    let checkpoint = db.checkpoint().expect("no transaction is open");
    db.update(book, |book| book.pages += 1).expect("the book is there");
    db.rewind(checkpoint).expect("the checkpoint was taken just now");
    db.forget(checkpoint).expect("the checkpoint is the store's own");
    db.stop_undo().expect("no transaction is open");
    assert_eq!(db.history_bytes(), 0);
}

/// Everyday operations on stores without history, of which one has had some.
fn without_history(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("time/everyday");
    for size in shapes::SIZES {
        for past in ["never_had_history", "history_switched_off"] {
            let (mut db, authors, books) = shapes::library(size);
            if past == "history_switched_off" {
                with_history_over(&mut db, books[0]);
            }
            let mut random = Random::new();
            group.bench_function(BenchmarkId::new(format!("read/{size}"), past), |bencher| {
                bencher.iter(|| db.follow(books[random.below(size)], Book::AUTHOR).score);
            });
            group.bench_function(BenchmarkId::new(format!("update/{size}"), past), |bencher| {
                bencher.iter(|| db.update(books[random.below(size)], |book| book.pages ^= 1));
            });
            group.bench_function(BenchmarkId::new(format!("reparent/{size}"), past), |bencher| {
                bencher.iter(|| {
                    let (book, author) = (books[random.below(size)], authors[random.below(authors.len())]);
                    db.set(book, Book::AUTHOR, author)
                });
            });
            group.bench_function(BenchmarkId::new(format!("insert_delete/{size}"), past), |bencher| {
                bencher.iter(|| {
                    let book =
                        db.insert(shapes::book(0, authors[random.below(authors.len())])).expect("it has an author");
                    db.delete(book)
                });
            });
            assert_eq!((db.len::<Book>(), db.history_bytes()), (size, 0));
        }
    }
    group.finish();
}

pub(crate) fn benches(criterion: &mut Criterion) {
    without_history(criterion);
    let mut group = criterion.benchmark_group("time");
    group.sample_size(10);
    for size in SIZES {
        let (mut db, authors, books) = shapes::library(size);
        let mut random = Random::new();
        group.bench_function(BenchmarkId::new("edits_alone", size), |bencher| {
            // Rolled back, so that the store stays the same.
            bencher.iter(|| {
                db.rehearse(|tx| {
                    edit(tx, &authors, &books, &mut random);
                    Ok(())
                })
            });
        });
        group.bench_function(BenchmarkId::new("checkpoint_edits_rewind", size), |bencher| {
            bencher.iter(|| {
                let checkpoint = db.checkpoint().expect("no transaction is open");
                edit(&mut db, &authors, &books, &mut random);
                db.rewind(checkpoint).expect("the checkpoint was taken just now");
                db.forget(checkpoint).expect("no transaction is open");
            });
        });
        group.bench_function(BenchmarkId::new("fork", size), |bencher| {
            bencher.iter_with_large_drop(|| db.fork().expect("no transaction is open"));
        });
        group.bench_function(BenchmarkId::new("fork_edits", size), |bencher| {
            bencher.iter_with_large_drop(|| {
                let mut fork = db.fork().expect("no transaction is open");
                edit(&mut fork, &authors, &books, &mut random);
                fork
            });
        });
        // What was changed is told, made to happen elsewhere, and taken back there and here.
        let mut replica = db.clone();
        group.bench_function(BenchmarkId::new("edits_changes_apply_inverse", size), |bencher| {
            bencher.iter(|| {
                let mark = db.mark().expect("no transaction is open");
                let checkpoint = db.checkpoint().expect("no transaction is open");
                edit(&mut db, &authors, &books, &mut random);
                let changes = db.changes_since(mark).expect("the mark was taken just now");
                replica.apply(&changes).expect("the replica is in the state of the mark");
                replica.apply(&changes.inverse()).expect("they were applied just now");
                db.rewind(checkpoint).expect("the checkpoint was taken just now");
                db.forget(checkpoint).expect("no transaction is open");
                db.forget_mark(mark).expect("no transaction is open");
            });
        });
        assert_eq!(replica.len::<Book>(), size);
        group.bench_function(BenchmarkId::new("digest", size), |bencher| bencher.iter(|| db.digest()));
        let (deep, _, _) = shapes::library(size);
        group.bench_function(BenchmarkId::new("deep_clone", size), |bencher| {
            bencher.iter_batched(|| (), |()| deep.clone(), BatchSize::PerIteration);
        });
        assert_eq!(db.len::<Book>(), size);
    }
    group.finish();
}
