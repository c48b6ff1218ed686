//! The leases of probes, and the decision whether a probe may leave.

use std::time::Duration;

use breaker_core::link::{Opening, Probe, Token, Told};

use super::Mode;
use super::Moment;
use super::bids::LEAST_START;
use super::entry::{Context, Entry};
use super::output::Change;
use crate::store::Act;

/// The lease that this process has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    pub(super) token: Token,
    /// The end of the lease. The store's is no earlier: this one counts from the sending of the
    /// claim.
    pub(super) until: Moment,
    /// If no probe has left by then, none would end in time: no call came, and the lease goes back.
    start_by: Option<Moment>,
}

/// The longest lease that is asked for, without what is added to it.
pub(super) const LONGEST_LEASE: Duration = Duration::from_secs(6 * 60 * 60);

/// A breaker's wait for a lease. No breaker waits for ever: the pump may stand still, or the store
/// may refuse the claim.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Patience {
    /// The record that is due, and the breaker's first request for its lease.
    asked: Option<(Token, Moment)>,
}

/// The longest time for which a breaker asks for a lease while nothing is heard of it.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// After so many acts in a row without an answer, a breaker waits for no lease.
const UNANSWERED: u8 = 3;

impl Patience {
    /// Returns whether a breaker whose record is due waits for a lease. If it does not, it probes
    /// without a lease, and may wait again afterwards. `bid`: when this process bids for the lease.
    fn waits(&mut self, stamp: Token, bid: Option<Moment>, now: Moment) -> bool {
        let since = match self.asked {
            Some((asked, since)) if asked == stamp => since,
            _ => now,
        };
        let from = bid.map_or(since, |bid| bid.max(since));
        let waits = now - from < LONGEST_WAIT;
        self.asked = waits.then_some((stamp, since));
        waits
    }
}

impl Lease {
    pub(super) fn next_wake(&self) -> Moment {
        self.start_by.map_or(self.until, |start_by| start_by.min(self.until))
    }
}

/// A breaker's wait while the lease's holder is unknown. If this process is granted the lease, the
/// breaker is told.
const CLAIMING: Duration = Duration::from_millis(100);

impl Entry {
    /// Decides whether a probe may leave now.
    pub(super) fn due(&mut self, lease: Duration, cx: &mut Context<'_>) -> Probe {
        // An open record that only others have a breaker for is known too.
        if !self.has_breaker() {
            return Probe::Alone;
        }
        let lease = lease.min(LONGEST_LEASE);
        match cx.mode {
            Mode::Left => return Probe::Alone,
            _ if self.holds(cx.now).is_some() => {}
            Mode::Joining(_) => return Probe::Alone,
            Mode::Alone(..) => return self.guarded(cx.now).map_or(Probe::Alone, Probe::Wait),
            Mode::Joined => {}
        }
        if let Some(held) = self.lease.as_mut().filter(|held| cx.now < held.until) {
            let Lease { token, until, .. } = *held;
            held.start_by = None;
            if until - cx.now < lease {
                self.renew_by(token, lease, cx);
            }
            return Probe::Go(token);
        }
        let record = self.record.as_ref();
        let Some((record, (open, left))) = record.and_then(|it| Some((it, it.left(cx.now)?)))
        else {
            if self.evidence.is_some() {
                return Probe::Alone;
            }
            if self.is_told_too_much() {
                (self.told, self.close_at) = (None, None);
                return Probe::Closed;
            }
            return self.guarded(cx.now).map_or(Probe::Alone, Probe::Wait);
        };
        if self.ignored == Some(open.began) {
            Probe::Alone
        } else if left.is_zero() {
            let (stamp, bid) = (record.stamp, self.bids.at);
            if self.unanswered >= UNANSWERED || !self.patience.waits(stamp, bid, cx.now) {
                return Probe::Alone;
            }
            self.ring(cx);
            Probe::Wait(CLAIMING)
        } else {
            Probe::Wait(left)
        }
    }

    /// Returns whether this process may still have the lease. Asks for more if little of it is
    /// left.
    pub(super) fn renew(&mut self, token: Token, lease: Duration, cx: &mut Context<'_>) -> bool {
        let lease = lease.min(LONGEST_LEASE);
        let Some(held) = self.holds(cx.now).filter(|held| held.token == token) else {
            return false;
        };
        let is_asked_for = self.queue.has(|act| matches!(act, Act::Renew { .. }));
        if held.until - cx.now < lease && !is_asked_for {
            self.renew_by(token, lease + lease / 2, cx);
        }
        true
    }

    fn renew_by(&mut self, token: Token, lease: Duration, cx: &Context<'_>) {
        self.queue.push(Act::Renew { token, lease }, cx.now);
    }

    pub(super) fn back(&mut self, token: Token, cx: &Context<'_>) {
        if self.lease.is_some_and(|held| held.token == token) {
            self.lease = None;
        }
        self.queue.push(Act::Back { token }, cx.now);
    }

    /// Takes the lease that was claimed at `sent`.
    pub(super) fn granted(&mut self, token: Token, until: Moment, cx: &mut Context<'_>) {
        let is_over = self.record.as_ref().is_some_and(|known| known.stamp != token);
        if is_over || until <= cx.now {
            return;
        }
        let start_by = Moment(until.0.saturating_sub(self.probe_timeout.min(LONGEST_LEASE)));
        // The grant may have been under way until then.
        let start_by = start_by.max(cx.now + LEAST_START);
        self.lease = Some(Lease { token, until, start_by: Some(start_by) });
        self.note(|place| Change::LeaseGranted { place }, cx);
        let Some(open) = self.record.as_ref().and_then(|record| record.open.as_ref()) else {
            return;
        };
        let (openings, began) = (open.openings, open.began);
        let left = Duration::ZERO;
        self.tell(Told::Open(Opening { left, openings, began, own: false }), cx);
    }

    /// Notes that the lease was prolonged, and runs until `until`.
    pub(super) fn renewed(&mut self, token: Token, until: Moment) {
        if let Some(held) = self.lease.as_mut().filter(|held| held.token == token) {
            held.until = held.until.max(until);
        }
    }

    pub(super) fn holds(&self, now: Moment) -> Option<Lease> {
        self.lease.filter(|lease| now < lease.until)
    }

    /// Notes that the record has gone on to another epoch.
    pub(super) fn lose_lease_to(&mut self, stamp: Token, cx: &mut Context<'_>) {
        if self.lease.is_some_and(|held| held.token != stamp) {
            self.lose_lease(cx);
        }
    }

    pub(super) fn lose_lease(&mut self, cx: &mut Context<'_>) {
        if self.lease.take().is_some() {
            self.note(|place| Change::LeaseLost { place }, cx);
        }
    }

    pub(super) fn end_lease_in_time(&mut self, cx: &mut Context<'_>) {
        let Some(held) = self.lease.filter(|held| held.next_wake() <= cx.now) else { return };
        self.lose_lease(cx);
        if cx.now < held.until {
            self.queue.push(Act::Back { token: held.token }, cx.now);
        }
    }
}
