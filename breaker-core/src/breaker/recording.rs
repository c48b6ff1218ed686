//! Records calls in the breaker's window, and judges whether the window trips.

use crate::breaker::Breaker;
use crate::event::Reason;
use crate::outcome::Outcome;
use crate::state::word::{Episode, Word};
use crate::sync::atomic::spin_loop;
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
    /// Returns the window in use, if one has begun.
    #[inline]
    fn window(&self) -> Option<&WindowNode> {
        self.cell.cold_if_made()?.windows.current()
    }

    /// Records a success. Returns `false` if [`window`](Self::window) finds no window, or that
    /// has moved on.
    #[inline]
    pub(crate) fn record_success(&self, closed: Word) -> bool {
        let record = CallRecord { failed: false, slow: false };
        self.window().is_some_and(|window| {
            let since = || self.cell.since();
            let now = || self.coarse_now();
            window.record(closed.episode(), since, now, record, true).is_some()
        })
    }

    /// Records a failure, which may trip. Rare cases are separate functions.
    #[inline(never)]
    pub(crate) fn record_failure(&self, closed: Word) -> Recorded {
        let Some(window) = self.window() else { return Recorded::Missed };
        let Some(calls) = window.of_calls() else {
            return self.record_failure_in_time_window(window, closed);
        };
        let epoch = window.epoch(closed.episode());
        // Whoever counts consecutive failures, the window or the word, the swap of the window's
        // head compares it again.
        let in_word = !calls.counts_consecutive();
        let counted = !in_word || self.count_recorded(closed);
        match calls.record_fast(epoch, FAILURE, in_word) {
            Ok(number) if counted && !self.is_reached(calls.sums(epoch, number)) => {
                Recorded::Counted
            }
            Ok(_) => self.judge_recorded(window, closed.episode(), counted),
            Err(Some(number)) => self.fill_slot((window, calls), closed, number, counted),
            Err(None) => self.record_failure_slow(closed, in_word.then_some(counted)),
        }
    }

    /// Records a failure in the slot of the number that it has taken.
    #[cold]
    fn fill_slot(
        &self,
        (window, calls): (&WindowNode, &CallWindow),
        closed: Word,
        number: u64,
        counted: bool,
    ) -> Recorded {
        let epoch = window.epoch(closed.episode());
        if calls.fill(epoch, number, FAILURE) {
            if counted && !self.is_reached(calls.sums(epoch, number)) {
                return Recorded::Counted;
            }
            return self.judge_recorded(window, closed.episode(), counted);
        }
        // The window has moved on. If the episode is over, the failure is late; if not, the window
        // has been replaced, and the failure was the old one's.
        let is_over = self.cell.status().episode != closed.episode();
        if counted && !is_over { Recorded::Counted } else { Recorded::Missed }
    }

    /// Records a failure that has taken no number yet. `in_word`: whether the word has counted
    /// it, if that was tried.
    #[cold]
    fn record_failure_slow(&self, closed: Word, in_word: Option<bool>) -> Recorded {
        let episode = closed.episode();
        match self.record_in_window(episode, FAILURE, in_word.is_some()) {
            Some((window, position)) => {
                let counted =
                    position.counted || in_word.unwrap_or_else(|| self.count_recorded(closed));
                if counted && !self.is_reached(window.sums(position)) {
                    return Recorded::Counted;
                }
                self.judge_recorded(window, episode, counted)
            }
            // The word has counted it, in its episode.
            None if in_word == Some(true) => Recorded::Counted,
            None => Recorded::Missed,
        }
    }

    #[inline(never)]
    fn record_failure_in_time_window(&self, window: &WindowNode, closed: Word) -> Recorded {
        let episode = closed.episode();
        let Some(position) =
            window.record(episode, || self.cell.since(), || self.coarse_now(), FAILURE, true)
        else {
            return Recorded::Missed;
        };
        let counted = self.count_recorded(closed);
        let is_judged = !counted || self.tuning.rates().any();
        if is_judged && (!counted || self.is_reached(window.sums(position))) {
            return self.judge_recorded(window, episode, counted);
        }
        Recorded::Counted
    }

    /// Counts the failure in the word. If it cannot be counted, flips a bit of the word, so that
    /// concurrent recorders see each other (see [`crate::window`]). A failure that is counted
    /// before the window trips does no harm: the trip ends the episode and its count.
    #[inline]
    fn count_recorded(&self, closed: Word) -> bool {
        let counted = self.count_failure(closed);
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
    /// `in_word`: the word counts the call, if it has failed. Returns the call's position, if it
    /// was recorded, and the reason to trip.
    #[inline]
    pub(crate) fn record(
        &self,
        episode: Episode,
        outcome: Outcome,
        slow: bool,
        in_word: bool,
    ) -> (Option<Position>, Option<Reason>) {
        if outcome == Outcome::Ignored && !slow || self.tuning.shape().is_none() {
            return (None, None);
        }
        let failed = outcome == Outcome::Failure;
        let record = CallRecord { failed, slow };
        let found = self.record_in_window(episode, record, in_word);
        if !(failed || slow) {
            return (found.map(|(_, position)| position), None);
        }
        self.cell.sync_recorders();
        let Some((window, position)) = found else { return (None, None) };
        (Some(position), self.judge(window, episode, position))
    }

    /// Adds a failure to the recorded call at `position`, and judges the window. Returns `Missed`
    /// if the call is no longer in it.
    #[cold]
    pub(crate) fn add_failure(&self, episode: Episode, position: Position) -> Recorded {
        match self.window() {
            Some(window) if window.add_failure(position, || self.coarse_now()) => {
                self.cell.sync_recorders();
                Recorded::MayTrip(self.judge_by_recount(window, episode))
            }
            _ => Recorded::Missed,
        }
    }

    /// Records the call in the window in use, and begins one if there is none. Waits for a change
    /// of the window to end. Returns `None` if the call is late, or the config has no window.
    fn record_in_window(
        &self,
        episode: Episode,
        record: CallRecord,
        in_word: bool,
    ) -> Option<(&WindowNode, Position)> {
        loop {
            let window = match self.window() {
                Some(window) => window,
                None => self.begin_window(episode)?,
            };
            let in_word = in_word || !window.of_calls().is_some_and(CallWindow::counts_consecutive);
            let (since, now) = (|| self.cell.since(), || self.coarse_now());
            if let Some(position) = window.record(episode, since, now, record, in_word) {
                return Some((window, position));
            }
            if self.cell.status().episode != episode {
                return None;
            }
            // The window is being changed; or another thread has begun a later episode, and its
            // record has been seen before its word.
            spin_loop();
            drop(self.cell.cold().windows.lock());
        }
    }

    /// Begins a window, if the config has one.
    #[cold]
    fn begin_window(&self, episode: Episode) -> Option<&WindowNode> {
        // A config without a window needs no cold state.
        self.tuning.layout()?;
        let change = self.cell.cold().windows.lock();
        // The config is replaced under the same lock.
        let layout = self.tuning.layout()?;
        Some(change.begin(layout, episode, || self.clock().stamp()))
    }

    /// Returns the reason to trip that the window gives, after a record at `position`.
    #[inline]
    fn judge(&self, window: &WindowNode, episode: Episode, position: Position) -> Option<Reason> {
        let rates = self.tuning.rates();
        let is_ripe = rates.any() && reached(&rates, window.sums(position)).is_some();
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
