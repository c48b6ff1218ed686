//! The window of recent calls, as a list.

use super::choices::Choices;
use crate::tuning::Window;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Record {
    number: u64,
    at: u64,
    failed: bool,
    slow: bool,
}

/// Sums of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) calls: u64,
    pub(super) failures: u64,
    pub(super) slow: u64,
}

impl Sums {
    #[allow(clippy::cast_precision_loss, reason = "there are few calls")]
    pub(super) fn share(self, part: u64) -> f64 {
        part as f64 / self.calls as f64
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Calls {
    records: Vec<Record>,
    last: u64,
    /// The last number before the window began.
    cleared: u64,
    /// The beginning of the grid of the buckets; the first record chooses it.
    grid: Option<u64>,
}

impl Calls {
    pub(super) fn clear(&mut self) {
        self.records.clear();
        self.cleared = self.last;
        self.grid = None;
    }

    /// Records a call, and returns its number.
    pub(super) fn record(
        &mut self,
        window: Window,
        choices: &mut Choices,
        at: u64,
        (failed, slow): (bool, bool),
    ) -> u64 {
        if let (Window::Time { bucket, .. }, None) = (window, self.grid) {
            self.grid = Some(choices.choose(bucket));
        }
        self.last += 1;
        self.records.push(Record { number: self.last, at, failed, slow });
        self.forget(window, at);
        self.last
    }

    /// Forgets the calls that no later look shows.
    fn forget(&mut self, window: Window, now: u64) {
        match window {
            Window::Calls(calls) => {
                let old = self.records.len().saturating_sub(calls as usize);
                self.records.drain(..old);
            }
            Window::Time { .. } => {
                let grid = self.grid;
                self.records.retain(|record| is_in(window, grid, record.at, now));
            }
        }
    }

    /// Adds a failure to a recorded slow call, if it is still in the window. A window of calls
    /// does not tell it from the slow call that has taken its place since then: by design, a
    /// place has no room for more.
    pub(super) fn add_failure(&mut self, window: Window, number: u64, now: u64) -> bool {
        self.forget(window, now);
        let is_it = |record: &&mut Record| match window {
            Window::Calls(calls) => {
                let is_its_place = record.number % u64::from(calls) == number % u64::from(calls);
                is_its_place && record.slow && !record.failed
            }
            Window::Time { .. } => record.number == number,
        };
        let found = self.records.iter_mut().filter(|_| number > self.cleared).find(is_it);
        found.map(|record| record.failed = true).is_some()
    }

    pub(super) fn sums(&self, window: Window, now: u64) -> Sums {
        let (mut sums, grid) = (Sums::default(), self.grid);
        for record in self.records.iter().filter(|record| is_in(window, grid, record.at, now)) {
            sums.calls += 1;
            sums.failures += u64::from(record.failed);
            sums.slow += u64::from(record.slow);
        }
        sums
    }
}

fn is_in(window: Window, grid: Option<u64>, at: u64, now: u64) -> bool {
    match window {
        // The list has no more of them.
        Window::Calls(_) => true,
        Window::Time { bucket, buckets } => {
            let number = |time: u64| (time + grid.unwrap_or(0)) / bucket;
            number(now) - number(at) < buckets
        }
    }
}
