//! The link's input: questions and reports of breakers, on threads of their callers.

use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::{Probe, Token, Told};
use breaker_core::{Breaker, Role, Sharing};

use super::{Brain, Mode, Moment, Reading, Report, Said};
use crate::store::Place;

impl Brain {
    /// Attaches a breaker, instead of an earlier one at its place. `cooldown` is from its config.
    pub(crate) fn attach(
        &mut self,
        now: Moment,
        place: &Place,
        breaker: &Arc<Breaker>,
        cooldown: Duration,
    ) -> Told {
        if self.mode == Mode::Left || self.has_given_up {
            return Told::Nothing;
        }
        let attach = self.with_made(place, now, |entry, cx| {
            if !std::ptr::eq(entry.breaker.as_ptr(), Arc::as_ptr(breaker)) {
                // The new breaker has not seen the failures of the earlier one.
                entry.let_go(cx);
                entry.breaker = Arc::downgrade(breaker);
            }
            entry.cooldown = cooldown;
            entry.first_word(cx)
        });
        attach.unwrap_or(Told::Nothing)
    }

    /// Detaches a breaker, unless another one is attached at its place.
    pub(crate) fn detach(&mut self, now: Moment, place: &str, breaker: &Breaker) {
        self.with(place, now, |entry, cx| {
            if std::ptr::eq(entry.breaker.as_ptr(), breaker) {
                entry.let_go(cx);
            }
        });
    }

    /// Decides whether a probe may leave. It may take `lease`.
    pub(crate) fn due(&mut self, now: Moment, place: &str, lease: Duration) -> Probe {
        self.with(place, now, |entry, cx| entry.due(lease, cx)).unwrap_or(Probe::Alone)
    }

    /// Prolongs a lease. Returns `false` if the lease is known to be over.
    pub(crate) fn renew(
        &mut self,
        now: Moment,
        place: &str,
        token: Token,
        lease: Duration,
    ) -> bool {
        self.with(place, now, |entry, cx| entry.renew(token, lease, cx)).unwrap_or(false)
    }

    /// Takes a lease back.
    pub(crate) fn back(&mut self, now: Moment, place: &str, token: Token) {
        self.with(place, now, |entry, cx| entry.back(token, cx));
    }

    /// Takes in what a breaker has done.
    pub(crate) fn report(&mut self, now: Moment, place: &str, report: Report) {
        if self.mode != Mode::Left {
            self.with(place, now, |entry, cx| entry.report(report, cx));
        }
    }

    /// Takes in a breaker's answer to a reading.
    pub(crate) fn said(&mut self, now: Moment, place: &str, reading: Reading, said: Said) {
        self.with(place, now, |entry, cx| entry.said(reading, said, cx));
    }

    /// Takes in a breaker's counts from before it was told to be suspicious. `is_new`: it was not
    /// suspicious already.
    pub(crate) fn suspected(
        &mut self,
        now: Moment,
        place: &str,
        (failures, errors): (u16, u64),
        is_new: bool,
    ) {
        self.with(place, now, |entry, _| entry.suspected(failures, errors, is_new));
    }

    /// Returns how a breaker is shared; `None` if it is not attached.
    pub(crate) fn sharing(&self, now: Moment, place: &str) -> Option<Sharing> {
        let entry = self.entries.get(place).filter(|entry| entry.has_breaker())?;
        let record = entry.record.as_ref();
        let open = record.and_then(|record| record.open.as_ref());
        let role = if self.mode != Mode::Joined {
            Role::Alone
        } else if entry.holds(now).is_some() {
            Role::Prober
        } else if entry.evidence.is_some() && open.is_none() {
            Role::Voter
        } else if entry.suspicion.is_some() {
            Role::Suspicious
        } else {
            Role::Member
        };
        let mut sharing = Sharing::new("fleet", role);
        sharing.votes = record.map_or(0, |record| record.votes);
        sharing.quorum = Some(self.quorum());
        sharing.holder = record.and_then(|record| record.prober(now)).cloned();
        Some(sharing)
    }
}
