//! Many-to-many links: made, asked for, walked, cut.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use relarena::prelude::*;

use crate::baseline::{self, CourseKey, StudentKey};
use crate::shapes::{Course, Library, Random, SIZES, Student};

/// Links of each student.
const LINKS: usize = 8;

type Ours = (Store<Library>, Vec<Id<Student>>, Vec<Id<Course>>);
type Theirs = (baseline::Campus, Vec<StudentKey>, Vec<CourseKey>);

fn ours(size: usize) -> Ours {
    let mut db = Store::<Library>::new();
    let students = db.insert_many((0..size as u32).map(|number| Student { number })).expect("students break no rule");
    let courses = db.insert_many((0..size as u32).map(|number| Course { number })).expect("courses break no rule");
    (db, students, courses)
}

fn theirs(size: usize) -> Theirs {
    let mut db = baseline::Campus::default();
    let students: Vec<_> = (0..size as u32).map(|number| db.students.insert(number)).collect();
    let courses: Vec<_> = (0..size as u32).map(|number| db.courses.insert(number)).collect();
    for &student in &students {
        db.courses_of.insert(student, indexmap::IndexSet::new());
    }
    for &course in &courses {
        db.students_of.insert(course, indexmap::IndexSet::new());
    }
    (db, students, courses)
}

fn pairs(size: usize) -> Vec<(usize, usize)> {
    let mut random = Random::new();
    (0..size * LINKS).map(|place| (place / LINKS, random.below(size))).collect()
}

fn link_ours((db, students, courses): &mut Ours, pairs: &[(usize, usize)]) -> usize {
    let mut link = |&(student, course): &(usize, usize)| db.link(students[student], Student::COURSES, courses[course]);
    pairs.iter().filter(|pair| link(pair).expect("both rows are there")).count()
}

fn link_theirs((db, students, courses): &mut Theirs, pairs: &[(usize, usize)]) -> usize {
    pairs.iter().filter(|&&(student, course)| db.link(students[student], courses[course])).count()
}

pub(crate) fn benches(criterion: &mut Criterion) {
    for size in SIZES {
        let pairs = pairs(size);
        let mut group = criterion.benchmark_group("link/link/random");
        group.throughput(Throughput::Elements(pairs.len() as u64));
        group.bench_function(BenchmarkId::new(size.to_string(), "relarena"), |bencher| {
            bencher.iter_batched_ref(|| ours(size), |campus| link_ours(campus, &pairs), BatchSize::LargeInput);
        });
        group.bench_function(BenchmarkId::new(size.to_string(), "slotmap+indexmap"), |bencher| {
            bencher.iter_batched_ref(|| theirs(size), |campus| link_theirs(campus, &pairs), BatchSize::LargeInput);
        });
        group.finish();
        linked(criterion, size, &pairs);
    }
}

fn linked(criterion: &mut Criterion, size: usize, pairs: &[(usize, usize)]) {
    let (mut ours, mut theirs) = (ours(size), theirs(size));
    assert_eq!(link_ours(&mut ours, pairs), link_theirs(&mut theirs, pairs));
    let (db, students, courses) = &ours;
    let (by_hand, student_keys, course_keys) = &theirs;

    let mut group = criterion.benchmark_group("link/linked/random");
    group.throughput(Throughput::Elements(pairs.len() as u64));
    let ask = || {
        let is_linked =
            |&&(student, course): &&(usize, usize)| db.linked(students[student], Student::COURSES, courses[course]);
        pairs.iter().filter(is_linked).count()
    };
    let ask_by_hand = || {
        let is_linked = |&&(student, course): &&(usize, usize)| {
            by_hand.courses_of[student_keys[student]].contains(&course_keys[course])
        };
        pairs.iter().filter(is_linked).count()
    };
    assert_eq!(ask(), ask_by_hand());
    group.bench_function(BenchmarkId::new(size.to_string(), "relarena"), |bencher| bencher.iter(ask));
    group.bench_function(BenchmarkId::new(size.to_string(), "slotmap+indexmap"), |bencher| bencher.iter(ask_by_hand));
    group.finish();

    let mut group = criterion.benchmark_group("link/walk/random");
    group.throughput(Throughput::Elements(pairs.len() as u64));
    let walk = || {
        let sum = |student| db.follow(student, Student::COURSES).map(|course| u64::from(course.number)).sum::<u64>();
        students.iter().map(|&student| sum(student)).sum::<u64>()
    };
    let walk_by_hand = || {
        let courses = student_keys.iter().flat_map(|&student| &by_hand.courses_of[student]);
        courses.map(|&course| u64::from(by_hand.courses[course])).sum::<u64>()
    };
    assert_eq!(walk(), walk_by_hand());
    group.bench_function(BenchmarkId::new(size.to_string(), "relarena"), |bencher| bencher.iter(walk));
    group.bench_function(BenchmarkId::new(size.to_string(), "slotmap+indexmap"), |bencher| bencher.iter(walk_by_hand));
    group.finish();

    let mut group = criterion.benchmark_group("link/unlink/random");
    group.throughput(Throughput::Elements(pairs.len() as u64));
    group.bench_function(BenchmarkId::new(size.to_string(), "relarena"), |bencher| {
        let cut = |(db, students, courses): &mut Ours| {
            for &(student, course) in pairs {
                db.unlink(students[student], Student::COURSES, courses[course]).expect("both rows are there");
            }
        };
        bencher.iter_batched_ref(|| (ours.0.clone(), ours.1.clone(), ours.2.clone()), cut, BatchSize::LargeInput);
    });
    group.bench_function(BenchmarkId::new(size.to_string(), "slotmap+indexmap"), |bencher| {
        let make = || {
            let mut campus = self::theirs(size);
            link_theirs(&mut campus, pairs);
            campus
        };
        let cut = |(db, students, courses): &mut Theirs| {
            for &(student, course) in pairs {
                db.unlink(students[student], courses[course]);
            }
        };
        bencher.iter_batched_ref(make, cut, BatchSize::LargeInput);
    });
    group.finish();
}
