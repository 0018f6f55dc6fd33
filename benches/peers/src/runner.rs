//! Contestants in turns, round by round, and the comparison of their answers.

use std::collections::BTreeMap;

use indicatif::{ProgressBar, ProgressStyle};

use crate::contestants::bevy::{BevyAccounts, BevyCampus, BevyLibrary};
use crate::contestants::handwritten::{HandAccounts, HandCampus, HandLibrary};
use crate::contestants::hashmaps::{MapAccounts, MapCampus, MapLibrary};
use crate::contestants::relarena::Relarena;
use crate::contestants::sqlite::{SqliteAccounts, SqliteCampus, SqliteLibrary};
use crate::contestants::{Accounts, Campus, Library, Transactions};
use crate::measure::{Clock, Recorder};
use crate::memory::counted;
use crate::shape::{FAN_OUT, Texts};
use crate::workloads::{self, accounts, campus, hub, library, transactions};

/// A contestant: its name, and what it does for each group.
pub struct Contestant {
    /// Its name on the command line and in the table.
    pub name: &'static str,
    library: fn(&library::Shape, &mut Recorder<'_>),
    hub: fn(&hub::Shape, &mut Recorder<'_>),
    transactions: fn((&library::Shape, &transactions::Steps), &mut Recorder<'_>),
    campus: fn(&campus::Shape, &mut Recorder<'_>),
    accounts: fn(&accounts::Shape, &mut Recorder<'_>),
    bytes: fn(&library::Shape) -> f64,
}

const fn contestant<L: Library, T: Transactions, C: Campus, A: Accounts>(name: &'static str) -> Contestant {
    Contestant {
        name,
        library: library::run::<L>,
        hub: hub::run::<L>,
        transactions: transactions::run::<T>,
        campus: campus::run::<C>,
        accounts: accounts::run::<A>,
        bytes: bytes::<L>,
    }
}

/// All contestants; the first two next to each other, since their ratio is the one that counts most.
pub const CONTESTANTS: [Contestant; 5] = [
    contestant::<Relarena, Relarena, Relarena, Relarena>("relarena"),
    contestant::<HandLibrary<false>, HandLibrary<true>, HandCampus, HandAccounts>("handwritten"),
    contestant::<BevyLibrary, BevyLibrary, BevyCampus, BevyAccounts>("bevy"),
    contestant::<MapLibrary, MapLibrary, MapCampus, MapAccounts>("hashmaps"),
    contestant::<SqliteLibrary, SqliteLibrary, SqliteCampus, SqliteAccounts>("sqlite"),
];

/// Live bytes of a book with its share of its author and all indexes, without the bytes of texts.
fn bytes<L: Library>(shape: &library::Shape) -> f64 {
    let ((mut db, authors, books), live) = counted(|| {
        let (db, authors, books) = shape.fresh::<L>();
        // Ids are the program's, not the store's.
        (db, authors.len(), books.len())
    });
    let live = db.own_bytes().unwrap_or(live);
    let texts = (authors + books) * Texts::WIDTH;
    assert_eq!(authors, books / FAN_OUT, "every author counts");
    (live - texts) as f64 / books as f64
}

/// What the rounds have measured at one size.
pub struct Measured {
    /// Books, or links, or users of a store.
    pub size: usize,
    /// By workload and contestant: nanoseconds of a step, round by round.
    pub times: BTreeMap<(&'static str, &'static str), Vec<f64>>,
    /// By contestant: live bytes of a book, text apart.
    pub bytes: BTreeMap<&'static str, f64>,
}

impl Measured {
    /// The median time of a step.
    pub fn time(&self, workload: &'static str, contestant: &'static str) -> Option<f64> {
        Some(median(self.times.get(&(workload, contestant))?.clone()))
    }

    /// The median, over rounds, of one contestant's time divided by another's.
    pub fn ratio(&self, workload: &'static str, of: &'static str, to: &'static str) -> Option<f64> {
        Some(median(self.ratios(workload, of, to)?))
    }

    /// The smallest and the largest of those ratios.
    pub fn spread(&self, workload: &'static str, of: &'static str, to: &'static str) -> Option<(f64, f64)> {
        let ratios = self.ratios(workload, of, to)?;
        Some((ratios.iter().copied().fold(f64::MAX, f64::min), ratios.iter().copied().fold(0.0, f64::max)))
    }

    fn ratios(&self, workload: &'static str, of: &'static str, to: &'static str) -> Option<Vec<f64>> {
        let (of, to) = (self.times.get(&(workload, of))?, self.times.get(&(workload, to))?);
        Some(of.iter().zip(to).map(|(of, to)| of / to).collect())
    }
}

/// The middle one, or the mean of the middle two.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

/// Workloads and contestants by their names; all if none is named.
fn chosen<T>(all: impl Iterator<Item = T>, name: impl Fn(&T) -> &str, wanted: &[String]) -> Result<Vec<T>, String> {
    let all: Vec<T> = all.collect();
    if let Some(unknown) = wanted.iter().find(|wanted| !all.iter().any(|one| name(one) == wanted.as_str())) {
        return Err(format!("there is no {unknown}"));
    }
    Ok(all.into_iter().filter(|one| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name(one))).collect())
}

/// Measures the named workloads and contestants at all sizes.
///
/// # Errors
///
/// A name that is not known.
pub fn run(
    sizes: &[usize],
    rounds: usize,
    once: bool,
    only: &[String],
    contestants: &[String],
) -> Result<Vec<Measured>, String> {
    let wanted = chosen(workloads::ALL.iter(), |workload| workload.id, only)?;
    let contestants = chosen(CONTESTANTS.iter(), |contestant| contestant.name, contestants)?;
    let ids: Vec<&'static str> = wanted.iter().map(|workload| workload.id).collect();
    let groups: Vec<&str> = ["library", "hub", "transactions", "campus", "accounts"]
        .into_iter()
        .filter(|group| wanted.iter().any(|workload| workload.group == *group))
        .collect();
    let names: Vec<&'static str> = contestants.iter().map(|contestant| contestant.name).collect();
    let bar = ProgressBar::new((sizes.len() * groups.len() * rounds * contestants.len()) as u64);
    let style = "{elapsed_precise} {wide_bar} {pos}/{len} {msg} {eta}";
    bar.set_style(ProgressStyle::with_template(style).expect("the template is right"));
    let clock = Clock::calibrated();
    let mut all = Vec::new();
    for &size in sizes {
        let mut measured = Measured { size, times: BTreeMap::new(), bytes: BTreeMap::new() };
        let shape = library::Shape::new(size);
        for group in &groups {
            let run = prepare(group, size, &shape);
            turns(&mut measured, (&names, rounds), &bar, group, |place| {
                let contestant = contestants[place];
                let mut recorder = Recorder::new(&clock, &ids);
                loop {
                    run(contestant, &mut recorder);
                    if once {
                        let steps = recorder.samples.iter().map(|(workload, sample)| (*workload, sample.steps));
                        eprintln!("{} {:?}", contestant.name, steps.collect::<Vec<_>>());
                    }
                    if once || recorder.is_enough() {
                        return recorder;
                    }
                }
            });
        }
        if only.is_empty() {
            measured.bytes = contestants.iter().map(|one| (one.name, (one.bytes)(&shape))).collect();
        }
        all.push(measured);
    }
    bar.finish_and_clear();
    Ok(all)
}

type Run<'a> = Box<dyn Fn(&Contestant, &mut Recorder<'_>) + 'a>;

/// The group's shape, made once, and how a contestant runs on it.
fn prepare<'a>(group: &str, size: usize, library: &'a library::Shape) -> Run<'a> {
    match group {
        "library" => Box::new(|contestant, recorder| (contestant.library)(library, recorder)),
        "transactions" => {
            let steps = transactions::Steps::new(size);
            Box::new(move |contestant, recorder| (contestant.transactions)((library, &steps), recorder))
        }
        "hub" => {
            let shape = hub::Shape::new(size);
            Box::new(move |contestant, recorder| (contestant.hub)(&shape, recorder))
        }
        "campus" => {
            let shape = campus::Shape::new(size);
            Box::new(move |contestant, recorder| (contestant.campus)(&shape, recorder))
        }
        _ => {
            let shape = accounts::Shape::new(size);
            Box::new(move |contestant, recorder| (contestant.accounts)(&shape, recorder))
        }
    }
}

/// Rounds of a group. Every other round goes through the contestants backwards, so that a drift favours none.
pub fn turns<'r>(
    measured: &mut Measured,
    (contestants, rounds): (&[&'static str], usize),
    bar: &ProgressBar,
    group: &str,
    run: impl Fn(usize) -> Recorder<'r>,
) {
    let mut answers: BTreeMap<&'static str, (u64, Option<u64>)> = BTreeMap::new();
    for round in 0..rounds {
        for place in 0..contestants.len() {
            let place = if round % 2 == 0 { place } else { contestants.len() - 1 - place };
            let contestant = contestants[place];
            bar.set_message(format!("{} {group} {contestant}", measured.size));
            for (workload, sample) in run(place).samples {
                let answer = (sample.answer, sample.left);
                let expected = *answers.entry(workload).or_insert(answer);
                assert_eq!(answer, expected, "{workload}: {contestant} answers as the others do");
                measured.times.entry((workload, contestant)).or_default().push(sample.nanoseconds());
            }
            bar.inc(1);
        }
    }
}
