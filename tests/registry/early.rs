//! `breaker`: a breaker by its name before any function has declared it.

use std::panic::catch_unwind;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{
    Breaker, Config, EventKind, Name, Registry, RegistryError, State, circuit_breaker,
};

use crate::{Reply, is_rejection};

#[circuit_breaker(name = "early", threshold = 1, cooldown = "7s")]
fn call(fails: bool) -> Reply {
    if fails { Err("down".into()) } else { Ok(1) }
}

#[circuit_breaker(name = "early", key = key, threshold = 1, cooldown = "7s")]
fn by_key(key: u32, fails: bool) -> Reply {
    if fails { Err("down".into()) } else { Ok(key) }
}

/// The first call declares its tuning, and no conflict.
fn assert_tuned(registry: &Registry, name: &str) {
    let config = registry.get(name).unwrap().config();
    assert_eq!((config.threshold(), config.cooldown()), (Some(1), Duration::from_secs(7)));
    assert!(registry.conflicts().is_empty());
}

#[test]
fn breaker_that_is_held_open_before_the_first_call_rejects_it() {
    let scope = Scope::enter();
    let early = scope.registry().breaker("early").unwrap();
    assert_eq!(early.config(), Config::new());
    early.force_open();
    assert!(is_rejection(&call(false)));
    assert_tuned(scope.registry(), "early");
    early.reset();
    assert!(call(true).is_err());
    assert_eq!((early.state(), early.snapshot().rejections), (State::Open, 1));
}

#[test]
fn breaker_that_is_observed_disabled_or_open_before_the_first_call_stays_so() {
    let ways: [fn(&Breaker); 5] =
        [Breaker::observe, Breaker::disable, Breaker::open, Breaker::half_open, |breaker| {
            breaker.open_for(Duration::from_secs(60));
        }];
    for steer in ways {
        let scope = Scope::enter();
        let early = scope.registry().breaker("early").unwrap();
        steer(&early);
        let before = (early.state(), early.snapshot().remaining_cooldown);
        let _ = call(false);
        assert_tuned(scope.registry(), "early");
        let after = (early.state(), early.snapshot().remaining_cooldown);
        if before.0 == State::HalfOpen {
            assert_eq!(after.0, State::Closed, "by a probe");
        } else {
            assert_eq!(after, before);
        }
    }
}

#[test]
fn first_declaration_tunes_under_overrides_that_were_laid_before() {
    let scope = Scope::enter();
    let registry = scope.registry();
    registry.configure_all(Config::builder().probes(9)).unwrap();
    let early = registry.breaker("early").unwrap();
    registry.configure("early", Config::builder().threshold(3)).unwrap();
    assert_eq!((early.config().threshold(), early.config().probes()), (Some(3), 9));
    call(false).unwrap();
    let config = early.config();
    assert_eq!((config.threshold(), config.probes()), (Some(3), 9));
    assert_eq!(config.cooldown(), Duration::from_secs(7));
    assert!(registry.conflicts().is_empty() && registry.unused_overrides().is_empty());
}

#[test]
fn failures_counted_before_the_declaration_are_kept() {
    let scope = Scope::enter();
    let early = scope.registry().breaker("early").unwrap();
    for _ in 0..4 {
        early.try_acquire().unwrap().failure();
    }
    assert_eq!(early.state(), State::Closed, "by the default threshold");
    assert!(call(true).is_err());
    assert_eq!(early.state(), State::Open);
}

#[test]
fn call_by_key_declares_the_name_too() {
    let scope = Scope::enter();
    let early = scope.registry().breaker("early").unwrap();
    early.force_open();
    by_key(1, false).unwrap();
    assert_tuned(scope.registry(), "early");
    call(false).unwrap_err();
    assert!(Arc::ptr_eq(&early, &scope.registry().get("early").unwrap()));
    assert_eq!(scope.registry().len(), 2);
}

#[test]
fn get_or_insert_after_it_declares_and_the_next_to_differ_conflicts() {
    let registry = Registry::new();
    let early = registry.breaker("llm").unwrap();
    let config = Config::builder().threshold(2).build().unwrap();
    assert!(Arc::ptr_eq(&registry.get_or_insert("llm", config).unwrap(), &early));
    assert_eq!(early.config().threshold(), Some(2));
    assert!(Arc::ptr_eq(&registry.breaker("llm").unwrap(), &early));
    assert!(registry.get_or_insert("llm", Config::new()).is_err());
    assert_eq!(registry.conflicts().len(), 1);
    assert_eq!(early.config().threshold(), Some(2));
}

#[test]
fn bad_name_is_an_error_and_makes_nothing() {
    let registry = Registry::new();
    for bad in ["", " ", "a b", "a\n", &"x".repeat(Name::MAX_LEN + 1)] {
        assert!(matches!(registry.breaker(bad), Err(RegistryError::Name(_))), "{bad:?}");
    }
    assert!(registry.is_empty());
}

#[test]
fn listener_that_came_first_hears_the_first_trip() {
    let scope = Scope::enter();
    let heard = Arc::new(Barrier::new(2));
    let copy = Arc::clone(&heard);
    let early = scope.registry().breaker("early").unwrap();
    let subscription = early.on_event(move |event| {
        if let EventKind::Transition { to: State::Open, .. } = event.kind {
            copy.wait();
        }
    });
    std::thread::scope(|threads| {
        threads.spawn(|| heard.wait());
        assert!(call(true).is_err());
    });
    drop(subscription);
}

#[test]
fn functions_and_look_ups_that_race_for_a_name_share_one_tuned_breaker() {
    const THREADS: usize = 16;
    for _ in 0..20 {
        let scope = Scope::enter();
        let start = Barrier::new(THREADS);
        std::thread::scope(|threads| {
            for thread in 0..THREADS {
                let (start, handle) = (&start, scope.handle());
                threads.spawn(move || {
                    let _entered = handle.enter();
                    start.wait();
                    match thread % 3 {
                        0 => drop(scope_breaker()),
                        1 => drop(call(false)),
                        _ => drop(by_key(1, false)),
                    }
                });
            }
        });
        assert_tuned(scope.registry(), "early");
        assert_eq!(scope.registry().len(), 2);
    }
}

fn scope_breaker() -> Arc<Breaker> {
    Registry::global().breaker("early").unwrap()
}

#[test]
fn breaker_before_the_first_call_is_that_of_a_function_outside_scopes() {
    #[circuit_breaker(name = "early-global", threshold = 1, cooldown = "7s")]
    fn call(fails: bool) -> Reply {
        if fails { Err("down".into()) } else { Ok(1) }
    }
    let early = Registry::global().breaker("early-global").unwrap();
    early.force_open();
    assert!(is_rejection(&catch_unwind(|| call(false)).unwrap()));
    early.reset();
    call(false).unwrap();
    call(true).unwrap_err();
    assert_eq!((early.state(), early.snapshot().rejections), (State::Open, 1));
    assert_tuned(&Registry::global(), "early-global");
}
