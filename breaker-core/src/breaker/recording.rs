//! Records calls in the breaker's window, and judges whether the window trips.

use crate::breaker::Breaker;
use crate::event::Reason;
use crate::outcome::Outcome;
use crate::state::word::{Episode, Word};
use crate::window::{CallRecord, CallWindow, Position, Totals, WindowNode};

/// The limits at which the window trips.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rates {
    pub(crate) failure_rate: Option<f64>,
    pub(crate) failure_count: Option<u32>,
    pub(crate) slow_rate: Option<f64>,
    /// The least number of calls at which a rate is judged.
    pub(crate) min_calls: u32,
    /// The least number of calls at which a count is judged.
    pub(crate) count_min: u32,
}

impl Rates {
    /// Returns whether the window can trip. If not, it is kept for snapshots alone.
    pub(crate) fn any(&self) -> bool {
        self.failure_rate.is_some() || self.failure_count.is_some() || self.slow_rate.is_some()
    }
}

const FAILURE: CallRecord = CallRecord { failed: true, slow: false };

/// The result of recording a failure on the fast path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// Nothing is recorded: the window has moved on, or there is none yet. The slow path
    /// records the failure, or drops it as late.
    Missed,
    /// The failure is counted, and does not trip. If the window has moved on meanwhile, only
    /// the word has it.
    Counted,
    /// The failure is recorded. It trips for this reason, or the consecutive count has still to
    /// be checked.
    MayTrip(Option<Reason>),
}

impl Breaker {
    /// Returns the window in use, if it has been made and is the first that the breaker had.
    #[inline]
    fn window(&self) -> Option<&WindowNode> {
        let windows = &self.cell.cold_if_made()?.windows;
        WindowNode::first(windows, self.tuning.shape()?)
    }

    /// Records a success. Returns `false` if [`window`](Self::window) finds no window, or that
    /// has moved on.
    #[inline]
    pub(crate) fn record_success(&self, closed: Word) -> bool {
        let record = CallRecord { failed: false, slow: false };
        self.window().is_some_and(|window| {
            let since = || self.cell.since();
            window.record(closed.episode(), since, || self.coarse_now(), record).is_some()
        })
    }

    /// Records a failure, which may trip. Rare cases are separate functions.
    #[inline(never)]
    pub(crate) fn record_failure(&self, closed: Word) -> Recorded {
        let Some(window) = self.window() else { return Recorded::Missed };
        let episode = closed.episode();
        let Some(calls) = window.of_calls() else {
            return self.record_failure_in_time_window(window, closed);
        };
        let counted = self.count_recorded(closed);
        match calls.record_fast(episode, FAILURE) {
            Ok(number) if counted && !self.is_reached(calls.sums(episode, number)) => {
                Recorded::Counted
            }
            Ok(_) => self.judge_recorded(window, episode, counted),
            Err(taken) => self.record_failure_slow((window, calls), episode, taken, counted),
        }
    }

    #[cold]
    fn record_failure_slow(
        &self,
        (window, calls): (&WindowNode, &CallWindow),
        episode: Episode,
        taken: Option<u64>,
        counted: bool,
    ) -> Recorded {
        match calls.record(episode, FAILURE, taken) {
            Some(number) if counted && !self.is_reached(calls.sums(episode, number)) => {
                Recorded::Counted
            }
            Some(_) => self.judge_recorded(window, episode, counted),
            None if counted && !self.tuning.window_has_consecutive() => Recorded::Counted,
            None => Recorded::Missed,
        }
    }

    #[inline(never)]
    fn record_failure_in_time_window(&self, window: &WindowNode, closed: Word) -> Recorded {
        let episode = closed.episode();
        let Some(position) =
            window.record(episode, || self.cell.since(), || self.coarse_now(), FAILURE)
        else {
            return Recorded::Missed;
        };
        let counted = self.count_recorded(closed);
        let is_judged = !counted || self.tuning.rates().any();
        if is_judged && (!counted || self.is_reached(window.sums(episode, position))) {
            return self.judge_recorded(window, episode, counted);
        }
        Recorded::Counted
    }

    /// Counts the failure in the word, unless the window has the consecutive failures. If it
    /// cannot be counted, swaps the word for itself, so that
    /// concurrent recorders see each other (see [`crate::window`]). A failure that is counted
    /// before the window trips does no harm: the trip ends the episode and its count.
    #[inline]
    fn count_recorded(&self, closed: Word) -> bool {
        let counted = self.count_or_skip(closed);
        if !counted {
            self.cell.sync_recorders();
        }
        counted
    }

    #[inline]
    fn is_reached(&self, sums: Totals) -> bool {
        reached(&self.tuning.rates(), sums).is_some()
    }

    #[cold]
    fn judge_recorded(&self, window: &WindowNode, episode: Episode, counted: bool) -> Recorded {
        match self.judge_by_recount(window, episode) {
            None if counted => Recorded::Counted,
            reason => Recorded::MayTrip(reason),
        }
    }

    /// Records the call in the window, and judges the window if the call failed or was slow.
    /// Returns the call's position, if it was recorded, and the reason to trip.
    #[inline]
    pub(crate) fn record(
        &self,
        episode: Episode,
        outcome: Outcome,
        slow: bool,
    ) -> (Option<Position>, Option<Reason>) {
        let Some(shape) = self.tuning.shape() else { return (None, None) };
        if outcome == Outcome::Ignored && !slow {
            return (None, None);
        }
        let failed = outcome == Outcome::Failure;
        let window = WindowNode::find(&self.cell.cold().windows, shape, episode);
        let record = CallRecord { failed, slow };
        let since = || self.cell.since();
        let position = window.record(episode, since, || self.coarse_now(), record);
        if !(failed || slow) {
            return (position, None);
        }
        self.cell.sync_recorders();
        (position, position.and_then(|position| self.judge(window, episode, position)))
    }

    /// Adds a failure to the recorded call at `position`, unless the window has moved on.
    /// Returns the reason to trip.
    #[cold]
    pub(crate) fn add_failure(&self, episode: Episode, position: Position) -> Option<Reason> {
        let shape = self.tuning.shape()?;
        let window = WindowNode::find_existing(&self.cell.cold().windows, shape)?;
        if !window.add_failure(episode, position, || self.coarse_now()) {
            return None;
        }
        self.cell.sync_recorders();
        self.judge_by_recount(window, episode)
    }

    /// Returns the reason to trip that the window gives, after a record at `position`.
    #[inline]
    fn judge(&self, window: &WindowNode, episode: Episode, position: Position) -> Option<Reason> {
        let rates = self.tuning.rates();
        let is_ripe = rates.any() && reached(&rates, window.sums(episode, position)).is_some();
        is_ripe.then(|| self.judge_by_recount(window, episode)).flatten()
    }

    /// Returns the reason to trip that a recount of the window gives. The running totals of a
    /// window of calls may be ahead of its slots for a moment.
    #[cold]
    fn judge_by_recount(&self, window: &WindowNode, episode: Episode) -> Option<Reason> {
        reached(&self.tuning.rates(), window.recount(episode, || self.coarse_now()))
    }
}

/// Returns the reason to trip that the totals give.
#[inline]
fn reached(rates: &Rates, sums: Totals) -> Option<Reason> {
    let counted = rates.failure_count.is_some_and(|count| sums.failures >= count.into());
    if counted && sums.calls >= rates.count_min.into() {
        return Some(Reason::FailureCount);
    }
    if sums.calls < rates.min_calls.into() {
        return None;
    }
    let reaches = |rate: Option<f64>, part| rate.is_some_and(|rate| sums.reach(part, rate));
    if reaches(rates.failure_rate, sums.failures) {
        Some(Reason::FailureRate)
    } else if reaches(rates.slow_rate, sums.slow) {
        Some(Reason::SlowRate)
    } else {
        None
    }
}
