//! Students and courses linked at random, after links that were cut again.

use std::hint::black_box;

use super::passes;
use crate::contestants::Campus;
use crate::measure::Recorder;
use crate::shape::{LINKS, Random, STEPS, fold};

/// The pairs and orders of one size.
pub struct Shape {
    rows: usize,
    early: Vec<(usize, usize)>,
    pairs: Vec<(usize, usize)>,
    /// Half of them linked.
    asked: Vec<(usize, usize)>,
    walked: Vec<usize>,
    cut: Vec<(usize, usize)>,
}

impl Shape {
    /// The shape of a campus of `size` links.
    pub fn new(size: usize) -> Self {
        let mut random = Random::new(5);
        let rows = size / LINKS;
        let mut some = |count: usize| -> Vec<(usize, usize)> {
            (0..count).map(|_| (random.below(rows), random.below(rows))).collect()
        };
        let (early, pairs, others) = (some(size / 5), some(size), some(STEPS.min(size)));
        let shuffled = |random: &mut Random| -> Vec<(usize, usize)> {
            random.shuffled(size).into_iter().take(STEPS).map(|place| pairs[place]).collect()
        };
        let there = shuffled(&mut random);
        let asked = there.iter().zip(&others).enumerate();
        let asked = asked.map(|(number, (&there, &other))| if number % 2 == 0 { there } else { other }).collect();
        let cut = shuffled(&mut random);
        let mut walked = random.shuffled(rows);
        walked.truncate(STEPS / LINKS);
        Self { rows, early, pairs, asked, walked, cut }
    }
}

/// Runs the wanted workloads once, on one store.
pub fn run<C: Campus>(shape: &Shape, recorder: &mut Recorder<'_>) {
    let mut db = C::empty();
    db.begin();
    let students: Vec<C::Student> = (0..shape.rows as u32).map(|number| db.insert_student(number)).collect();
    let courses: Vec<C::Course> = (0..shape.rows as u32).map(|number| db.insert_course(number)).collect();
    db.end();
    db.begin();
    let ids = |pairs: &[(usize, usize)]| -> Vec<(C::Student, C::Course)> {
        pairs.iter().map(|&(student, course)| (students[student], courses[course])).collect()
    };
    let early = ids(&shape.early);
    for &(student, course) in &early {
        db.link(student, course);
    }
    for &(student, course) in &early {
        db.unlink(student, course);
    }
    // The other workloads need the links, whether or not making them is measured.
    let pairs = ids(&shape.pairs);
    let mut link = || pairs.iter().filter(|&&(student, course)| db.link(student, course)).count() as u64;
    if recorder.wants("link") {
        recorder.measure("link", pairs.len(), link);
    } else {
        link();
    }
    if recorder.wants("linked") {
        let asked = ids(&shape.asked);
        let passes = passes(asked.len());
        recorder.measure("linked", passes * asked.len(), || {
            (0..passes).fold(0, |sum, _| {
                let db = black_box(&mut db);
                fold(sum, asked.iter().filter(|&&(student, course)| db.linked(student, course)).count() as u64)
            })
        });
    }
    if recorder.wants("links") {
        let walked: Vec<C::Student> = shape.walked.iter().map(|&place| students[place]).collect();
        let passes = passes(walked.len() * LINKS);
        recorder.measure("links", passes * walked.len() * LINKS, || {
            (0..passes).fold(0, |sum, _| {
                let db = black_box(&mut db);
                fold(sum, walked.iter().map(|&student| db.course_numbers(student)).sum())
            })
        });
    }
    if recorder.wants("unlink") {
        let cut = ids(&shape.cut);
        recorder.measure("unlink", cut.len(), || {
            cut.iter().filter(|&&(student, course)| db.unlink(student, course)).count() as u64
        });
        let left = students.iter().fold(0, |sum, &student| fold(sum, db.course_numbers(student)));
        recorder.settle("unlink", left);
    }
    db.end();
}
