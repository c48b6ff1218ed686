//! A link that answers what the test has put down, and notes what it is asked and told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use breaker_core::link::{Id, Link, Probe, Report, Tally, Terms, Token, Told};
use breakerbox::{Breaker, EventKind, Role, Sharing};

#[derive(Default)]
pub(crate) struct Script(Mutex<Lines>);

#[derive(Default)]
struct Lines {
    met: Option<Told>,
    counts: bool,
    panics: bool,
    tallies: VecDeque<Tally>,
    probes: VecDeque<Probe>,
    renewals: VecDeque<bool>,
    notes: Vec<String>,
}

impl Script {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap()
    }

    /// Sets the state that a breaker is told when it is met.
    pub(crate) fn meets_with(&self, told: Told) {
        self.lines().met = Some(told);
    }

    /// The answers to the next failures; after them, the breaker is alone.
    pub(crate) fn tallies<const N: usize>(&self, tallies: [Tally; N]) {
        self.lines().tallies.extend(tallies);
    }

    /// Lets failures be shared from the next breaker on.
    pub(crate) fn counts(&self) {
        self.lines().counts = true;
    }

    /// The answers to the next probes; after them, the breaker is alone.
    pub(crate) fn probes<const N: usize>(&self, probes: [Probe; N]) {
        self.lines().probes.extend(probes);
    }

    /// Sets which of the next leases are renewed; after them, all are.
    pub(crate) fn renews<const N: usize>(&self, renewals: [bool; N]) {
        self.lines().renewals.extend(renewals);
    }

    /// Lets every method panic.
    pub(crate) fn panics(&self) {
        self.lines().panics = true;
    }

    pub(crate) fn forget(&self) {
        self.lines().notes.clear();
    }

    /// Returns the notes since the last look.
    pub(crate) fn noted(&self) -> Vec<String> {
        std::mem::take(&mut self.lines().notes)
    }

    fn note(&self, id: &Id, what: &str) {
        let mut lines = self.lines();
        let panics = lines.panics;
        let key = id.key().map(|key| format!("[{key}]")).unwrap_or_default();
        lines.notes.push(format!("{}{key} {what}", id.name()));
        drop(lines);
        assert!(!panics, "as the test asked for");
    }
}

impl Link for Script {
    fn attach(&self, breaker: &Arc<Breaker>, id: &Id) -> Told {
        assert_eq!((breaker.family().as_str(), breaker.key()), (id.name(), id.key()));
        self.note(id, "met");
        self.lines().met.unwrap_or(Told::Nothing)
    }

    fn detach(&self, breaker: &Breaker, id: &Id) {
        assert_eq!((breaker.family().as_str(), breaker.key()), (id.name(), id.key()));
        self.note(id, "gone");
    }

    fn counts(&self, _: &Id) -> bool {
        self.lines().counts
    }

    fn failed(&self, id: &Id, row: u16, terms: &Terms) -> Tally {
        let Terms { threshold, cooldown, opens_for, openings } = terms;
        let opens = format!("{opens_for:?} of {cooldown:?}, opening {openings}");
        self.note(id, &format!("failed {row} of {threshold}, {opens}"));
        self.lines().tallies.pop_front().unwrap_or(Tally::Alone)
    }

    fn recovered(&self, id: &Id) {
        self.note(id, "recovered");
    }

    fn due(&self, id: &Id, lease: Duration) -> Probe {
        self.note(id, &format!("due, for {lease:?}"));
        self.lines().probes.pop_front().unwrap_or(Probe::Alone)
    }

    fn renew(&self, id: &Id, token: Token, lease: Duration) -> bool {
        self.note(id, &format!("renew {}, for {lease:?}", token.epoch));
        self.lines().renewals.pop_front().unwrap_or(true)
    }

    fn back(&self, id: &Id, token: Token) {
        self.note(id, &format!("back {}", token.epoch));
    }

    fn event(&self, id: &Id, report: &Report<'_>) {
        let what = match report.event.kind {
            EventKind::Transition { from, to, reason } => format!("{from} to {to}: {reason}"),
            kind => format!("{kind:?}"),
        };
        let token = report.token.map(|token| format!(", by {}", token.epoch)).unwrap_or_default();
        let known = if report.known { ", known" } else { "" };
        self.note(id, &format!("{what}{token}{known}"));
    }

    fn sharing(&self, id: &Id) -> Option<Sharing> {
        (!id.is_default_name()).then(|| Sharing::new("script", Role::Member))
    }
}
