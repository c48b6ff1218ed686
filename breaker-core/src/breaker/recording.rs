//! Records calls in the breaker's window, and judges whether the window trips.

mod rates;

use crate::breaker::Breaker;
use crate::clock::Tick;
use crate::event::Reason;
use crate::outcome::Outcome;
use crate::state::status::Episode;
use crate::state::word::Word;
use crate::sync::atomic::spin_loop;
use crate::window::{
    CallRecord, CallWindow, Draw, Place, Position, TimeNode, Totals, Window, Windows,
};
use rates::{reached, spare};

pub(crate) use rates::Rates;

pub(super) const SUCCESS: CallRecord = CallRecord { failed: false, slow: false };
const FAILURE: CallRecord = CallRecord { failed: true, slow: false };

/// The result of recording a failure on the fast path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// Nothing is recorded: the window has moved on, or there is none yet. The slow path records
    /// the failure, or drops it as late.
    Missed,
    /// The failure is counted, and does not trip. If the window has moved on meanwhile, only the
    /// word has it.
    Counted,
    /// The failure is recorded. It trips for this reason, or the consecutive count has still to
    /// be checked.
    MayTrip(Option<Reason>),
}

impl Breaker {
    #[inline]
    fn windows(&self) -> Option<&Windows> {
        Some(&self.cell.cold_if_made()?.windows)
    }

    /// Returns the window in use, if one has begun.
    #[inline]
    pub(crate) fn window(&self) -> Option<Window<'_>> {
        self.windows()?.current()
    }

    /// Returns the window of calls. It refuses all records while it is not in use.
    #[inline]
    pub(super) fn calls(&self) -> Option<&CallWindow> {
        Some(self.windows()?.calls())
    }

    /// Takes the place of a success in a window of calls, if no other thread is about to take it.
    #[inline]
    pub(super) fn take_success(&self, closed: Word) -> Option<(&CallWindow, Place)> {
        let calls = self.calls()?;
        Some((calls, calls.take_success_at_once(closed.episode())?))
    }

    /// Like [`take_success`](Self::take_success), for a failure, if the window counts consecutive
    /// ones.
    #[inline]
    pub(super) fn take_failure(&self, closed: Word) -> Option<(&CallWindow, Place)> {
        let calls = self.calls()?;
        Some((calls, calls.take_failure_at_once(closed.episode())?))
    }

    /// Records a success in a window of time, or in a window of calls if another thread has taken
    /// the slot. Returns `false` if there is no window yet, or it belongs to another episode or is
    /// being changed.
    #[inline(never)]
    pub(super) fn record_success_slow(&self, closed: Word) -> bool {
        let episode = closed.episode();
        match self.window() {
            Some(Window::Time(window)) => {
                self.record_success_in_time_window(window, closed, || self.coarse_now())
            }
            Some(Window::Calls(calls)) => calls.record(episode, SUCCESS, true).is_some(),
            None => false,
        }
    }

    /// Records a success in a window of time. `now` gives a coarse reading, which may be older than
    /// the look-up of the window: the thread might as well have been held up in between.
    #[inline]
    pub(super) fn record_success_in_time_window(
        &self,
        window: &TimeNode,
        closed: Word,
        now: impl Fn() -> Tick,
    ) -> bool {
        let position = window.record(closed.episode(), || self.cell.since(), now, SUCCESS);
        if position.is_some() && window.end_row() {
            self.await_change();
        }
        position.is_some()
    }

    /// Fills the slot of a failure that the head of the window of calls has counted.
    #[inline(never)]
    pub(super) fn fill_slot(&self, closed: Word, calls: &CallWindow, place: Place) -> Recorded {
        if !calls.fill(place, FAILURE) {
            // The window has moved on. If the episode is over, the failure is late; if not, the
            // window has been replaced, and the old one counted the failure.
            let is_over = self.cell.status().episode != closed.episode();
            return if is_over { Recorded::Missed } else { Recorded::Counted };
        }
        if place.is_full() && calls.is_below_limit() {
            return Recorded::Counted;
        }
        self.judge_in_full(closed, calls, place)
    }

    /// Judges a failure that the window of calls has recorded and counted.
    #[inline(never)]
    fn judge_in_full(&self, closed: Word, calls: &CallWindow, place: Place) -> Recorded {
        if self.is_reached(calls.sums(place)) {
            return self.judge_recorded(closed.episode(), true);
        }
        if place.is_full() && !calls.has_limit() {
            self.find_limit();
        }
        Recorded::Counted
    }

    /// Finds the fewest failures that trip the window of calls once it is full.
    #[cold]
    fn find_limit(&self) {
        let change = self.cell.cold().windows.lock();
        // Loaded under the lock: see `window::calls`.
        let rates = self.tuning.rates();
        // With a slow rate, slow calls may trip it too.
        if rates.slow_rate.is_none() {
            change.set_limit(|totals| reached(&rates, totals).is_some());
        }
    }

    /// Records a failure in a window of time. Or records it in a window of calls, if another thread
    /// has taken the slot or the head does not count the failure.
    #[inline(never)]
    pub(super) fn record_failure_slow(&self, closed: Word) -> Recorded {
        match self.window() {
            Some(Window::Time(window)) => {
                self.record_failure_in_time_window(window, closed, || self.coarse_now())
            }
            Some(Window::Calls(calls)) => match calls.take_failure(closed.episode()) {
                Some(place) => self.fill_slot(closed, calls, place),
                None => self.record_failure_in_calls(calls, closed),
            },
            None => Recorded::Missed,
        }
    }

    /// Records a failure that the word counts, or the head of a window that has yet to move on.
    #[inline(never)]
    fn record_failure_in_calls(&self, calls: &CallWindow, closed: Word) -> Recorded {
        // The window or the word may count consecutive failures: the swap of the window's head
        // compares that again.
        let in_word = !calls.counts_consecutive();
        let episode = closed.episode();
        let Some((window, position)) = self.record_in_window(episode, FAILURE, in_word) else {
            return Recorded::Missed;
        };
        // The word changes after the record: only by that does a slow call see this record, or this
        // thread the slow call.
        let counted = position.counted || self.count_recorded(closed);
        if counted && !window.look(position, &|totals| self.spare(totals)) {
            return Recorded::Counted;
        }
        self.judge_recorded(episode, counted)
    }

    /// Records a failure in a window of time. `now` is as in
    /// [`record_success_in_time_window`](Self::record_success_in_time_window).
    #[inline(never)]
    pub(super) fn record_failure_in_time_window(
        &self,
        window: &TimeNode,
        closed: Word,
        now: impl Fn() -> Tick,
    ) -> Recorded {
        let since = || self.cell.since();
        let in_word = || self.tuning.threshold() > 0;
        match window.fail(closed.episode(), since, now, in_word) {
            Some((_, Draw::Counted)) => Recorded::Counted,
            Some((position, draw)) => self.look_in_time_window(window, closed, position, draw),
            None => Recorded::Missed,
        }
    }

    /// Counts in the word a failure that the window of time has recorded, and judges it unless it
    /// has drawn a credit.
    #[inline(never)]
    fn look_in_time_window(
        &self,
        window: &TimeNode,
        closed: Word,
        position: Position,
        draw: Draw,
    ) -> Recorded {
        let counted = self.count_failure(closed);
        if counted && draw == Draw::Uncounted {
            return Recorded::Counted;
        }
        let may_trip = window.look(position, &|totals| self.spare(totals));
        if counted && !may_trip {
            return Recorded::Counted;
        }
        self.judge_recorded(closed.episode(), counted)
    }

    /// Waits for the end of a change of the config.
    #[cold]
    fn await_change(&self) {
        drop(self.cell.cold().windows.lock());
    }

    /// Returns a number of failures that, added to these totals, do not trip, or `None` if the
    /// totals alone trip.
    fn spare(&self, totals: Totals) -> Option<u64> {
        let rates = self.tuning.rates();
        reached(&rates, totals).is_none().then(|| spare(&rates, totals))
    }

    /// Counts the failure in the word. If that fails, flips a bit of the word, so that concurrent
    /// recorders see each other (see [`crate::window`]). It does no harm if the window then trips:
    /// the trip ends the episode and its count.
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
    fn judge_recorded(&self, episode: Episode, counted: bool) -> Recorded {
        match self.judge_by_recount(episode) {
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
    /// if the call has left the window.
    #[cold]
    pub(crate) fn add_failure(&self, episode: Episode, position: Position) -> Recorded {
        match self.window() {
            Some(window) if window.add_failure(position, || self.coarse_now()) => {
                self.cell.sync_recorders();
                // Judging takes back the credits that matter.
                window.look(position, &|totals| self.spare(totals));
                Recorded::MayTrip(self.judge_by_recount(episode))
            }
            _ => Recorded::Missed,
        }
    }

    /// Records the call in the window in use, and begins a window if there is none. Waits for a
    /// change of the window to end. Returns `None` if the call is late, or the config has no
    /// window.
    fn record_in_window(
        &self,
        episode: Episode,
        record: CallRecord,
        in_word: bool,
    ) -> Option<(Window<'_>, Position)> {
        loop {
            let window = match self.window() {
                Some(window) => window,
                None => self.begin_window(episode)?,
            };
            let in_word = in_word || !window.of_calls().is_some_and(CallWindow::counts_consecutive);
            let (since, now) = (|| self.cell.since(), || self.coarse_now());
            if let Some(position) = window.record(episode, since, now, record, in_word) {
                if let (Window::Time(window), false) = (window, record.failed) {
                    if window.end_row() {
                        self.await_change();
                    }
                }
                return Some((window, position));
            }
            if self.cell.status().episode != episode {
                return None;
            }
            // The window belongs to an earlier episode, or is being changed; or another thread has
            // begun a later episode, and its record is visible before its word.
            spin_loop();
            self.cell.cold().windows.lock().move_on(episode);
        }
    }

    /// Begins a window, if the config has one.
    #[cold]
    fn begin_window(&self, episode: Episode) -> Option<Window<'_>> {
        // A config without a window needs no cold state.
        self.tuning.layout()?;
        let change = self.cell.cold().windows.lock();
        // The config is replaced under the same lock.
        let layout = self.tuning.layout()?;
        Some(change.begin(layout, episode, || self.clock().stamp()))
    }

    /// Returns the window's reason to trip, after a record at `position`.
    #[inline]
    fn judge(&self, window: Window<'_>, episode: Episode, position: Position) -> Option<Reason> {
        let may_trip = window.look(position, &|totals| self.spare(totals));
        may_trip.then(|| self.judge_by_recount(episode)).flatten()
    }

    /// Returns the reason to trip after a recount of the window. The running totals of a window of
    /// calls may be ahead of its slots for a moment.
    #[cold]
    fn judge_by_recount(&self, episode: Episode) -> Option<Reason> {
        reached(&self.tuning.rates(), self.recount(episode, || self.coarse_now()))
    }

    /// Counts the calls of the window in use. Returns zeros if it does not hold `episode`.
    pub(crate) fn recount(&self, episode: Episode, now: impl Fn() -> Tick) -> Totals {
        loop {
            let Some(window) = self.window() else { return Totals::default() };
            if let Some(totals) = window.recount(episode, &now) {
                return totals;
            }
            // The window is being changed: waits for the end of the change.
            drop(self.cell.cold().windows.lock());
        }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
