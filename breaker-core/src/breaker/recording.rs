//! Recording what calls came to in the breaker's window, and judging that.

use crate::breaker::Breaker;
use crate::event::Reason;
use crate::outcome::Outcome;
use crate::state::word::{Episode, Word};
use crate::window::{CallRecord, CallWindow, Position, Totals, WindowNode};

/// When the window trips.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rates {
    pub(crate) failure_rate: Option<f64>,
    pub(crate) failure_count: Option<u32>,
    pub(crate) slow_rate: Option<f64>,
    /// Before a rate is judged.
    pub(crate) min_calls: u32,
    /// Before a count is judged.
    pub(crate) count_min: u32,
}

impl Rates {
    /// Whether a window is kept for more than to be looked at.
    pub(crate) fn any(&self) -> bool {
        self.failure_rate.is_some() || self.failure_count.is_some() || self.slow_rate.is_some()
    }
}

const FAILURE: CallRecord = CallRecord { failed: true, slow: false };

/// How far a failure was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// Not at all: the window has moved on, or there is none yet.
    Late,
    /// Into the window and into the count, and it does not trip.
    Counted,
    /// Into the window. It trips for this reason; or the consecutive count has still to be
    /// checked.
    MayTrip(Option<Reason>),
}

impl Breaker {
    /// The window in use, if there is one already, and no other has been.
    #[inline]
    fn window(&self) -> Option<&WindowNode> {
        let windows = &self.cell.cold_if_made()?.windows;
        WindowNode::first(windows, self.tuning.shape()?)
    }

    /// A success of the episode that runs, if there is a window for it already.
    #[inline]
    pub(crate) fn record_success(&self, closed: Word) -> bool {
        let record = CallRecord { failed: false, slow: false };
        self.window().is_some_and(|window| {
            let since = || self.cell.since();
            window.record(closed.episode(), since, || self.coarse_now(), record).is_some()
        })
    }

    /// The same of a failure, which may trip. What is seldom is left to others to the
    /// end, so that the rest needs no stack.
    #[inline(never)]
    pub(crate) fn record_failure(&self, closed: Word) -> Recorded {
        let Some(window) = self.window() else { return Recorded::Late };
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
            None => Recorded::Late,
        }
    }

    #[inline(never)]
    fn record_failure_in_time_window(&self, window: &WindowNode, closed: Word) -> Recorded {
        let episode = closed.episode();
        let Some(position) =
            window.record(episode, || self.cell.since(), || self.coarse_now(), FAILURE)
        else {
            return Recorded::Late;
        };
        let counted = self.count_recorded(closed);
        let is_judged = !counted || self.tuning.rates().any();
        if is_judged && (!counted || self.is_reached(window.sums(episode, position))) {
            return self.judge_recorded(window, episode, counted);
        }
        Recorded::Counted
    }

    /// Counts the failure, or else swaps the word all the same: see the window's module.
    /// If the window then trips, what the word counts is over with the episode.
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

    /// Records the call in the window, and judges the window if this was a
    /// failure or a slow call. Whether it was recorded, and what trips.
    #[inline]
    pub(crate) fn record(
        &self,
        episode: Episode,
        outcome: Outcome,
        slow: bool,
    ) -> (bool, Option<Reason>) {
        let Some(shape) = self.tuning.shape() else { return (false, None) };
        if outcome == Outcome::Ignored && !slow {
            return (false, None);
        }
        let failed = outcome == Outcome::Failure;
        let window = WindowNode::find(&self.cell.cold().windows, shape, episode);
        let record = CallRecord { failed, slow };
        let since = || self.cell.since();
        let position = window.record(episode, since, || self.coarse_now(), record);
        if !(failed || slow) {
            return (position.is_some(), None);
        }
        self.cell.sync_recorders();
        (position.is_some(), position.and_then(|position| self.judge(window, episode, position)))
    }

    /// Whether what the window holds trips.
    #[inline]
    fn judge(&self, window: &WindowNode, episode: Episode, position: Position) -> Option<Reason> {
        let rates = self.tuning.rates();
        let is_ripe = rates.any() && reached(&rates, window.sums(episode, position)).is_some();
        is_ripe.then(|| self.judge_by_recount(window, episode)).flatten()
    }

    /// The same again: what counts along with the calls may be ahead for a moment.
    #[cold]
    fn judge_by_recount(&self, window: &WindowNode, episode: Episode) -> Option<Reason> {
        reached(&self.tuning.rates(), window.recount(episode, || self.coarse_now()))
    }
}

/// What has been reached of that which trips.
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
