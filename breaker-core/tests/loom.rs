//! Races, explored rather than met by luck. Run with
//! `RUSTFLAGS="--cfg breaker_loom" cargo test --release -p breaker-core --test loom`.
//! Names in brackets are those of known defects elsewhere.
#![cfg(breaker_loom)]

use std::sync::Arc;
use std::time::Duration;

use breaker_core::{
    Breaker, BreakerError, Clock, Config, ConfigBuilder, EventKind, ManualClock, State,
};
use loom::thread;

const COOLDOWN: Duration = Duration::from_millis(10);

fn config() -> ConfigBuilder {
    Config::builder().threshold(1).cooldown(COOLDOWN)
}

fn breaker(config: ConfigBuilder) -> (Arc<Breaker>, ManualClock) {
    let (clock, hand) = Clock::manual();
    (Arc::new(Breaker::new("model", config.build_const()).with_clock(clock)), hand)
}

/// Open, with the cooldown over.
fn ripe(config: ConfigBuilder) -> (Arc<Breaker>, ManualClock) {
    let (breaker, hand) = breaker(config);
    breaker.try_acquire().unwrap().failure();
    hand.advance(COOLDOWN);
    (breaker, hand)
}

/// With at most so many preemptions: all orders would take minutes, or hours.
fn explore(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// Runs `f` on a thread of its own with the breaker.
fn spawn<T: 'static>(
    breaker: &Arc<Breaker>,
    f: impl FnOnce(&Arc<Breaker>) -> T + 'static,
) -> thread::JoinHandle<T> {
    let breaker = Arc::clone(breaker);
    thread::spawn(move || f(&breaker))
}

/// Takes a permit, if there is one, and keeps it.
fn acquire(breaker: &Arc<Breaker>) -> Option<breaker_core::Permit<Arc<Breaker>>> {
    breaker.try_acquire_owned().ok()
}

/// Lets one more probe through and closes: nothing is left taken.
fn assert_recovers(breaker: &Breaker, hand: &ManualClock) {
    hand.advance(COOLDOWN);
    for _ in 0..2 {
        if let Ok(permit) = breaker.try_acquire() {
            permit.success();
        }
    }
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn callers_at_the_end_of_the_cooldown_get_one_probe() {
    // [everybody is admitted; a swap guards the transition alone: R1, R2]
    explore(3, || {
        let (breaker, hand) = ripe(config());
        let others = [spawn(&breaker, acquire), spawn(&breaker, acquire)];
        let mine = acquire(&breaker);
        let mut permits: Vec<_> = others.into_iter().map(|t| t.join().unwrap()).collect();
        permits.push(mine);
        assert_eq!(permits.iter().flatten().count(), 1);
        assert_eq!(breaker.snapshot().episode, 2);
        drop(permits);
        assert_recovers(&breaker, &hand);
    });
}

#[test]
fn half_open_never_has_more_probes_out_than_allowed() {
    // [a count that is loaded and then subtracted from wraps: R3]
    explore(3, || {
        let (breaker, hand) = ripe(config().probes(2).success_threshold(2));
        let others = [spawn(&breaker, acquire), spawn(&breaker, acquire)];
        let mine = acquire(&breaker);
        let mut permits: Vec<_> = others.into_iter().map(|t| t.join().unwrap()).collect();
        permits.push(mine);
        assert_eq!(permits.iter().flatten().count(), 2);
        assert_eq!(breaker.snapshot().probes_in_flight, 2);
        drop(permits);
        assert_eq!(breaker.snapshot().probes_in_flight, 0);
        assert_recovers(&breaker, &hand);
    });
}

#[test]
fn failures_at_the_threshold_trip_once() {
    // [double transition: R7; lost updates: R11]
    explore(3, || {
        let (breaker, _hand) = breaker(config().threshold(2));
        let permits = [(); 3].map(|()| acquire(&breaker).unwrap());
        let threads = permits.map(|permit| thread::spawn(move || permit.failure()));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
        assert_eq!(snapshot.late_outcomes, 1);
    });
}

#[test]
fn no_probe_leaves_before_the_cooldown_is_over() {
    // [open is seen before its time stamp: R4]
    loom::model(|| {
        let (breaker, hand) = breaker(config());
        hand.advance(Duration::from_millis(1));
        let asked = spawn(&breaker, |breaker| match breaker.try_acquire() {
            Ok(permit) => permit.ignore(),
            Err(BreakerError::Open { retry_after, .. }) => assert_eq!(retry_after, Some(COOLDOWN)),
            Err(other) => panic!("{other}"),
        });
        breaker.try_acquire().unwrap().failure();
        asked.join().unwrap();
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
    });
}

#[test]
fn probes_that_disagree_make_one_transition() {
    // [a success overrides a failure's reopening: R8]
    loom::model(|| {
        let (breaker, _hand) = ripe(config().probes(2));
        let (good, bad) = (acquire(&breaker).unwrap(), acquire(&breaker).unwrap());
        let thread = thread::spawn(move || good.success());
        bad.failure();
        thread.join().unwrap();
        let snapshot = breaker.snapshot();
        assert_eq!(snapshot.episode, 3);
        assert_eq!(snapshot.late_outcomes, 1);
        match snapshot.state {
            State::Closed => assert_eq!(snapshot.consecutive_failures, 0),
            state => assert_eq!(state, State::Open),
        }
    });
}

#[test]
fn failure_after_the_close_is_not_erased_by_it() {
    // [closed is seen before its counters are cleared: R5]
    loom::model(|| {
        let (breaker, _hand) = ripe(config().threshold(2).probes(1));
        // Threshold 2 needs a second failure to have opened.
        breaker.reset();
        breaker.try_acquire().unwrap().failure();
        let old = acquire(&breaker).unwrap();
        let thread = spawn(&breaker, |breaker| {
            breaker.reset();
            breaker.try_acquire().unwrap().failure();
        });
        old.success();
        thread.join().unwrap();
        // [a stale success clears the new period's failures: R6]
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    });
}

#[test]
fn probe_closing_while_a_call_fails_keeps_the_failure() {
    loom::model(|| {
        let (breaker, _hand) = ripe(config());
        let probe = acquire(&breaker).unwrap();
        let failed = spawn(&breaker, |breaker| match breaker.try_acquire() {
            Ok(permit) => {
                permit.failure();
                true
            }
            Err(_) => false,
        });
        probe.success();
        let wanted = if failed.join().unwrap() { State::Open } else { State::Closed };
        assert_eq!(breaker.state(), wanted);
    });
}

#[test]
fn lost_probe_and_its_replacement_are_told_apart() {
    // [the old probe comes back and decides for the new one: H9]
    loom::model(|| {
        let (breaker, hand) = ripe(config().probe_timeout(COOLDOWN));
        let lost = acquire(&breaker).unwrap();
        hand.advance(COOLDOWN);
        let returned = thread::spawn(move || lost.success());
        let new = acquire(&breaker);
        returned.join().unwrap();
        let snapshot = breaker.snapshot();
        match (snapshot.state, new) {
            // It came back in time, before the new caller or after.
            (State::Closed, new) => drop(new),
            // It was written off: its success is late, and the new one decides.
            (State::HalfOpen, Some(new)) => {
                assert_eq!((snapshot.late_outcomes, snapshot.probes_in_flight), (1, 1));
                new.failure();
                assert_eq!(breaker.state(), State::Open);
            }
            (state, new) => panic!("{state} with {new:?}"),
        }
        assert_recovers(&breaker, &hand);
    });
}

#[test]
fn lost_probe_is_replaced_once() {
    loom::model(|| {
        let (breaker, hand) = ripe(config().probe_timeout(COOLDOWN));
        let lost = acquire(&breaker).unwrap();
        hand.advance(COOLDOWN);
        let other = spawn(&breaker, acquire);
        let mine = acquire(&breaker);
        let permits = [other.join().unwrap(), mine];
        assert_eq!(permits.iter().flatten().count(), 1);
        drop(lost);
        assert_eq!(breaker.snapshot().probes_in_flight, 1);
        drop(permits);
        assert_recovers(&breaker, &hand);
    });
}

#[test]
fn cancelled_probe_frees_its_slot_for_good() {
    // [a permit is lost, or handed out twice: L4]
    loom::model(|| {
        let (breaker, hand) = ripe(config());
        let probe = acquire(&breaker).unwrap();
        let other = spawn(&breaker, acquire);
        drop(probe);
        let permit = other.join().unwrap();
        assert_eq!(breaker.snapshot().probes_in_flight, u8::from(permit.is_some()));
        drop(permit);
        assert_recovers(&breaker, &hand);
    });
}

#[test]
fn manual_control_against_a_probe_leaves_one_state() {
    loom::model(|| {
        let (breaker, _hand) = ripe(config());
        let probe = acquire(&breaker).unwrap();
        let control = spawn(&breaker, |breaker| breaker.force_open());
        probe.success();
        control.join().unwrap();
        assert_eq!(breaker.state(), State::Isolated);
        breaker.reset();
        assert_eq!(breaker.state(), State::Closed);
    });
}

#[test]
fn window_of_calls_trips_once_when_failures_come_together() {
    // [two failures are recorded at once, and neither sees the other]
    explore(3, || {
        let config = Config::builder().failure_count(2).window_calls(3).cooldown(COOLDOWN);
        let (breaker, _hand) = breaker(config);
        let permits = [(); 2].map(|()| acquire(&breaker).unwrap());
        let threads = permits.map(|permit| thread::spawn(move || permit.failure()));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
    });
}

#[test]
fn window_of_time_trips_once_when_failures_come_together() {
    explore(3, || {
        let window = Duration::from_secs(1);
        let config = Config::builder().failure_count(2).window_buckets(window, 1);
        let (breaker, _hand) = breaker(config.cooldown(COOLDOWN));
        let permits = [(); 2].map(|()| acquire(&breaker).unwrap());
        let threads = permits.map(|permit| thread::spawn(move || permit.failure()));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
    });
}

#[test]
fn window_of_calls_trips_by_the_failure_that_fills_it() {
    // [the failure is seen, and not that there is one call more]
    explore(3, || {
        let config = Config::builder().failure_rate(1.0).window_calls(2).cooldown(COOLDOWN);
        let (breaker, _hand) = breaker(config);
        let permits = [(); 2].map(|()| acquire(&breaker).unwrap());
        let threads = permits.map(|permit| thread::spawn(move || permit.failure()));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(breaker.state(), State::Open);
    });
}

#[test]
fn window_of_time_trips_by_the_failure_that_makes_enough() {
    explore(3, || {
        let window = Duration::from_secs(1);
        let config = Config::builder().failure_rate(1.0).min_calls(2).window_buckets(window, 1);
        let (breaker, _hand) = breaker(config.cooldown(COOLDOWN));
        let permits = [(); 2].map(|()| acquire(&breaker).unwrap());
        let threads = permits.map(|permit| thread::spawn(move || permit.failure()));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(breaker.state(), State::Open);
    });
}

#[test]
fn failure_and_slow_call_at_once_are_both_judged() {
    // [each finds too few calls, or not the other's part]
    explore(3, || {
        let slow_call = Duration::from_millis(1);
        let config = Config::builder().failure_rate(0.5).slow_call(slow_call).slow_rate(0.5);
        let (breaker, hand) = breaker(config.window_calls(2).cooldown(COOLDOWN));
        let slow = acquire(&breaker).unwrap();
        hand.advance(slow_call);
        let failing = acquire(&breaker).unwrap();
        let other = thread::spawn(move || failing.failure());
        slow.success();
        other.join().unwrap();
        assert_eq!(breaker.state(), State::Open);
    });
}

#[test]
fn window_moves_on_without_losing_or_keeping_a_record() {
    // A bucket is taken over by a later one while calls are recorded in it.
    explore(2, || {
        let window = Duration::from_millis(10);
        let config = Config::builder().threshold(9).window_buckets(window, 1);
        let (breaker, hand) = breaker(config);
        breaker.try_acquire().unwrap().failure();
        hand.advance(Duration::from_millis(10));
        let other = spawn(&breaker, |breaker| breaker.try_acquire().unwrap().failure());
        breaker.try_acquire().unwrap().failure();
        other.join().unwrap();
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.calls, snapshot.failures), (Some(2), Some(2)));
    });
}

#[test]
fn window_of_a_new_episode_has_no_record_of_an_old_one() {
    loom::model(|| {
        let config = Config::builder().threshold(9).window_calls(4);
        let (breaker, _hand) = breaker(config);
        let old = acquire(&breaker).unwrap();
        let reset = spawn(&breaker, |breaker| {
            breaker.reset();
            breaker.try_acquire().unwrap().success();
        });
        old.failure();
        reset.join().unwrap();
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.calls, snapshot.failures), (Some(1), Some(0)));
    });
}

#[test]
fn tuning_replaced_during_a_call_is_old_or_new() {
    // Every parameter may be read old or new, so one call is plenty to explore.
    explore(3, || {
        let (breaker, _hand) = breaker(config().threshold(2));
        let permit = acquire(&breaker).unwrap();
        let change = spawn(&breaker, |breaker| breaker.reconfigure(config().build_const()));
        permit.failure();
        change.join().unwrap();
        let snapshot = breaker.snapshot();
        match snapshot.state {
            // The threshold still was 2.
            State::Closed => assert_eq!(snapshot.consecutive_failures, 1),
            // It was 1 already.
            state => assert_eq!((state, snapshot.episode), (State::Open, 1)),
        }
    });
}

#[test]
fn events_come_in_the_order_of_their_episodes() {
    // [moved outside the lock, events arrive reversed, or two at once: E2]
    explore(3, || {
        let (breaker, _hand) = breaker(config());
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let subscription = breaker.on_event(move |event| {
            if let EventKind::Transition { from, to, .. } = event.kind {
                log.lock().unwrap().push((event.episode, from, to));
            }
        });
        let failing = acquire(&breaker).unwrap();
        let other = thread::spawn(move || failing.failure());
        breaker.force_open();
        breaker.reset();
        other.join().unwrap();
        let seen = seen.lock().unwrap();
        let last = breaker.snapshot();
        assert_eq!(seen.len() as u64, last.episode, "one event for each transition");
        assert_eq!(seen.last().unwrap().2, last.state);
        let mut at = (0, State::Closed);
        for &(episode, from, to) in seen.iter() {
            assert_eq!((episode, from), (at.0 + 1, at.1));
            at = (episode, to);
        }
        drop(subscription);
    });
}
