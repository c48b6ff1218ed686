//! Samples of all cases, round by round.

use std::time::{Duration, Instant};

use super::probe::{nanoseconds, probe};
use super::{FEWEST, Runner};
use crate::case::measured;

/// The length of a sample on one thread.
pub(super) const LENGTH: Duration = Duration::from_micros(150);

/// One sample.
pub(super) struct Sample {
    pub(super) per_call: f64,
    /// The slowest of its probes.
    pub(super) probe: f64,
}

/// The samples of a case.
pub(super) type Samples = Vec<Sample>;

/// The number of samples of a case that may be unsteady.
const SPARE: usize = 2;

/// Takes a sample of this number of calls; `None` if it failed.
pub(super) type Take<'r, 't> = dyn FnMut(&'r Runner<'r>, u64) -> Option<Sample> + 't;

/// Takes samples of each case, with its number of calls, until `effort` is spent, and at least as
/// many as a figure needs. Returns the samples of each case.
pub(super) fn rounds<'r>(
    runners: &'r [Runner<'r>],
    calls: &[u64],
    effort: Duration,
    take: &mut Take<'r, '_>,
) -> Vec<Samples> {
    let mut samples: Vec<Samples> = runners.iter().map(|_| Vec::new()).collect();
    let start = Instant::now();
    for round in 1.. {
        for ((runner, calls), samples) in runners.iter().zip(calls).zip(&mut samples) {
            samples.extend(take(runner, *calls));
        }
        if round >= FEWEST + SPARE && start.elapsed() >= effort {
            break;
        }
    }
    samples
}

/// The number of calls of each case that take about `length`.
pub(super) fn calls<'r>(
    runners: &'r [Runner<'r>],
    length: Duration,
    take: &mut Take<'r, '_>,
) -> Vec<u64> {
    runners.iter().map(|runner| calls_for(runner, length, take)).collect()
}

fn calls_for<'r>(runner: &'r Runner<'r>, length: Duration, take: &mut Take<'r, '_>) -> u64 {
    let unit = runner.subject.unit();
    let mut calls = 16_u64.next_multiple_of(unit);
    // In a few steps, since the first calls are slower than the rest.
    for _ in 0..6 {
        if let Some(sample) = take(runner, calls) {
            let wanted = nanoseconds(length) / sample.per_call.max(0.1);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded")]
            let wanted = wanted as u64;
            calls = wanted.clamp(4, calls * 16).next_multiple_of(unit);
        }
    }
    calls
}

pub(super) fn one_thread(runner: &Runner<'_>, calls: u64) -> Sample {
    let (subject, path) = (&*runner.subject, runner.case.path);
    // Caches and branch predictors have seen other cases meanwhile.
    measured(subject, path, calls / 8 + 1);
    let before = probe();
    let start = Instant::now();
    measured(subject, path, calls);
    let time = start.elapsed();
    let after = probe();
    Sample { per_call: per_call(time, calls), probe: before.max(after) }
}

#[allow(clippy::cast_precision_loss, reason = "a sample has less than 2^53 calls")]
pub(super) fn per_call(time: Duration, calls: u64) -> f64 {
    nanoseconds(time) / calls as f64
}
