//! Readings of a breaker: its status, its snapshot, and whether it would admit a call.

use core::fmt;

use crate::breaker::cold::ColdState;
use crate::breaker::snapshot::Snapshot;
use crate::breaker::{Breaker, nesting};
use crate::clock::{Clock, Tick};
use crate::state::status::{Episode, Phase, Status};
use crate::window::{Totals, Window};

impl Breaker {
    /// Returns true if a call made at this moment would be admitted. It has no effect: it takes
    /// no probe's slot and changes no state. A router asks it to pass over a tripped back end.
    /// It promises nothing: by the time of the call, other calls may have taken the slots.
    #[must_use]
    pub fn is_call_permitted(&self) -> bool {
        // The word alone decides if the breaker is closed; the word and the clock if it is open.
        let word = self.cell.load_relaxed();
        match word.open_until() {
            Some(until) => self.has_come(until),
            None => word.is_closed() || self.is_permitted_slow(),
        }
    }

    #[inline(never)]
    fn is_permitted_slow(&self) -> bool {
        let status = self.cell.status();
        match status.phase {
            Phase::Closed { .. } | Phase::Disabled | Phase::Observing { .. } => true,
            Phase::Open { until } => self.has_come(until),
            Phase::HalfOpen { in_flight, .. } => {
                let is_free = || {
                    in_flight < self.tuning.limits().probes
                        || self.cell.cold_if_made().is_some_and(|cold| {
                            let end = cold.leases.first_end(status.episode);
                            end.is_some_and(|end| end <= self.near_now(end))
                        })
                };
                nesting::is_inside(self, status.episode)
                    || is_free() && !self.is_put_off(status.episode)
            }
            Phase::Isolated { .. } => false,
        }
    }

    /// Returns whether `end` has come.
    #[inline]
    fn has_come(&self, end: Tick) -> bool {
        // The cheapest reading of the clock decides if it shows `end` to be far off.
        let is_far = self.is_on_system_clock() && Clock::system_before(end).is_some();
        !is_far && self.near_now(end) >= end
    }

    /// Returns the status, with the consecutive failures that the window counts.
    pub(crate) fn status(&self) -> Status {
        let mut found = self.cell.status();
        loop {
            let mut status = found;
            let Phase::Closed { failures } = &mut status.phase else { return status };
            *failures = failures.saturating_add(self.consecutive_in_window(status.episode));
            // A change of the config moves failures from the window to the word, and publishes the
            // word before the window lets them go. So a thread that misses them in both finds
            // another word.
            let again = self.cell.status();
            if again == found {
                return status;
            }
            found = again;
        }
    }

    /// Returns the consecutive failures that the window counts. The word may still have others,
    /// counted before the window began to.
    fn consecutive_in_window(&self, episode: Episode) -> u16 {
        let Some(cold) = self.cell.cold_if_made() else { return 0 };
        loop {
            let failures = match cold.windows.current() {
                Some(Window::Calls(calls)) => calls.consecutive_failures(episode),
                Some(Window::Time(window)) => window.consecutive_failures(episode),
                None => return 0,
            };
            if let Some(failures) = failures {
                return failures;
            }
            // The window is being changed: waits for the end of the change.
            drop(cold.windows.lock());
        }
    }

    /// Returns state and counters at one moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut status = self.status();
        loop {
            // The thread that began the episode has yet to store the moment, and another thread is
            // about to begin the next.
            let just_now = || self.clock().stamp();
            let stored = self.cell.since_of(status.episode);
            let since = stored.unwrap_or_else(just_now);
            let now = self.clock().now();
            let sums = self.sums(status, since);
            let again = self.status();
            if again == status {
                let counts = self.cell.cold_if_made().map(ColdState::counts).unwrap_or_default();
                let min_calls = self.tuning.rates().min_calls;
                let name = self.current_name();
                if !self.tuning.shows_consecutive() {
                    status.forget_failures();
                }
                let is_over =
                    matches!(status.phase, Phase::Closed { .. }) && !self.grows(status, || now);
                let openings = if is_over { 0 } else { self.cell.openings(status) };
                let openings = u16::try_from(openings).unwrap_or(u16::MAX);
                let mut snapshot = Snapshot::new(name, status, now, since, counts, sums, min_calls);
                if let Phase::Open { until } = status.phase {
                    let began = self.cell.cooldown_began(until, since);
                    // If the beginning is unknown, the cooldown is at least what is left of it.
                    let left = snapshot.remaining_cooldown.filter(|_| stored.is_none());
                    snapshot.cooldown = until.remaining(began, began).max(left);
                }
                let episode = self.shown_episode(status.episode);
                return Snapshot { episode, openings, shared: self.sharing(), ..snapshot };
            }
            status = again;
        }
    }

    /// Returns the totals of the window: the present ones while the breaker records, those at the
    /// trip while it is open, and otherwise zeros.
    pub(super) fn sums(&self, status: Status, since: Tick) -> Option<Totals> {
        self.tuning.shape()?;
        let sums = match status.phase {
            Phase::Closed { .. } | Phase::Observing { .. } => {
                self.recount(status.episode, || self.coarse_now())
            }
            Phase::Open { .. } => self.recount(self.cell.recording(), || since),
            _ => Totals::default(),
        };
        Some(sums)
    }
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.snapshot().fmt(f)
    }
}
