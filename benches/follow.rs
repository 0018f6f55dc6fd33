//! Reads along a foreign key in both directions, and moves of a key.

use criterion::{BenchmarkId, Criterion, Throughput};

use crate::shapes::{Author, Book, Random, SIZES};
use crate::{baseline, shapes};

pub(crate) fn benches(criterion: &mut Criterion) {
    forward(criterion);
    reverse(criterion);
    reparent(criterion);
}

fn forward(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("follow/forward/random");
    for size in SIZES {
        group.throughput(Throughput::Elements(size as u64));
        let mut random = Random::new();
        let order: Vec<usize> = (0..size).map(|_| random.below(size)).collect();
        let (db, _, books) = shapes::library(size);
        let ids: Vec<_> = order.iter().map(|&place| books[place]).collect();
        let (by_hand, _, keys) = baseline::library(size);
        let keys: Vec<_> = order.iter().map(|&place| keys[place]).collect();
        let ours = || ids.iter().map(|&book| db.follow(book, Book::AUTHOR).score).sum::<i64>();
        let theirs = || keys.iter().map(|&book| by_hand.authors[by_hand.books[book].author].score).sum::<i64>();
        assert_eq!(ours(), theirs());
        group.bench_function(BenchmarkId::new(size.to_string(), "relarena"), |bencher| bencher.iter(ours));
        group.bench_function(BenchmarkId::new(size.to_string(), "slotmap+indexmap"), |bencher| bencher.iter(theirs));
    }
    group.finish();
}

fn reverse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("follow/reverse/fan_out");
    for size in SIZES {
        group.throughput(Throughput::Elements(size as u64));
        let (db, authors, _) = shapes::library(size);
        let (by_hand, keys, _) = baseline::library(size);
        let ours = || {
            let pages = |author| db.follow(author, Author::BOOKS).map(|book| u64::from(book.pages)).sum::<u64>();
            authors.iter().map(|&author| pages(author)).sum::<u64>()
        };
        let theirs = || {
            let books = keys.iter().flat_map(|&author| &by_hand.books_of[author]);
            books.map(|&book| u64::from(by_hand.books[book].pages)).sum::<u64>()
        };
        assert_eq!(ours(), theirs());
        group.bench_function(BenchmarkId::new(size.to_string(), "relarena"), |bencher| bencher.iter(ours));
        group.bench_function(BenchmarkId::new(size.to_string(), "slotmap+indexmap"), |bencher| bencher.iter(theirs));
    }
    group.finish();
}

fn reparent(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("write/reparent/random");
    for size in SIZES {
        group.throughput(Throughput::Elements(size as u64));
        let mut random = Random::new();
        let moves: Vec<_> = (0..size).map(|_| (random.below(size), random.below(size / shapes::FAN_OUT))).collect();
        let (mut db, authors, books) = shapes::library(size);
        group.bench_function(BenchmarkId::new(size.to_string(), "relarena"), |bencher| {
            bencher.iter(|| {
                for &(book, author) in &moves {
                    db.set(books[book], Book::AUTHOR, authors[author]).expect("both rows are there");
                }
            });
        });
        assert_eq!(db.audit(), []);
        let (mut by_hand, authors, books) = baseline::library(size);
        group.bench_function(BenchmarkId::new(size.to_string(), "slotmap+indexmap"), |bencher| {
            bencher.iter(|| {
                for &(book, author) in &moves {
                    by_hand.set_author(books[book], authors[author]);
                }
            });
        });
    }
    group.finish();
}
