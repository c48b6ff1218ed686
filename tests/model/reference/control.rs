//! Control by hand, other tuning, and what was saved.

use breakerbox::{EventKind, Reason, State};

use super::cooldown::later;
use super::{Model, Phase, Shown};
use crate::tuning::{FOREVER, Tuning};

impl Model {
    pub(crate) fn force_open(&mut self) {
        match &mut self.phase {
            Phase::Isolated { by_hand, .. } => *by_hand = true,
            _ => self.enter(Phase::Isolated { handles: 0, by_hand: true }, Reason::Manual),
        }
    }

    /// Isolates for a handle, which is good for the episode that is returned.
    pub(crate) fn isolate(&mut self) -> u64 {
        match &mut self.phase {
            Phase::Isolated { handles, .. } => *handles += 1,
            _ => self.enter(Phase::Isolated { handles: 1, by_hand: false }, Reason::Manual),
        }
        self.episode
    }

    /// Drops a handle.
    pub(crate) fn release(&mut self, episode: u64) {
        let Phase::Isolated { handles, by_hand } = &mut self.phase else { return };
        if self.episode == episode {
            *handles -= 1;
            if *handles == 0 && !*by_hand {
                self.enter(Phase::Closed, Reason::Manual);
                self.openings = 0;
            }
        }
    }

    pub(crate) fn open_by_hand(&mut self) {
        if self.state() != State::Open {
            self.open(Reason::Manual, None, true);
        }
    }

    pub(crate) fn open_for(&mut self, length: u64) {
        let began = self.now();
        let open = Phase::Open { until: later(began, length), began, held: true };
        self.open_until(open, Reason::Manual);
    }

    fn open_until(&mut self, open: Phase, reason: Reason) {
        match self.phase {
            Phase::Open { .. } => self.phase = open,
            _ => self.enter(open, reason),
        }
    }

    pub(crate) fn half_open(&mut self) {
        if self.state() != State::HalfOpen {
            self.enter(Phase::HalfOpen { successes: 0 }, Reason::Manual);
        }
    }

    pub(crate) fn close(&mut self) {
        if self.state() != State::Closed {
            self.enter(Phase::Closed, Reason::Manual);
        }
        self.openings = 0;
    }

    pub(crate) fn reset(&mut self) {
        self.enter(Phase::Closed, Reason::Reset);
        self.openings = 0;
    }

    pub(crate) fn disable(&mut self) {
        if self.state() != State::Disabled {
            self.enter(Phase::Disabled, Reason::Manual);
        }
    }

    pub(crate) fn observe(&mut self) {
        if self.state() != State::Observing {
            self.enter(Phase::Observing { until: 0 }, Reason::Manual);
        }
    }

    /// Takes over the state that was shown.
    pub(crate) fn restore(&mut self, shown: &Shown) {
        let now = self.now();
        let is_new = self.state() != shown.state;
        match shown.state {
            State::Open => {
                let until = later(now, shown.remaining.unwrap_or(FOREVER));
                let open = Phase::Open { until, began: now, held: true };
                self.open_until(open, Reason::Restored);
            }
            State::HalfOpen => {
                // The cooldown that ran is over; it has been as long as it ran.
                let began = if let Phase::Open { .. } = self.phase { self.since } else { now };
                self.open_until(Phase::Open { until: now, began, held: true }, Reason::Restored);
            }
            State::Isolated if !is_new => self.force_open(),
            State::Isolated => {
                self.enter(Phase::Isolated { handles: 0, by_hand: true }, Reason::Restored);
            }
            State::Closed if is_new => self.enter(Phase::Closed, Reason::Restored),
            State::Disabled if is_new => self.enter(Phase::Disabled, Reason::Restored),
            State::Observing if is_new => {
                self.enter(Phase::Observing { until: 0 }, Reason::Restored);
            }
            _ => {}
        }
        // An open breaker has opened at least once.
        self.openings = shown.openings.max(u16::from(self.state() == State::Open));
    }

    /// Replaces the tuning. A window of another kind or size begins empty, whether or not it is
    /// used already; all else stays.
    pub(crate) fn reconfigure(&mut self, tuning: Tuning) {
        if tuning.window != self.tuning.window {
            self.window.clear();
        }
        self.tuning = tuning;
    }

    /// Leaves the registry, and goes on as before.
    pub(crate) fn remove(&mut self) {
        self.tell(EventKind::Removed);
    }
}
