//! The clock, and what one contestant's run of a group of workloads has recorded.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

/// CPU time that a workload is measured for at least, by repeating it on fresh stores.
const LEAST: Duration = Duration::from_millis(4);
/// Wall time that a small group may take, set-up included.
const MOST: Duration = Duration::from_millis(1500);

/// CPU time of this thread, without the time that asking for it takes.
pub struct Clock {
    overhead: Duration,
}

impl Clock {
    /// A clock that has timed nothing a thousand times.
    pub fn calibrated() -> Self {
        let mut empty: Vec<Duration> = (0..1000).map(|_| ThreadTime::now().elapsed()).collect();
        empty.sort_unstable();
        Self { overhead: empty[empty.len() / 2] }
    }

    /// Runs work; answers its CPU time.
    #[inline(never)]
    pub fn time<R>(&self, work: impl FnOnce() -> R) -> (Duration, R) {
        let start = ThreadTime::now();
        let answer = black_box(work());
        (start.elapsed().saturating_sub(self.overhead), answer)
    }
}

/// Time, steps and answer of a workload.
#[derive(Clone, Copy, Default)]
pub struct Sample {
    time: Duration,
    /// How many steps took that time.
    pub steps: usize,
    /// What the work answered; equal for all contestants, and for all repetitions.
    pub answer: u64,
    /// The same of what the work left behind, where that is looked at.
    pub left: Option<u64>,
}

impl Sample {
    /// Nanoseconds of a step.
    pub fn nanoseconds(&self) -> f64 {
        self.time.as_secs_f64() * 1e9 / self.steps as f64
    }
}

/// What one contestant's run of a group has recorded.
pub struct Recorder<'a> {
    clock: &'a Clock,
    wanted: &'a [&'static str],
    started: Instant,
    /// By workload.
    pub samples: BTreeMap<&'static str, Sample>,
}

impl<'a> Recorder<'a> {
    /// A recorder of some workloads.
    pub fn new(clock: &'a Clock, wanted: &'a [&'static str]) -> Self {
        Self { clock, wanted, started: Instant::now(), samples: BTreeMap::new() }
    }

    /// Whether a workload is to be measured.
    pub fn wants(&self, workload: &str) -> bool {
        self.wanted.contains(&workload)
    }

    /// Measures a workload; `work` answers the same for all contestants.
    pub fn measure(&mut self, workload: &'static str, steps: usize, work: impl FnOnce() -> u64) {
        let (time, answer) = self.clock.time(work);
        let is_first = !self.samples.contains_key(workload);
        let sample = self.samples.entry(workload).or_default();
        assert!(is_first || sample.answer == answer, "{workload} answers the same each time");
        sample.answer = answer;
        sample.time += time;
        sample.steps += steps;
    }

    /// Notes what a workload has left behind, as a part of its answer.
    pub fn settle(&mut self, workload: &'static str, answer: u64) {
        if let Some(sample) = self.samples.get_mut(workload) {
            assert_eq!(*sample.left.get_or_insert(answer), answer, "{workload} leaves the same each time");
        }
    }

    /// Corrects the steps of the last measurement, where only the work itself shows how many there were.
    pub fn count(&mut self, workload: &'static str, steps: usize) {
        if let Some(sample) = self.samples.get_mut(workload) {
            sample.steps += steps;
        }
    }

    /// Whether every workload was measured for long enough.
    pub fn is_enough(&self) -> bool {
        self.started.elapsed() > MOST || self.samples.values().all(|sample| sample.time >= LEAST)
    }
}
