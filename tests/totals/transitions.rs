//! Transitions by state and reason, and the time in each state.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, Reason, Registry, State, circuit_breaker};
use support::{Reply, named};

use crate::{answer, assert_none_fell, times};

const SECOND: Duration = Duration::from_secs(1);

/// The line of the attribute.
const DECLARED: u32 = line!() + 2;

#[circuit_breaker(name = "db", threshold = 2, cooldown = "10s")]
fn query(succeeds: bool) -> Reply {
    answer(succeeds)
}

/// Leads the breaker through a trip, a failed probe and a successful one.
fn trip_and_recover(scope: &Scope) {
    for _ in 0..2 {
        query(false).unwrap_err();
    }
    scope.advance(SECOND * 10);
    query(false).unwrap_err();
    query(true).unwrap_err();
    scope.advance(SECOND * 10);
    query(true).unwrap();
}

#[test]
fn transitions_are_counted_by_state_and_reason_and_no_reset_sets_them_back() {
    let scope = Scope::enter();
    trip_and_recover(&scope);
    let breaker = named(&scope, "db");
    let wanted = [
        (State::Closed, Reason::ProbesSucceeded, 1),
        (State::Open, Reason::ConsecutiveFailures, 1),
        (State::Open, Reason::ProbeFailed, 1),
        (State::HalfOpen, Reason::CooldownOver, 2),
    ];
    assert_eq!(breaker.totals().transitions().collect::<Vec<_>>(), wanted);
    assert_eq!((breaker.totals().rejections, breaker.totals().probes), (1, 2));

    breaker.reset();
    trip_and_recover(&scope);
    let totals = breaker.totals();
    assert_eq!(times(&totals, State::Closed, Reason::Reset), 1);
    for (state, reason, count) in wanted {
        assert_eq!(times(&totals, state, reason), 2 * count, "{state} {reason}");
    }
    assert_eq!((totals.rejections, totals.probes), (2, 4));
}

#[test]
fn late_outcomes_and_rejections_that_observing_saves_are_among_the_totals() {
    let scope = Scope::enter();
    query(true).unwrap();
    let breaker = named(&scope, "db");
    breaker.observe();
    let late = breaker.try_acquire().unwrap();
    for _ in 0..2 {
        query(false).unwrap_err();
    }
    query(true).unwrap();
    breaker.reset();
    late.failure();
    let totals = breaker.totals();
    assert_eq!((totals.observed_rejections, totals.late_outcomes), (1, 1));
}

#[test]
fn time_in_all_states_sums_up_to_the_clock_however_often_it_is_read() {
    type Lead = fn(&Breaker);
    let led: [(State, Lead); 7] = [
        (State::Open, Breaker::open),
        (State::HalfOpen, Breaker::half_open),
        (State::Isolated, Breaker::force_open),
        (State::Disabled, Breaker::disable),
        (State::Observing, Breaker::observe),
        (State::Closed, Breaker::reset),
        (State::Closed, Breaker::reset),
    ];
    for reads in [false, true] {
        let scope = Scope::enter();
        scope.advance(SECOND * 5);
        query(true).unwrap();
        let breaker = named(&scope, "db");
        let read = || assert!(!reads || breaker.totals().time_in(State::Closed) > Duration::ZERO);
        let mut wanted = [
            SECOND * 7,
            Duration::ZERO,
            Duration::ZERO,
            Duration::ZERO,
            Duration::ZERO,
            Duration::ZERO,
        ];
        scope.advance(SECOND * 7);
        for (n, (state, lead)) in (1_u32..).zip(led) {
            read();
            lead(&breaker);
            read();
            scope.advance(SECOND * n / 2);
            read();
            scope.advance(SECOND * n / 2);
            let at = State::ALL.into_iter().position(|found| found == state).unwrap();
            wanted[at] += SECOND * n;
        }
        let totals = breaker.totals();
        assert_eq!(State::ALL.map(|state| totals.time_in(state)), wanted);
        assert_eq!(wanted.iter().sum::<Duration>() + SECOND * 5, scope.clock().elapsed());
    }
}

#[test]
fn time_of_a_restored_breaker_begins_when_it_is_made() {
    let scope = Scope::enter();
    scope.advance(SECOND);
    query(true).unwrap();
    let breaker = named(&scope, "db");
    breaker.open_for(SECOND * 60);
    scope.advance(SECOND * 3);
    let saved = breaker.snapshot();

    let after = scope.registry().breaker("after").unwrap();
    scope.advance(SECOND);
    after.restore(&saved);
    scope.advance(SECOND * 2);
    let report = after.report();
    assert_eq!(report.totals.time_in(State::Closed), SECOND);
    assert_eq!(report.totals.time_in(State::Open), SECOND * 2);
    let last = report.last_transition.unwrap();
    assert_eq!((last.from, last.to, last.reason), (State::Closed, State::Open, Reason::Restored));
    assert_eq!((last.ago, report.outage), (SECOND * 2, None));
}

#[test]
fn report_of_a_breaker_that_has_done_nothing_is_that_of_a_closed_one() {
    let scope = Scope::enter();
    query(true).unwrap();
    scope.advance(SECOND * 3);
    let reports = scope.registry().reports();
    let report = &reports[0];
    assert_eq!((report.snapshot.state, report.config.threshold()), (State::Closed, Some(2)));
    assert_eq!((report.outage, report.last_transition), (None, None));
    assert_eq!(report.totals.transitions().count(), 0);
    assert_eq!(report.totals.time_in(State::Closed), SECOND * 3);
    let place = report.declared_at.unwrap();
    assert_eq!((place.file(), place.line()), (file!(), DECLARED));
    assert_eq!(named(&scope, "db").report().declared_at, None, "it does not know");
    assert_eq!(named(&scope, "db").report().totals, report.totals);
}

#[test]
fn transitions_of_many_threads_are_all_counted_and_none_is_taken_back() {
    const ROUNDS: u64 = 5_000;
    let registry = Registry::new();
    let breaker = registry.get_or_insert("busy", Config::new()).unwrap();
    let is_over = AtomicBool::new(false);
    let slow = Arc::clone(&breaker);
    // A listener holds up the delivery of events, and the totals do not wait for it.
    let subscription = breaker.on_transition(move |_| assert!(slow.state().as_str().len() > 3));
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut before = breaker.totals();
            while !is_over.load(Ordering::Relaxed) {
                let after = breaker.totals();
                assert_none_fell(&before, &after);
                before = after;
            }
        });
        let writers = [Breaker::reset, Breaker::reset, Breaker::reset].map(|lead| {
            let breaker = &breaker;
            scope.spawn(move || (0..ROUNDS).for_each(|_| lead(breaker)))
        });
        for writer in writers {
            writer.join().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    drop(subscription);
    let totals = breaker.totals();
    assert_eq!(times(&totals, State::Closed, Reason::Reset), 3 * ROUNDS);
    assert_eq!(
        totals.transitions().map(|(.., count)| count).sum::<u64>(),
        breaker.snapshot().episode
    );
}
