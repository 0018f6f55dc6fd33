//! Deletes: leaves one by one, and whole families.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};

use crate::shapes::SIZES;
use crate::{baseline, shapes};

pub(crate) fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("delete/cascade/fan_out");
    for size in SIZES {
        let rows = size + size / shapes::FAN_OUT;
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(BenchmarkId::new(size.to_string(), "relarena"), |bencher| {
            bencher.iter_batched_ref(
                || shapes::library(size),
                |(db, authors, _)| {
                    let gone: usize =
                        authors.iter().map(|&author| db.delete(author).expect("nothing blocks").total).sum();
                    assert_eq!(gone, rows);
                },
                BatchSize::LargeInput,
            );
        });
        group.bench_function(BenchmarkId::new(size.to_string(), "slotmap+indexmap"), |bencher| {
            bencher.iter_batched_ref(
                || baseline::library(size),
                |(db, authors, _)| {
                    let gone: usize = authors.iter().map(|&author| db.delete_author(author)).sum();
                    assert_eq!(gone, rows);
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
    leaf(criterion);
}

fn leaf(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("delete/leaf/fan_out");
    for size in SIZES {
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::new(size.to_string(), "relarena"), |bencher| {
            bencher.iter_batched_ref(
                || shapes::library(size),
                |(db, _, books)| {
                    for &book in books.iter() {
                        db.delete(book).expect("nothing protects a book");
                    }
                    assert!(db.is_empty::<shapes::Book>());
                },
                BatchSize::LargeInput,
            );
        });
        group.bench_function(BenchmarkId::new(size.to_string(), "slotmap+indexmap"), |bencher| {
            bencher.iter_batched_ref(
                || baseline::library(size),
                |(db, _, books)| {
                    for &book in books.iter() {
                        db.delete_book(book);
                    }
                    assert!(db.books.is_empty());
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}
