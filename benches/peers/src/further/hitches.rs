//! The slowest single insert of many: what a frame notices, and a mean hides.

use super::Line;
use crate::contestants::handwritten::{HandAccounts, HandLibrary};
use crate::contestants::hashmaps::{MapAccounts, MapLibrary};
use crate::contestants::relarena::Relarena;
use crate::contestants::{Accounts, Library};
use crate::measure::Clock;
use crate::runner::median;
use crate::shape::{Random, Texts};

pub(super) fn run(clock: &Clock, rounds: usize, scale: usize) -> Vec<Line> {
    let texts = Texts::of(0..scale);
    let books = [books::<Relarena>, books::<HandLibrary<false>>, books::<MapLibrary>];
    let books = books.map(|slowest| median((0..rounds).map(|_| slowest(clock, &texts, scale)).collect()));
    let users = [users::<Relarena>, users::<HandAccounts>, users::<MapAccounts>];
    let users = users.map(|slowest| median((0..rounds).map(|_| slowest(clock, &texts, scale)).collect()));
    [("slowest insert with key check", books), ("slowest insert with unique string", users)]
        .map(|(measure, [ours, vectors, maps])| {
            Line::new(&format!("{measure} of {scale}"), ours, "µs")
                .beside("handwritten (doubling vectors)", vectors, "µs")
                .beside("HashMap", maps, "µs")
                .target(ours < maps / 10.0, "a page or a shard, HashMap's time divided by ours", maps / ours)
        })
        .into()
}

fn books<L: Library>(clock: &Clock, texts: &Texts, scale: usize) -> f64 {
    let mut db = L::empty();
    let authors: Vec<L::Author> = (0..scale / 10).map(|number| db.insert_author(texts.at(number), 1)).collect();
    let mut random = Random::new(9);
    let times = (0..scale).map(|number| {
        let author = authors[random.below(authors.len())];
        clock.time(|| db.insert_book(texts.at(number), 1, author)).0
    });
    times.max().unwrap_or_default().as_secs_f64() * 1e6
}

fn users<A: Accounts>(clock: &Clock, texts: &Texts, scale: usize) -> f64 {
    let mut db = A::empty();
    let times = (0..scale).map(|number| clock.time(|| db.insert_user(texts.at(number), 1).is_some()).0);
    times.max().unwrap_or_default().as_secs_f64() * 1e6
}
