//! Races of timed calls that hang.

use super::*;

const SLOW: Duration = Duration::from_millis(800);
const FOUND: Duration = Duration::from_millis(900);

/// Runs `one` on a new thread and `other` on this one.
fn beside(one: impl FnOnce() + 'static, other: impl FnOnce()) {
    let thread = thread::spawn(one);
    other();
    thread.join().unwrap();
}

fn timed() -> ConfigBuilder {
    Config::builder().threshold(9).slow_call(SLOW).cooldown(COOLDOWN)
}

/// Asks for admission, which counts the calls that hang, and lets the call count for nothing.
fn ask(breaker: &Arc<Breaker>) {
    acquire(breaker).unwrap().ignore();
}

#[test]
fn call_that_returns_as_it_is_found_to_hang_is_slow_once() {
    for returns_here in [false, true] {
        explore(3, move || {
            let (breaker, hand) = breaker(timed());
            let hanging = acquire(&breaker).unwrap();
            hand.advance(FOUND);
            let asking = Arc::clone(&breaker);
            if returns_here {
                beside(move || ask(&asking), || hanging.success());
            } else {
                beside(move || hanging.success(), || ask(&asking));
            }
            hand.advance(FOUND);
            ask(&breaker);
            assert_eq!(breaker.snapshot().consecutive_failures, 1);
        });
    }
}

#[test]
fn two_calls_that_ask_at_once_count_a_hanging_call_once() {
    explore(3, || {
        let (breaker, hand) = breaker(timed());
        let hanging = acquire(&breaker).unwrap();
        hand.advance(FOUND);
        let asking = Arc::clone(&breaker);
        beside(move || ask(&asking), || ask(&breaker));
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
        drop(hanging);
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    });
}

#[test]
fn call_that_begins_beside_a_sweep_is_found_later() {
    explore(3, || {
        let (breaker, hand) = breaker(timed());
        let first = acquire(&breaker).unwrap();
        hand.advance(FOUND);
        let asking = Arc::clone(&breaker);
        let thread = thread::spawn(move || acquire(&asking).unwrap());
        let calls = [first, acquire(&breaker).unwrap(), thread.join().unwrap()];
        hand.advance(FOUND);
        ask(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 3);
        drop(calls);
        assert_eq!(breaker.snapshot().consecutive_failures, 3);
    });
}

#[test]
fn call_of_an_episode_that_ends_meanwhile_is_not_found_in_the_next() {
    for resets_here in [false, true] {
        explore(3, move || {
            let (breaker, hand) = breaker(timed());
            let first = acquire(&breaker).unwrap();
            hand.advance(FOUND);
            let other = Arc::clone(&breaker);
            if resets_here {
                beside(move || ask(&other), || breaker.reset());
            } else {
                beside(move || other.reset(), || ask(&breaker));
            }
            ask(&breaker);
            hand.advance(FOUND);
            ask(&breaker);
            assert_eq!(breaker.snapshot().consecutive_failures, 0);
            first.failure();
            assert_eq!(breaker.snapshot().consecutive_failures, 0);
        });
    }
}

#[test]
fn hanging_probe_fails_once() {
    for returns_here in [false, true] {
        explore(3, move || {
            let (breaker, hand) = ripe(config().slow_call(SLOW).backoff(2.0));
            let probe = acquire(&breaker).unwrap();
            hand.advance(FOUND);
            let asking = Arc::clone(&breaker);
            if returns_here {
                beside(move || drop(acquire(&asking)), || probe.success());
            } else {
                beside(move || probe.success(), || drop(acquire(&asking)));
            }
            let snapshot = breaker.snapshot();
            assert_eq!((snapshot.state, snapshot.episode), (State::Open, 3));
            assert_eq!(snapshot.cooldown, Some(2 * COOLDOWN));
        });
    }
}

#[test]
fn call_that_returns_beside_a_change_of_slow_call_counts_once() {
    for returns_here in [false, true] {
        for takes in [Duration::from_millis(10), FOUND] {
            explore(3, move || {
                let (breaker, hand) = breaker(timed());
                let call = acquire(&breaker).unwrap();
                hand.advance(takes);
                let change = |breaker: &Arc<Breaker>| {
                    breaker.reconfigure(timed().slow_call(2 * SLOW).build_const());
                    ask(breaker);
                };
                let other = Arc::clone(&breaker);
                if returns_here {
                    beside(move || change(&other), || call.failure());
                } else {
                    beside(move || call.failure(), || change(&breaker));
                }
                hand.advance(3 * SLOW);
                ask(&breaker);
                assert_eq!(breaker.snapshot().consecutive_failures, 1);
            });
        }
    }
}
