//! Asks the link for leases, by which probes leave.

use core::time::Duration;

use super::length;
use crate::breaker::Breaker;
use crate::breaker::grants::{Grants, Look};
use crate::clock::{Span, Tick};
use crate::link::{Probe, Token};
use crate::outcome::Outcome;
use crate::state::status::{Episode, Phase, Status};
use crate::state::step::{Effect, Gate, Input};

/// The answer to a call that may be a probe.
pub(in crate::breaker) enum Answer {
    /// The call must be decided again, by this gate. If this thread has got a lease, the answer has
    /// the half-open and the token.
    Again(Gate, Option<(Episode, Token)>),
    /// The call is rejected. The next one should wait for this long.
    Wait(Span),
}

impl Breaker {
    /// Returns how probes leave: when the cooldown is over, or by a lease.
    pub(in crate::breaker) fn gate(&self) -> Gate {
        if self.link().is_some() { Gate::Leased(None) } else { Gate::Free }
    }

    /// Asks the link whether a probe may leave. The state is open and due, or half-open with a free
    /// slot.
    #[cold]
    pub(in crate::breaker) fn ask_for_lease(&self, status: Status) -> Answer {
        let Some(link) = self.link() else { return Answer::Again(Gate::Free, None) };
        let is_open = status.phase.is_open();
        let half_open = if is_open { status.episode.next() } else { status.episode };
        let (grants, now) = (self.grants(), self.clock().stamp());
        match grants.enter(half_open, now) {
            Look::Runs => return Answer::Again(Gate::Leased(Some(half_open)), None),
            Look::PutOff(until) => return Answer::Wait(until.left(now, now)),
            Look::Ask => {}
        }
        let id = self.id();
        let lease = self.tuning.probe_timeout();
        // Read before the link takes it: the lease ends here no later than at the link.
        let until = now.after(lease);
        match link.due(&id, length(lease)) {
            Probe::Go(token) if grants.keep(half_open, Some(token), until) => {
                Answer::Again(enter(grants, half_open, now), Some((half_open, token)))
            }
            Probe::Go(token) => {
                link.back(&id, token);
                Answer::Again(Gate::Leased(None), None)
            }
            Probe::Alone => {
                grants.keep(half_open, None, until);
                Answer::Again(enter(grants, half_open, now), None)
            }
            Probe::Wait(left) => self.put_off(status, half_open, left),
            Probe::Closed => {
                self.control(Input::Cleared(status.episode));
                Answer::Again(Gate::Leased(None), None)
            }
        }
    }

    /// Puts off the next probe: in the word if the breaker is open, beside it if it is half-open.
    fn put_off(&self, status: Status, half_open: Episode, left: Duration) -> Answer {
        let (episode, now) = (status.episode, self.clock().stamp());
        // At least until the next tick; otherwise each call would ask.
        let left = Span::new(left).max(Span::from_bits(1));
        let until = now.after(left);
        if let Phase::Open { until: found } = status.phase {
            self.grants().note_own_end(episode, found);
            if self.control(Input::Wait { episode, until }) == Effect::Late {
                return Answer::Again(Gate::Leased(None), None);
            }
        } else {
            self.grants().put_off(half_open, until);
        }
        Answer::Wait(left)
    }

    /// Returns whether the next probe of a half-open breaker has been put off.
    pub(in crate::breaker) fn is_put_off(&self, half_open: Episode) -> bool {
        let look = |grants: &Grants| grants.look(half_open, self.clock().stamp());
        self.grants_if_made().is_some_and(|grants| matches!(look(grants), Look::PutOff(_)))
    }

    /// Gives back a lease that this thread has got, if its half-open is over or never began.
    pub(in crate::breaker) fn return_unused_lease(
        &self,
        (half_open, token): (Episode, Token),
        found: Status,
    ) {
        let is_used = found.episode == half_open && matches!(found.phase, Phase::HalfOpen { .. });
        let (Some(link), false) = (self.link(), is_used) else { return };
        if let Some(token) = self.grants().take(half_open, Some(token)) {
            link.back(&self.id(), token);
        }
    }

    /// Renews the lease after a success that has not closed the breaker, or gives it back if the
    /// last probe was given up.
    pub(in crate::breaker) fn note_probe_end(&self, half_open: Episode, outcome: Outcome) {
        let (Some(grants), status) = (self.grants_if_made(), self.cell.status()) else { return };
        if !matches!(status.phase, Phase::HalfOpen { .. }) || status.episode != half_open {
            return;
        }
        match outcome {
            Outcome::Success => self.renew_lease(half_open, self.tuning.probe_timeout()),
            Outcome::Ignored => self.give_back(grants.end_if_idle(|| self.idle_half_open())),
            Outcome::Failure => {}
        }
    }

    /// Notes that a call which entered by a lease has swapped the word, or will not.
    pub(in crate::breaker) fn note_entered(&self) {
        if let Some(grants) = self.grants_if_made() {
            self.give_back(grants.entered(|| self.idle_half_open()));
        }
    }

    /// Returns the episode of the half-open, if no probe is out in it.
    fn idle_half_open(&self) -> Option<Episode> {
        let status = self.cell.status();
        matches!(status.phase, Phase::HalfOpen { in_flight: 0, .. }).then_some(status.episode)
    }

    fn give_back(&self, token: Option<Token>) {
        if let (Some(link), Some(token)) = (self.link(), token) {
            link.back(&self.id(), token);
        }
    }

    /// Extends the lease of a half-open to at least `lease` from now, if it still runs.
    pub(in crate::breaker) fn renew_lease(&self, half_open: Episode, lease: Span) {
        self.extend_lease(half_open, lease, lease);
    }

    /// Extends the lease of a half-open as [`renew_lease`](Self::renew_lease) does, for the next
    /// item of a probe's stream. Items may come often: half a lease more is asked for, so that as
    /// much time passes before the link is asked again.
    #[cfg(feature = "stream")]
    pub(in crate::breaker) fn renew_lease_for_item(&self, half_open: Episode, lease: Span) {
        self.extend_lease(half_open, lease, lease.times(1.5));
    }

    /// Extends the lease of a half-open to `lease` from now, if it still runs and no more than
    /// `enough` is left of it. A lease that has run out may be another process's by now.
    #[cold]
    fn extend_lease(&self, half_open: Episode, enough: Span, lease: Span) {
        let (Some(grants), Some(link)) = (self.grants_if_made(), self.link()) else { return };
        let now = self.clock().stamp();
        let ends = [enough, lease].map(|span| now.after(span));
        let Some(token) = grants.renew(half_open, now, ends) else { return };
        if !link.renew(&self.id(), token, length(lease)) {
            grants.end(half_open, Some(token));
        }
    }

    /// Lets the probes of a half-open leave without the link. A control is about to begin that
    /// half-open.
    pub(in crate::breaker) fn leave_alone(&self) {
        let status = self.cell.status();
        let begins = !matches!(status.phase, Phase::HalfOpen { .. });
        if begins && self.link().is_some() {
            self.grants().keep(status.episode.next(), None, Tick::NEVER);
        }
    }
}

/// Lets a call enter by a lease that has just been kept, unless the lease has already ended.
fn enter(grants: &Grants, half_open: Episode, now: Tick) -> Gate {
    let runs = grants.enter(half_open, now) == Look::Runs;
    Gate::Leased(runs.then_some(half_open))
}
