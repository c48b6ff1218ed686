//! Settles admitted calls: records and counts each outcome, and applies an outcome that trips.

use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::atomic_word::AtomicWord;
use crate::breaker::cell::StateCell;
use crate::breaker::cold::{ColdState, Count};
use crate::breaker::recording::{Recorded, SUCCESS};
use crate::breaker::ticket::{Admitted, Ticket};
use crate::clock::Reading;
use crate::event::{EventKind, Reason};
use crate::outcome::{End, Outcome, Verdict};
use crate::state::status::{Episode, Phase, Tracking};
use crate::state::step::{Effect, Input};
use crate::state::word::Word;
use crate::sync::atomic::Ordering;
use crate::window::{CallWindow, Place, Window};

/// The fate of the outcome of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settled {
    Counted,
    /// A disabled breaker counts nothing.
    Uncounted,
    /// The episode of the call is over.
    Late,
}

impl Breaker {
    /// Settles an admitted call. The caller leaves out a success that is known to change nothing.
    #[inline(never)]
    pub(crate) fn settle(&self, ticket: Ticket, verdict: Verdict) {
        let Verdict { outcome, trips, retry_after, .. } = verdict;
        let pass = ticket.word();
        if trips || pass.is_held() || verdict.end != End::Judged {
            self.settle_held(ticket, verdict);
        } else {
            self.settle_passed(pass, outcome, retry_after);
        }
    }

    /// Like [`settle`](Self::settle), for a call whose ticket is only its pass. Every slow case is
    /// a tail call, so this function needs no stack frame.
    #[cold] // The end of a call compares the word first, and seldom comes here.
    #[inline(never)]
    pub(crate) fn settle_pass(&self, pass: Word, outcome: Outcome) {
        let stored = self.cell.atomic_word();
        let found = stored.load_relaxed();
        if found == pass.recorded() {
            self.settle_in_calls(stored, found, outcome);
        } else if found.without_failures() == pass {
            self.settle_unrecorded(stored, found, outcome, None);
        } else if found == pass.counted() && outcome == Outcome::Success {
            self.add_success();
        } else {
            self.settle_passed_slow(pass, outcome);
        }
    }

    /// Settles a recorded call, while the word counts no failure. The window of calls is tried
    /// first; if the call's slot already has its outcome, nothing is left to do.
    #[inline]
    fn settle_in_calls(&self, stored: &AtomicWord, closed: Word, outcome: Outcome) {
        let Some(cold) = self.cell.cold_if_made() else {
            return self.settle_slow(closed, outcome, None);
        };
        let (calls, episode) = (cold.windows.calls(), closed.episode());
        match outcome {
            Outcome::Success => match calls.take_success_at_once(episode) {
                Some(place) if calls.has_passed(place) => {
                    // Loaded anew: see `end_row`.
                    if stored.load_relaxed() != closed {
                        self.forget_recorded(closed);
                    }
                }
                Some(place) => self.fill_success(closed, calls, place),
                None => self.settle_success_slow(closed),
            },
            Outcome::Failure => match calls.take_failure_at_once(episode) {
                Some(place) => self.end_failure_in_calls(closed, cold, place),
                None => self.settle_failure_slow(closed, None),
            },
            Outcome::Ignored => self.settle_slow(closed, outcome, None),
        }
    }

    /// Ends a failure that has taken its slot in the window. It is not inlined, so that
    /// [`settle_pass`](Self::settle_pass) needs no stack frame.
    #[inline(never)]
    fn end_failure_in_calls(&self, closed: Word, cold: &ColdState, place: Place) {
        let calls = cold.windows.calls();
        if calls.has_failed(place) && calls.is_below_limit() {
            cold.add_error();
        } else {
            self.fill_failure(closed, calls, place, None);
        }
    }

    #[inline(never)]
    fn settle_passed_slow(&self, pass: Word, outcome: Outcome) {
        self.settle_passed(pass, outcome, None);
    }

    /// Settles a call that the word alone has admitted. The word may have changed since.
    #[inline]
    fn settle_passed(&self, pass: Word, outcome: Outcome, retry_after: Option<Duration>) {
        let stored = self.cell.atomic_word();
        let found = stored.load_relaxed();
        if found.pass_if_uncounted() != pass {
            self.settle_in_totals(pass, outcome, retry_after);
        } else if found.is_recorded() {
            self.settle_recorded(found.without_failures(), outcome, retry_after);
        } else {
            self.settle_unrecorded(stored, found, outcome, retry_after);
        }
    }

    /// Settles a call that is neither timed nor recorded, by the word `found`.
    #[inline]
    pub(super) fn settle_unrecorded(
        &self,
        stored: &AtomicWord,
        found: Word,
        outcome: Outcome,
        retry_after: Option<Duration>,
    ) {
        let closed = found.without_failures();
        // Failures come first: the caller has already settled most successes.
        if outcome == Outcome::Failure {
            // The totals read this failure from the word.
            if !StateCell::count_failure(stored, found, self.tuning.quick_threshold()) {
                self.settle_slow(closed, Outcome::Failure, retry_after);
            }
        } else if outcome == Outcome::Ignored {
            self.settle_slow(closed, outcome, retry_after);
        } else if found != closed {
            self.forget_failures(closed);
        }
    }

    #[inline(never)]
    fn forget_failures(&self, closed: Word) {
        if !self.forget_row(closed) {
            self.settle_slow(closed, Outcome::Success, None);
        }
    }

    /// Clears the failure count for a success. Of several threads, the one that has cleared it
    /// tells the link. Returns `false` if the word differs from `closed` in more than the count.
    pub(super) fn forget_row(&self, closed: Word) -> bool {
        let forgotten = self.cell.forget_failures(closed);
        if forgotten.is_some_and(|failures| failures > 0) {
            self.note_recovered();
        }
        forgotten.is_some()
    }

    /// Settles a call that is recorded and not timed. `closed` is the word without its failures.
    #[inline]
    fn settle_recorded(&self, closed: Word, outcome: Outcome, retry_after: Option<Duration>) {
        match outcome {
            Outcome::Success => self.settle_recorded_success(closed),
            Outcome::Failure => self.settle_recorded_failure(closed, retry_after),
            Outcome::Ignored => self.settle_slow(closed, outcome, retry_after),
        }
    }

    /// Settles a success. The window of calls is tried first, and a slot that already has the
    /// outcome. Every further case is a tail call, so this function needs no stack frame.
    #[inline(never)]
    fn settle_recorded_success(&self, closed: Word) {
        match self.take_success(closed) {
            Some((calls, place)) if calls.has_passed(place) => self.end_row(closed),
            Some((calls, place)) => self.fill_success(closed, calls, place),
            None => self.settle_success_slow(closed),
        }
    }

    #[inline(never)]
    fn fill_success(&self, closed: Word, calls: &CallWindow, place: Place) {
        self.end_success(closed, calls.fill(place, SUCCESS));
    }

    #[inline(never)]
    fn settle_success_slow(&self, closed: Word) {
        self.end_success(closed, self.record_success_slow(closed));
    }

    #[inline]
    fn end_success(&self, closed: Word, is_recorded: bool) {
        if is_recorded {
            self.end_row(closed);
        } else {
            self.settle_slow(closed, Outcome::Success, None);
        }
    }

    /// Ends the row of failures that the word counts, after a recorded success.
    #[inline]
    pub(super) fn end_row(&self, closed: Word) {
        // Loaded anew: a change of the window may have moved failures into the word meanwhile.
        if self.cell.load_relaxed() != closed {
            self.forget_recorded(closed);
        }
    }

    #[inline(never)]
    fn forget_recorded(&self, closed: Word) {
        if !self.forget_row(closed) {
            self.apply_success(closed.episode());
        }
    }

    /// Settles a failure. Further cases are tail calls, as in
    /// [`settle_recorded_success`](Self::settle_recorded_success).
    #[inline(never)]
    pub(super) fn settle_recorded_failure(&self, closed: Word, retry_after: Option<Duration>) {
        match self.take_failure(closed) {
            Some((calls, place)) if calls.has_failed(place) && calls.is_below_limit() => {
                self.add_error();
            }
            Some((calls, place)) => self.fill_failure(closed, calls, place, retry_after),
            None => self.settle_failure_slow(closed, retry_after),
        }
    }

    #[inline(never)]
    fn fill_failure(
        &self,
        closed: Word,
        calls: &CallWindow,
        place: Place,
        retry_after: Option<Duration>,
    ) {
        self.end_failure(closed, self.fill_slot(closed, calls, place), retry_after);
    }

    #[inline(never)]
    fn settle_failure_slow(&self, closed: Word, retry_after: Option<Duration>) {
        self.end_failure(closed, self.record_failure_slow(closed), retry_after);
    }

    #[inline]
    fn end_failure(&self, closed: Word, recorded: Recorded, retry_after: Option<Duration>) {
        match recorded {
            Recorded::Missed => self.settle_slow(closed, Outcome::Failure, retry_after),
            Recorded::Counted => self.add_error(),
            Recorded::MayTrip(reason) => {
                let verdict = Verdict { retry_after, ..Outcome::Failure.into() };
                self.apply_failure(closed.episode(), reason, verdict);
            }
        }
    }

    /// Settles a call through a closed breaker that the fast paths cannot settle: it trips, is
    /// late, is ignored, has no window yet, or the breaker has changed meanwhile.
    #[cold]
    #[inline(never)]
    pub(super) fn settle_slow(
        &self,
        closed: Word,
        outcome: Outcome,
        retry_after: Option<Duration>,
    ) {
        if let (Outcome::Success, Some(cold)) = (outcome, self.cell.cold_if_made()) {
            // A change of the window may be moving the consecutive failures into the word. This
            // success must find them there, so it waits for the end of the change.
            drop(cold.windows.lock());
        }
        let admitted = Admitted {
            episode: closed.episode(),
            lease: None,
            began: None,
            token: None,
            answered: false,
        };
        self.settle_admitted(&admitted, Verdict { retry_after, ..outcome.into() });
    }

    /// Applies a success that the window has recorded. The word has changed in more than its
    /// failures: a new config may have changed its flags.
    #[cold]
    fn apply_success(&self, episode: Episode) {
        let input = Input::Settle { episode, outcome: Outcome::Success, trips: false };
        // The reason goes unused: a success makes no transition.
        self.apply(input, None, Reason::ProbesSucceeded);
    }

    /// Applies a failure that the window has recorded: it trips for `reason`, or is counted.
    #[cold]
    pub(super) fn apply_failure(&self, episode: Episode, reason: Option<Reason>, verdict: Verdict) {
        self.add_to_totals(Count::Failures(verdict.failure_kind()));
        let input = Input::Settle { episode, outcome: Outcome::Failure, trips: reason.is_some() };
        self.apply(input, verdict.retry_after, reason.unwrap_or(Reason::ConsecutiveFailures));
    }

    /// Counts a failure in the word. Returns `false` if it would trip, or the word has changed
    /// in more than its count.
    #[inline]
    pub(crate) fn count_failure(&self, closed: Word) -> bool {
        let stored = self.cell.atomic_word();
        let found = stored.load_relaxed();
        found.without_failures() == closed
            && StateCell::count_failure(stored, found, self.tuning.quick_threshold())
    }

    /// Counts a failure in the word. The totals get it by its kind, not from the word.
    fn count_added_failure(&self, closed: Word) -> bool {
        if closed.is_recorded() {
            return self.count_failure(closed);
        }
        let past_rows = &self.cell.cold().past_rows;
        past_rows.take_back(1);
        let is_counted = self.count_failure(closed);
        if !is_counted {
            past_rows.add(1);
        }
        is_counted
    }

    /// Settles a call that carries more than its pass, or whose outcome trips, or that has failed
    /// by something other than its output.
    #[inline]
    fn settle_held(&self, ticket: Ticket, verdict: Verdict) {
        let Verdict { outcome, trips, retry_after, end } = verdict;
        let is_plain = !trips && end == End::Judged;
        match outcome {
            Outcome::Success if is_plain && retry_after.is_none() => {
                self.settle_held_success(ticket);
            }
            Outcome::Failure if is_plain => self.settle_held_failure(ticket, verdict),
            Outcome::Success | Outcome::Failure | Outcome::Ignored => {
                self.settle_unpacked(ticket, verdict);
            }
        }
    }

    /// Settles a call with a held ticket that is neither a probe nor parked.
    #[cold] // As for a pass: the end of a call seldom comes here.
    #[inline(never)]
    pub(crate) fn settle_held_call(&self, ticket: Ticket, outcome: Outcome) {
        match outcome {
            Outcome::Success => self.settle_held_success(ticket),
            Outcome::Failure | Outcome::Ignored => self.settle_held_other(ticket, outcome),
        }
    }

    /// It is not inlined, since a verdict is passed in memory.
    #[inline(never)]
    fn settle_held_other(&self, ticket: Ticket, outcome: Outcome) {
        self.settle(ticket, outcome.into());
    }

    // In the functions below, a timed call that has ended in time continues as an untimed call.

    #[inline(never)]
    fn settle_held_success(&self, ticket: Ticket) {
        let Some(here) = self.hung_here() else { return self.settle_success_unpacked(ticket) };
        let now = self.end_of(ticket);
        let settle = |word: Word| match word.without_failures() {
            closed if word.is_recorded() => self.settle_timed_success(closed, now),
            _ if word.failures() == 0 => {}
            closed => self.forget_failures(closed),
        };
        if !self.end_in_time::<false>(ticket, now, here, settle) {
            self.settle_success_unpacked(ticket);
        }
    }

    #[cold]
    #[inline(never)]
    fn settle_success_unpacked(&self, ticket: Ticket) {
        if !self.cell.load_relaxed().is_counted() || !self.settle_timed_success_in_totals(ticket) {
            self.settle_unpacked(ticket, Outcome::Success.into());
        }
    }

    /// Settles a recorded success that has ended `now`. A window of time reuses the reading if the
    /// coarse clock gave it.
    #[inline(never)]
    fn settle_timed_success(&self, closed: Word, now: Reading) {
        match self.window() {
            Some(Window::Time(window)) if now.is_coarse() => {
                let now = || now.coarse_tick();
                self.end_success(closed, self.record_success_in_time_window(window, closed, now));
            }
            _ => self.settle_recorded_success(closed),
        }
    }

    #[inline(never)]
    fn settle_held_failure(&self, ticket: Ticket, verdict: Verdict) {
        let (failure, hint) = (Outcome::Failure, verdict.retry_after);
        let in_time = |here| {
            let now = self.end_of(ticket);
            self.end_in_time::<true>(ticket, now, here, |word: Word| {
                match word.without_failures() {
                    closed if word.is_recorded() => self.settle_timed_failure(closed, now, hint),
                    _ => self.settle_unrecorded(self.cell.atomic_word(), word, failure, hint),
                }
            })
        };
        if !self.hung_here().is_some_and(in_time) {
            self.settle_unpacked(ticket, verdict);
        }
    }

    /// Like [`settle_timed_success`](Self::settle_timed_success), for a failure.
    #[inline(never)]
    fn settle_timed_failure(&self, closed: Word, now: Reading, retry_after: Option<Duration>) {
        match self.window() {
            Some(Window::Time(window)) if now.is_coarse() => {
                let now = || now.coarse_tick();
                let recorded = self.record_failure_in_time_window(window, closed, now);
                self.end_failure(closed, recorded, retry_after);
            }
            _ => self.settle_recorded_failure(closed, retry_after),
        }
    }

    #[cold]
    #[inline(never)]
    fn settle_unpacked(&self, ticket: Ticket, verdict: Verdict) {
        if let Some(admitted) = ticket.admitted() {
            self.settle_admitted(&admitted, verdict);
        }
    }

    /// Settles any admitted call, and counts an outcome that is late.
    #[inline(never)]
    fn settle_admitted(&self, admitted: &Admitted, verdict: Verdict) {
        if self.settle_hung(admitted, verdict) {
            return self.end_hung(admitted, verdict);
        }
        let slow = self.is_slow(admitted, verdict);
        let outcome = self.outcome(admitted, verdict, slow);
        let settled = match admitted.lease {
            Some(lease) => {
                let episode = admitted.episode;
                self.cell.cold().probes_out.end(episode, lease);
                let holds_slot = self.cell.cold().leases.give_up(episode, lease);
                let input = Input::SettleProbe { episode, outcome, holds_slot };
                match self.apply(input, verdict.retry_after, Reason::ProbeFailed) {
                    Effect::Late => Settled::Late,
                    _ => {
                        self.note_probe_end(episode, outcome);
                        Settled::Counted
                    }
                }
            }
            None => self.settle_call(admitted.episode, verdict, outcome, slow),
        };
        if settled == Settled::Counted {
            self.add_outcome(verdict, outcome);
        }
        if settled == Settled::Late {
            // Relaxed: a count for people to read.
            self.cell.cold().late.fetch_add(1, Ordering::Relaxed);
            self.notify_call(self.cell.status(), |_| EventKind::Late);
        }
        if self.tuning.is_timed_for_listeners() || self.is_heard() {
            self.tell_outcome(admitted, verdict, slow, settled != Settled::Late);
        }
    }

    /// Ends a call that was counted as slow while it hung.
    pub(super) fn end_hung(&self, admitted: &Admitted, verdict: Verdict) {
        // Without a slow rate it has counted as a failure. With a slow rate, the failure was added.
        if verdict.outcome != Outcome::Failure && self.tuning.rates().slow_rate.is_some() {
            self.add_outcome(verdict, verdict.outcome);
        }
        self.tell_outcome(admitted, verdict, true, true);
    }

    pub(super) fn is_slow(&self, admitted: &Admitted, verdict: Verdict) -> bool {
        let judged = verdict.outcome != Outcome::Ignored || verdict.is_cancelled();
        let (Some(began), Some(bound), true) = (admitted.began, self.tuning.slow_call(), judged)
        else {
            return false;
        };
        !admitted.answered && Duration::from_nanos(self.nanos_since(began)) >= bound
    }

    /// Returns the outcome for the state machine: a slow call is a failure if it is a probe, or if
    /// no slow rate is set.
    fn outcome(&self, admitted: &Admitted, verdict: Verdict, slow: bool) -> Outcome {
        let is_probe = admitted.lease.is_some();
        if slow && (is_probe || self.tuning.rates().slow_rate.is_none()) {
            return Outcome::Failure;
        }
        verdict.outcome
    }

    /// Settles a call that was no probe.
    fn settle_call(
        &self,
        episode: Episode,
        verdict: Verdict,
        outcome: Outcome,
        slow: bool,
    ) -> Settled {
        let status = self.cell.status();
        if status.episode != episode {
            if let (Outcome::Failure, Some(hint)) = (outcome, verdict.retry_after) {
                self.extend(episode, hint);
            }
            return Settled::Late;
        }
        if status.phase == Phase::Disabled {
            return Settled::Uncounted;
        }
        let failed = outcome == Outcome::Failure;
        let in_word = !matches!(status.phase, Phase::Closed { .. });
        let (position, mut reason) = self.record(episode, outcome, slow, in_word);
        if failed && verdict.trips {
            reason = Some(Reason::Trip);
        }
        if reason.is_none() {
            let closed = Word::pack(status).without_failures();
            // A failure that is neither timed nor recorded is left to `apply`: `count_failure`
            // could mostly not count it, and so it came here.
            let Tracking { timed, recorded, .. } = status.tracking;
            let may_count = failed && (timed || recorded) && closed.is_closed();
            // Loaded anew for a success: a change of the window may have moved failures into the
            // word meanwhile.
            let changes = failed || outcome == Outcome::Success && self.cell.has_failures();
            let counted = position.is_some_and(|position| position.counted);
            if counted || !changes || may_count && self.count_added_failure(closed) {
                return Settled::Counted;
            }
        }
        let input = Input::Settle { episode, outcome, trips: reason.is_some() };
        let reason = reason.unwrap_or(Reason::ConsecutiveFailures);
        // If another thread has seen the record and tripped on it, the call has counted.
        match self.apply(input, verdict.retry_after, reason) {
            Effect::Late if position.is_none() => Settled::Late,
            _ => Settled::Counted,
        }
    }
}
