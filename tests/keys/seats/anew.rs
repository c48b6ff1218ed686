//! A key that gets a seat finds nothing of the key that had it before.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use breakerbox::{Breaker, Config, State, circuit_breaker};

use super::{Error, MANY, answer, is_rejected, registry};

#[circuit_breaker(
    name = "anew", failure_rate = 0.5, window = 4, min_calls = 2, threshold = 3, slow_call = "1h",
    cooldown = "1h", backoff = 2.0, backoff_reset = "1h", cooldown_max = "9h", key = key
)]
fn anew(key: &str, succeeds: bool) -> Result<(), Error> {
    let _ = key;
    answer(succeeds)
}

/// Counts the events of other keys that a listener was told of.
static STRAY: AtomicUsize = AtomicUsize::new(0);

/// Leaves something behind in every part of a breaker.
fn use_up(breaker: &Arc<Breaker>, key: &str) {
    let mine = Some(Arc::<str>::from(key));
    let also_mine = mine.clone();
    let count = |of_another: bool| _ = STRAY.fetch_add(usize::from(of_another), Ordering::Relaxed);
    breaker.on_event(move |event| count(event.key != mine)).keep();
    breaker.on_outcome(move |call| count(call.key != also_mine)).keep();
    let late = breaker.try_acquire().unwrap();
    anew(key, false).unwrap_err();
    anew(key, false).unwrap_err();
    assert!(is_rejected(&anew(key, true)));
    late.success();
    breaker.half_open();
    anew(key, false).unwrap_err();
    assert!(is_rejected(&anew(key, true)));
    breaker.observe();
    anew(key, false).unwrap_err();
    anew(key, false).unwrap_err();
    anew(key, false).unwrap_err();
    breaker.reconfigure(Config::builder().threshold(7).build_const());
    anew(key, false).unwrap_err();
    breaker.open();
    breaker.half_open();
    anew(key, false).unwrap_err();
    let snapshot = breaker.snapshot();
    assert!(snapshot.rejections > 1 && snapshot.late_outcomes > 0, "{snapshot:?}");
    assert_eq!((snapshot.state, snapshot.openings > 1), (State::Open, true), "{snapshot:?}");
}

#[circuit_breaker(
    name = "wide", failure_count = 40, window = 50, threshold = 60, cooldown = "1h", key = key
)]
fn wide(key: &str) -> Result<(), Error> {
    let _ = key;
    answer(false)
}

#[test]
fn window_is_that_of_the_name_whatever_the_seat_had_before() {
    let registry = registry();
    for number in 0..MANY {
        let key = format!("key-{number}");
        (0..6).for_each(|_| wide(&key).unwrap_err().is_down());
        let breaker = registry.get_key("wide", &key).unwrap();
        assert_eq!((breaker.snapshot().calls, breaker.state()), (Some(6), State::Closed));
        registry.remove_key("wide", &key).unwrap();
        drop(breaker);
        (0..6).for_each(|_| anew(&key, true).unwrap());
        let breaker = registry.remove_key("anew", &key).unwrap();
        assert_eq!(breaker.snapshot().calls, Some(4), "a window of four");
    }
}

#[test]
fn key_finds_nothing_of_the_one_that_had_its_seat() {
    let registry = registry();
    for number in 0..MANY {
        let key = format!("key-{number}");
        anew(&key, true).unwrap();
        let breaker = registry.get_key("anew", &key).unwrap();
        let fresh = breaker.snapshot();
        assert_eq!(
            (fresh.state, fresh.episode, fresh.openings),
            (State::Closed, 0, 0),
            "{fresh:?}"
        );
        assert_eq!((fresh.rejections, fresh.late_outcomes, fresh.observed_rejections), (0, 0, 0));
        assert_eq!(
            (fresh.consecutive_failures, fresh.calls, fresh.failures),
            (0, Some(1), Some(0))
        );
        assert_eq!(fresh.name, format!("anew/{key}").as_str());
        assert!(fresh.time_in_state < Duration::from_secs(60), "{fresh:?}");
        let config = breaker.config();
        assert_eq!((config.threshold(), config.backoff()), (Some(3), 2.0));
        anew(&key, false).unwrap_err();
        let open = breaker.snapshot();
        assert_eq!((open.state, open.episode, open.openings), (State::Open, 1, 1), "{open:?}");
        assert_eq!(open.cooldown, Some(Duration::from_secs(3600)), "{open:?}");
        breaker.reset();
        use_up(&breaker, &key);
        registry.remove_key("anew", &key).unwrap();
    }
    assert_eq!(STRAY.load(Ordering::Relaxed), 0);
}
