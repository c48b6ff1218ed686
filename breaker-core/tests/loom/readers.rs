//! Races of readers, of listeners that come and go, and of held controls.

use super::*;

#[test]
fn open_word_is_read_with_its_whole_episode() {
    // [the word has only the lowest bits; the other bits are read before they are raised]
    explore(USUAL, [280, 1], |role| {
        let (breaker, _hand) = breaker(config());
        let failing = acquire(&breaker).unwrap();
        let read = on(&breaker, |breaker| breaker.snapshot());
        let ((), seen) = role.race(|| failing.failure(), read);
        assert_eq!(seen.episode, u64::from(seen.state == State::Open), "{seen:?}");
    });
}

#[test]
fn reader_sees_each_failure_until_the_trip() {
    explore(SHALLOW, [6_900, 1], |role| {
        let (breaker, _hand) = breaker(config().threshold(2));
        let failures = on(&breaker, |breaker| {
            fail_one(breaker);
            fail_one(breaker);
        });
        let read = on(&breaker, |breaker| [(); 2].map(|()| breaker.snapshot()));
        let ((), seen) = role.race(failures, read);
        let at = seen.map(|seen| match seen.state {
            State::Closed => (seen.episode, seen.consecutive_failures),
            _ => (seen.episode, 0),
        });
        let allowed = [(0, 0), (0, 1), (1, 0)];
        assert!(at.iter().all(|at| allowed.contains(at)) && at[0] <= at[1], "{at:?}");
    });
}

#[test]
fn call_beside_a_trip_with_its_word_elsewhere_is_rejected_or_late() {
    for trips in [false, true] {
        explore(USUAL, [60, 1], move |role| {
            let (clock, hand) = Clock::manual();
            let mut breaker = Breaker::new("model", config().build_const()).with_clock(clock);
            assert!(model::move_word(&mut breaker));
            let breaker = Arc::new(breaker);
            let fail = on(&breaker, |breaker| {
                let _ = breaker.call(|| Err::<(), _>(Failed));
            });
            let other = on(&breaker, move |breaker| {
                breaker.call(|| if trips { Err(Failed) } else { Ok(()) })
            });
            let ((), _) = role.race(fail, other);
            let snapshot = breaker.snapshot();
            assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
            assert!(snapshot.rejections + snapshot.late_outcomes <= 1);
            assert_recovers(&breaker, &hand);
        });
    }
}

#[derive(Debug)]
struct Failed;

impl From<BreakerError> for Failed {
    fn from(_: BreakerError) -> Self {
        Failed
    }
}

#[test]
fn isolation_ends_with_the_last_of_two_handles() {
    // [dropping one handle lets calls in while another handle still holds]
    explore(USUAL, [40, 13], |role| {
        let (breaker, _hand) = breaker(config());
        let first = breaker.isolate_owned();
        let isolate = on(&breaker, |breaker| breaker.isolate_owned());
        let ((), second) = role.race(|| drop(first), isolate);
        assert_eq!(breaker.state(), State::Isolated);
        drop(second);
        let snapshot = breaker.snapshot();
        assert_eq!(snapshot.state, State::Closed);
        assert!([2, 4].contains(&snapshot.episode), "{snapshot:?}");
    });
}

#[test]
fn handles_dropped_at_once_end_the_isolation_once() {
    explore(USUAL, [4], |role| {
        let (breaker, _hand) = breaker(config());
        let (one, two) = (breaker.isolate_owned(), breaker.isolate_owned());
        role.race(|| drop(one), || drop(two));
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Closed, 2));
    });
}

#[test]
fn handle_dropped_beside_a_reset_ends_no_later_isolation() {
    explore(USUAL, [1_400, 2_000], |role| {
        let (breaker, _hand) = breaker(config());
        let old = breaker.isolate_owned();
        let renew = on(&breaker, |breaker| {
            breaker.reset();
            breaker.isolate_owned()
        });
        let ((), held) = role.race(|| drop(old), renew);
        let snapshot = breaker.snapshot();
        assert_eq!(snapshot.state, State::Isolated);
        // The reset came first, and ended the isolation; or it began another closed episode.
        assert!([3, 4].contains(&snapshot.episode), "{snapshot:?}");
        drop(held);
        assert_eq!(breaker.state(), State::Closed);
    });
}

#[test]
fn open_for_beside_a_trip_says_how_long() {
    explore(USUAL, [90, 140], |role| {
        let (breaker, _hand) = breaker(config());
        let failing = acquire(&breaker).unwrap();
        let open = on(&breaker, |breaker| breaker.open_for(COOLDOWN * 3));
        role.race(|| failing.failure(), open);
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
        assert_eq!(snapshot.remaining_cooldown, Some(COOLDOWN * 3), "{snapshot:?}");
    });
}

#[test]
fn observing_breaker_rejects_nothing_and_says_what_it_would_have() {
    explore(USUAL, [6], |role| {
        let (breaker, _hand) = breaker(config().threshold(2));
        breaker.observe();
        let [one, two] = permits(&breaker);
        role.race(|| one.failure(), || two.failure());
        assert_eq!(breaker.snapshot().observed_rejections, 0);
        acquire(&breaker).unwrap().ignore();
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Observing, 1));
        assert_eq!(snapshot.observed_rejections, 1, "{snapshot:?}");
    });
}

#[test]
fn observe_beside_a_failure_counts_it_in_one_state_at_most() {
    explore(USUAL, [820, 450], |role| {
        let (breaker, _hand) = breaker(config());
        let failing = acquire(&breaker).unwrap();
        role.race(|| failing.failure(), on(&breaker, |breaker| breaker.observe()));
        let snapshot = breaker.snapshot();
        assert_eq!(snapshot.state, State::Observing);
        // The failure was late, or it tripped before.
        assert_eq!(snapshot.episode + snapshot.late_outcomes, 2, "{snapshot:?}");
        acquire(&breaker).unwrap().ignore();
        assert_eq!(breaker.snapshot().observed_rejections, 0);
    });
}

#[test]
fn listener_dropped_beside_a_trip_hears_it_once_at_most_and_nothing_after_it() {
    explore(USUAL, [10, 7], |role| {
        let (breaker, _hand) = breaker(config());
        let heard = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = Arc::clone(&heard);
        let heard = move || heard.load(std::sync::atomic::Ordering::Relaxed);
        let subscription = breaker.on_event(move |_| {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        });
        let failing = acquire(&breaker).unwrap();
        role.race(|| failing.failure(), || drop(subscription));
        let before = heard();
        breaker.reset();
        assert!(before <= 1 && heard() == before);
    });
}
