//! Races of calls with a link's news for a breaker, and for the lease of a probe.

use std::sync::{Mutex, MutexGuard};

use breaker_core::Reason;
use breaker_core::link::{Id, Link, Opening, Probe, Report, Tally, Terms, Token, Told};

use super::*;

/// A record that this process shares with nobody. Changes of it take no time, so loom does not
/// follow its lock.
#[derive(Default)]
struct Record(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    epoch: u64,
    /// The lease that is out.
    held: Option<Token>,
    failures: u16,
    recovered: u32,
    trips: Vec<Reason>,
    settled: Vec<(Token, State)>,
}

impl Record {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap()
    }
}

impl Kept {
    fn next(&mut self) -> Token {
        self.epoch += 1;
        Token { generation: 1, epoch: self.epoch }
    }
}

impl Link for Record {
    fn counts(&self, _: &Id) -> bool {
        true
    }

    fn failed(&self, _: &Id, _: u16, terms: &Terms) -> Tally {
        let mut kept = self.kept();
        kept.failures += 1;
        if kept.failures < terms.threshold {
            return Tally::Row(kept.failures);
        }
        Tally::Open(Opening { own: true, ..opening(&mut kept, terms.opens_for) })
    }

    fn recovered(&self, _: &Id) {
        let mut kept = self.kept();
        kept.failures = 0;
        kept.recovered += 1;
    }

    fn due(&self, _: &Id, _: Duration) -> Probe {
        let mut kept = self.kept();
        if kept.held.is_some() {
            return Probe::Wait(COOLDOWN);
        }
        let token = kept.next();
        kept.held = Some(token);
        Probe::Go(token)
    }

    fn back(&self, _: &Id, token: Token) {
        let mut kept = self.kept();
        kept.held = kept.held.filter(|held| *held != token);
    }

    fn event(&self, _: &Id, report: &Report<'_>) {
        let EventKind::Transition { from, to, reason } = report.event.kind else { return };
        let mut kept = self.kept();
        if let Some(token) = report.token {
            kept.held = kept.held.filter(|held| *held != token);
            kept.settled.push((token, to));
        }
        if (from, to) == (State::Closed, State::Open) {
            kept.trips.push(reason);
        }
    }
}

fn opening(kept: &mut Kept, left: Duration) -> Opening {
    Opening { left, openings: 1, began: kept.next(), own: false }
}

/// Another process's opening.
fn peers() -> Opening {
    opening(&mut Kept::default(), COOLDOWN * 2)
}

fn linked(breaker: &Breaker, counts: bool) -> Arc<Record> {
    let record = Arc::<Record>::default();
    model::link(breaker, Arc::clone(&record) as Arc<dyn Link>, counts);
    record
}

fn reasons(breaker: &Arc<Breaker>) -> (Arc<Mutex<Vec<Reason>>>, Subscription) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let subscription = breaker.on_transition(move |event| {
        if let EventKind::Transition { reason, .. } = event.kind {
            log.lock().unwrap().push(reason);
        }
    });
    (seen, subscription)
}

#[test]
fn opening_that_is_told_beside_a_trip_makes_one_transition() {
    explore(USUAL, [100, 100], |role| {
        let (breaker, _hand) = breaker(config());
        let record = linked(&breaker, false);
        let (seen, _subscription) = reasons(&breaker);
        let failing = acquire(&breaker).unwrap();
        role.race(|| failing.failure(), on(&breaker, |breaker| breaker.told(Told::Open(peers()))));
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
        // Whichever came first, the longer cooldown stands.
        assert_eq!(snapshot.remaining_cooldown, Some(COOLDOWN * 2));
        let by_peer = *seen.lock().unwrap() == [Reason::Peer];
        assert_eq!(snapshot.late_outcomes, u64::from(by_peer));
        let trips = record.kept().trips.clone();
        assert_eq!(trips, if by_peer { vec![] } else { vec![Reason::ConsecutiveFailures] });
    });
}

#[test]
fn opening_that_is_told_beside_a_success_opens() {
    explore(Depth::All, [14, 22], |role| {
        let (breaker, _hand) = breaker(config().threshold(3));
        linked(&breaker, false);
        fail_one(&breaker);
        let call = acquire(&breaker).unwrap();
        role.race(|| call.success(), on(&breaker, |breaker| breaker.told(Told::Open(peers()))));
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
    });
}

#[test]
fn suspicion_beside_a_failure_opens_if_it_comes_first_and_never_by_itself() {
    for told in [Told::Suspect, Told::Failures(2)] {
        explore(Depth::All, [11, 7], move |role| {
            let (breaker, _hand) = breaker(config().threshold(3));
            linked(&breaker, false);
            let failing = acquire(&breaker).unwrap();
            role.race(|| failing.failure(), on(&breaker, move |breaker| breaker.told(told)));
            let snapshot = breaker.snapshot();
            match snapshot.state {
                State::Closed => assert_eq!(snapshot.consecutive_failures, 2),
                state => assert_eq!((state, snapshot.episode), (State::Open, 1)),
            }
            assert_eq!(breaker.totals().failures(FailureKind::Error), 1);
        });
    }
}

#[test]
fn suspicion_beside_a_success_is_refuted_or_stays() {
    explore(Depth::All, [11, 16], |role| {
        let (breaker, _hand) = breaker(config().threshold(3));
        linked(&breaker, false);
        fail_one(&breaker);
        let call = acquire(&breaker).unwrap();
        role.race(|| call.success(), on(&breaker, |breaker| breaker.told(Told::Suspect)));
        let snapshot = breaker.snapshot();
        assert!([0, 2].contains(&snapshot.consecutive_failures), "{snapshot:?}");
        assert_eq!(
            (snapshot.state, breaker.totals().failures(FailureKind::Error)),
            (State::Closed, 1)
        );
    });
}

#[test]
fn failures_that_a_link_counts_trip_once_and_no_failure_is_lost() {
    explore(Depth::All, [63], |role| {
        let (breaker, _hand) = breaker(config().threshold(2));
        let record = linked(&breaker, true);
        let (seen, _subscription) = reasons(&breaker);
        let [one, two] = permits(&breaker);
        role.race(|| one.failure(), || two.failure());
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
        assert_eq!(record.kept().failures, 2);
        assert_eq!(*seen.lock().unwrap(), [Reason::ConsecutiveFailures]);
    });
}

#[test]
fn success_beside_a_failure_that_a_link_counts_is_before_it_or_after_it() {
    explore(Depth::All, [34, 20], |role| {
        let (breaker, _hand) = breaker(config().threshold(3));
        let record = linked(&breaker, true);
        fail_one(&breaker);
        let [good, bad] = permits(&breaker);
        role.race(|| good.success(), || bad.failure());
        let failures = record.kept().failures;
        assert!(failures <= 2, "{failures}");
        // The next failure makes the two agree again.
        fail_one(&breaker);
        if breaker.state() == State::Closed {
            let counted = breaker.snapshot().consecutive_failures;
            assert_eq!(counted, record.kept().failures);
        }
        assert_eq!(breaker.totals().failures(FailureKind::Error), 3);
    });
}

#[test]
fn row_of_failures_is_told_of_by_the_one_success_that_has_broken_it() {
    explore(Depth::All, [19], |role| {
        let (breaker, _hand) = breaker(config().threshold(3));
        let record = linked(&breaker, true);
        fail_one(&breaker);
        let [one, two] = permits(&breaker);
        role.race(|| one.success(), || two.success());
        assert_eq!(record.kept().recovered, 1);
        assert_eq!(breaker.snapshot().consecutive_failures, 0);
    });
}

/// Asserts that the lease is out exactly if its half-open is.
fn assert_lease_is_accounted_for(breaker: &Breaker, record: &Record) {
    let is_half_open = breaker.state() == State::HalfOpen;
    assert_eq!(record.kept().held.is_some(), is_half_open, "{:?}", breaker.snapshot());
}

#[test]
fn callers_at_the_end_of_the_cooldown_get_one_probe_by_one_lease() {
    explore(SHALLOW, [800], |role| {
        let (breaker, hand) = ripe(config());
        let record = linked(&breaker, false);
        let (one, two) = role.race(on(&breaker, acquire), on(&breaker, acquire));
        let permits: Vec<_> = [one, two].into_iter().flatten().collect();
        assert_eq!((permits.len(), record.kept().epoch), (1, 1));
        assert_lease_is_accounted_for(&breaker, &record);
        drop(permits);
        assert_eq!(record.kept().held, None, "given back");
        assert_recovers(&breaker, &hand);
        assert_eq!(record.kept().settled.len(), 1);
    });
}

#[test]
fn lease_is_used_or_given_back_beside_a_control() {
    for control in [Breaker::force_open, Breaker::reset, Breaker::open] {
        explore(SHALLOW, [70, 1], move |role| {
            let (breaker, _hand) = ripe(config());
            let record = linked(&breaker, false);
            let ask = on(&breaker, acquire);
            let (permit, ()) = role.race(ask, on(&breaker, move |breaker| control(breaker)));
            assert_lease_is_accounted_for(&breaker, &record);
            drop(permit);
            assert_eq!(record.kept().held, None);
            assert_eq!(record.kept().settled, []);
        });
    }
}

#[test]
fn lease_is_used_or_given_back_beside_what_is_told() {
    for told in [Told::Open(peers()), Told::Closed] {
        explore(USUAL, [1_100, 520], move |role| {
            let (breaker, _hand) = ripe(config());
            let record = linked(&breaker, false);
            let tell = on(&breaker, move |breaker| breaker.told(told));
            let (permit, ()) = role.race(on(&breaker, acquire), tell);
            assert_lease_is_accounted_for(&breaker, &record);
            drop(permit);
            assert_eq!(record.kept().held, None);
        });
    }
}

#[test]
fn probe_given_back_beside_the_next_one_leaves_no_lease_out() {
    explore(USUAL, [80, 15], |role| {
        let (breaker, hand) = ripe(config());
        let record = linked(&breaker, false);
        let probe = acquire(&breaker).unwrap();
        let ((), next) = role.race(|| probe.ignore(), on(&breaker, acquire));
        assert_eq!(breaker.snapshot().probes_in_flight, u8::from(next.is_some()));
        assert_eq!(record.kept().held.is_some(), next.is_some(), "no probe without a lease");
        drop(next);
        assert_eq!(record.kept().held, None);
        assert_recovers(&breaker, &hand);
    });
}

#[test]
fn probe_settles_its_lease_once_beside_one_that_asks_after_it() {
    explore(USUAL, [220, 110], |role| {
        let (breaker, hand) = ripe(config().probes(2).probe_timeout(COOLDOWN));
        let record = linked(&breaker, false);
        let late = acquire(&breaker).unwrap();
        hand.advance(COOLDOWN);
        record.kept().held = None;
        let ((), next) = role.race(|| late.success(), on(&breaker, acquire));
        assert_eq!(breaker.state(), State::Closed);
        let settled = record.kept().settled.len();
        assert!(settled <= 1);
        assert_eq!(record.kept().held, None, "settled, or given back");
        drop(next);
    });
}

#[test]
fn failure_beside_the_end_of_a_half_open_is_not_told_of_the_open_that_ends() {
    explore(USUAL, [220, 15], |role| {
        let (breaker, _hand) = ripe(config().threshold(2));
        // One failure has not opened the breaker yet.
        fail_one(&breaker);
        _hand.advance(COOLDOWN);
        let record = linked(&breaker, true);
        record.kept().failures = 0;
        let probe = acquire(&breaker).unwrap();
        role.race(|| probe.success(), on(&breaker, fail_one));
        assert_eq!(breaker.state(), State::Closed);
        assert_eq!(record.kept().settled.len(), 1);
    });
}

#[test]
fn record_that_closes_beside_an_own_trip_leaves_that_open() {
    explore(Depth::All, [10, 1], |role| {
        let (breaker, _hand) = breaker(config());
        linked(&breaker, false);
        let failing = acquire(&breaker).unwrap();
        role.race(|| failing.failure(), on(&breaker, |breaker| breaker.told(Told::Closed)));
        assert_eq!((breaker.state(), breaker.snapshot().episode), (State::Open, 1));
    });
}
