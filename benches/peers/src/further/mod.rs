//! What the table of workloads does not show: flatness, hitches, bulk calls, history and forks.

mod bulk;
mod flatness;
mod hitches;
mod time;

use std::time::Duration;

use indicatif::ProgressBar;

use crate::measure::Clock;
use crate::report::number;
use crate::runner::median;

/// A measure with what it is to be seen beside.
pub struct Line {
    /// What was measured.
    pub measure: String,
    /// What came out for relarena.
    pub value: String,
    /// What came out for others, or at another size.
    pub beside: String,
    /// What it is to reach, in bold if it does not.
    pub target: String,
}

impl Line {
    fn new(measure: &str, value: f64, unit: &str) -> Self {
        let value = format!("{} {unit}", number(value));
        Self { measure: measure.into(), value, beside: String::new(), target: String::new() }
    }

    fn beside(mut self, what: &str, value: f64, unit: &str) -> Self {
        let separator = if self.beside.is_empty() { "" } else { ", " };
        self.beside = format!("{}{separator}{what} {} {unit}", self.beside, number(value));
        self
    }

    fn target(mut self, is_met: bool, target: &str, value: f64) -> Self {
        let value = number(value);
        self.target = if is_met { format!("{target}: {value}") } else { format!("{target}: **{value}**") };
        self
    }
}

/// Times parts in turns; answers the median of each in nanoseconds of a step.
fn in_turns<const N: usize>(rounds: usize, mut part: impl FnMut(usize) -> (Duration, usize)) -> [f64; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..rounds {
        for (number, times) in times.iter_mut().enumerate() {
            let (time, steps) = part(number);
            times.push(time.as_secs_f64() * 1e9 / steps as f64);
        }
    }
    times.map(median)
}

type Part = fn(&Clock, usize, usize) -> Vec<Line>;

/// Measures everything. `scale` is the number of rows of the large stores.
pub fn run(rounds: usize, scale: usize) -> Vec<Line> {
    let clock = Clock::calibrated();
    let parts: [(&str, Part); 4] =
        [("flatness", flatness::run), ("hitches", hitches::run), ("bulk", bulk::run), ("history and forks", time::run)];
    let bar = ProgressBar::new(parts.len() as u64);
    let lines = parts.iter().flat_map(|(name, run)| {
        bar.set_message(*name);
        let lines = run(&clock, rounds, scale);
        bar.inc(1);
        lines
    });
    let lines = lines.collect();
    bar.finish_and_clear();
    lines
}
