//! Inserts with a checked key, and leaf deletes.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};

use crate::shapes::{Random, SIZES};
use crate::{baseline, shapes};

pub(crate) fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("write/insert/fan_out");
    for size in SIZES {
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::new(size.to_string(), "relarena"), |bencher| {
            bencher.iter_batched_ref(
                || shapes::library(size),
                |(db, authors, _)| {
                    let before = db.len::<shapes::Book>();
                    let mut random = Random::new();
                    for number in 0..size {
                        let author = authors[random.below(authors.len())];
                        db.insert(shapes::book(number, author)).expect("the author is there");
                    }
                    assert_eq!(db.len::<shapes::Book>(), before + size);
                },
                BatchSize::LargeInput,
            );
        });
        group.bench_function(BenchmarkId::new(size.to_string(), "slotmap+indexmap"), |bencher| {
            bencher.iter_batched_ref(
                || baseline::library(size),
                |(db, authors, _)| {
                    let before = db.books.len();
                    let mut random = Random::new();
                    for number in 0..size {
                        db.insert_book(number, authors[random.below(authors.len())]);
                    }
                    assert_eq!(db.books.len(), before + size);
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}
