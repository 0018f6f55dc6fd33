//! One author of all books: the children of a hub go one by one, in random order.

use crate::contestants::Library;
use crate::measure::Recorder;
use crate::shape::{Random, STEPS, Texts, pages};

/// The rows and orders of one size.
pub struct Shape {
    titles: Texts,
    /// A tenth goes before the measurement.
    order: Vec<usize>,
    size: usize,
}

impl Shape {
    /// The shape of a hub of `size` children.
    pub fn new(size: usize) -> Self {
        let all = size + size / 10;
        Self { titles: Texts::of(0..all), order: Random::new(2).shuffled(all), size }
    }
}

/// Runs the workload once.
pub fn run<L: Library>(shape: &Shape, recorder: &mut Recorder<'_>) {
    if !recorder.wants("hub") {
        return;
    }
    let mut db = L::empty();
    db.begin();
    let author = db.insert_author("hub", 1);
    let books: Vec<L::Book> =
        (0..shape.order.len()).map(|number| db.insert_book(shape.titles.at(number), pages(number), author)).collect();
    let (early, rest) = shape.order.split_at(shape.order.len() - shape.size);
    for &place in early {
        db.delete_book(books[place]);
    }
    db.end();
    db.begin();
    let doomed: Vec<L::Book> = rest.iter().take(STEPS).map(|&place| books[place]).collect();
    recorder.measure("hub", doomed.len(), || {
        for &book in &doomed {
            db.delete_book(book);
        }
        0
    });
    let answer = db.pages_by(author) + db.row_count() as u64;
    recorder.settle("hub", answer);
    db.end();
}
