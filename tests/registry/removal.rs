//! `remove`: the next call gets a fresh breaker, and nothing reaches it from the old one.

use std::sync::{Arc, Mutex};

use breakerbox::testing::Scope;
use breakerbox::{Config, Event, EventKind, Registry, State, circuit_breaker};
use futures_util::FutureExt;
use tokio::sync::oneshot;

use crate::{Reply, global, is_rejection};

#[circuit_breaker(name = "removed", threshold = 1)]
fn fetch(fails: bool) -> Reply {
    if fails { Err("down".into()) } else { Ok(1) }
}

#[circuit_breaker(name = "removed", threshold = 1)]
async fn fail_after(wait: oneshot::Receiver<()>) -> Reply {
    wait.await?;
    Err("down".into())
}

/// Removes the breaker twice, once with a call under way.
fn removal_gives_the_next_call_a_fresh_breaker() {
    let registry = Registry::global();
    assert_eq!(fetch(false).unwrap(), 1);
    let (end_late, wait) = oneshot::channel();
    let mut late = Box::pin(fail_after(wait));
    assert!((&mut late).now_or_never().is_none());
    let old = registry.remove("removed").unwrap();
    assert!(registry.get("removed").is_none());
    assert!(registry.remove("removed").is_none());

    assert_eq!(fetch(false).unwrap(), 1);
    let new = global("removed");
    assert!(!Arc::ptr_eq(&old, &new));
    end_late.send(()).unwrap();
    assert!(late.now_or_never().unwrap().is_err());
    assert_eq!(old.state(), State::Open, "who holds it may go on with it");
    assert_eq!(new.state(), State::Closed);
    assert_eq!(fetch(false).unwrap(), 1, "by the new one");

    assert!(fetch(true).is_err());
    assert!(is_rejection(&fetch(false)));
    assert_eq!((new.state(), new.snapshot().rejections), (State::Open, 1));
    registry.remove("removed").unwrap();
    assert_eq!(fetch(false).unwrap(), 1, "a second time");
    registry.remove("removed").unwrap();
}

#[test]
fn removed_name_gets_a_fresh_breaker_in_a_scope() {
    let _scope = Scope::enter();
    removal_gives_the_next_call_a_fresh_breaker();
}

#[test]
fn removed_name_gets_a_fresh_breaker_where_call_sites_remember_theirs() {
    removal_gives_the_next_call_a_fresh_breaker();
}

#[test]
fn removed_breaker_keeps_its_state_and_goes_on() {
    let registry = Registry::new();
    let config = Config::builder().threshold(2).build().unwrap();
    let breaker = registry.get_or_insert("kept", config).unwrap();
    breaker.try_acquire().unwrap().failure();
    let before = breaker.snapshot();
    let removed = registry.remove("kept").unwrap();
    assert!(Arc::ptr_eq(&breaker, &removed));
    assert_eq!(breaker.snapshot(), before);
    let permit = breaker.try_acquire().unwrap();
    permit.success();
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
    for _ in 0..2 {
        breaker.try_acquire().unwrap().failure();
    }
    assert!(breaker.try_acquire().is_err());
    breaker.reset();
    assert!(breaker.try_acquire().is_ok());
}

#[test]
fn removed_breaker_is_freed_with_its_last_holder() {
    let registry = Registry::new();
    let breaker = registry.get_or_insert("freed", Config::new()).unwrap();
    let weak = Arc::downgrade(&breaker);
    drop(breaker);
    assert!(weak.upgrade().is_some());
    drop(registry.remove("freed"));
    assert!(weak.upgrade().is_none());
}

#[test]
fn removed_name_takes_new_tuning_without_a_conflict() {
    let registry = Registry::new();
    let first = Config::builder().threshold(1).build().unwrap();
    registry.get_or_insert("retuned", first).unwrap();
    registry.remove("retuned").unwrap();
    let breaker = registry.get_or_insert("retuned", Config::new()).unwrap();
    breaker.try_acquire().unwrap().failure();
    assert_eq!(breaker.state(), State::Closed);
    assert!(registry.conflicts().is_empty());
}

#[test]
fn removal_is_told_after_all_transitions_and_lets_the_listeners_go() {
    let registry = Registry::new();
    let breaker = registry.get_or_insert("told", Config::new()).unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (log, again) = (Arc::clone(&heard), registry.clone());
    let listen = move |event: &Event| {
        log.lock().unwrap().push((event.kind, event.episode));
        if let EventKind::Transition { to: State::Open, .. } = event.kind {
            // Removed in the middle of a delivery, and then changed once more.
            again.remove("told").unwrap().reset();
        }
    };
    let subscription = breaker.on_event(listen);
    breaker.open();
    let kinds: Vec<_> = heard.lock().unwrap().iter().map(|(kind, _)| *kind).collect();
    assert!(matches!(
        kinds[..],
        [EventKind::Transition { .. }, EventKind::Transition { .. }, EventKind::Removed]
    ));
    assert_eq!(Arc::strong_count(&heard), 1, "the listener is gone");
    breaker.open();
    assert_eq!(heard.lock().unwrap().len(), 3);
    drop(subscription);
    assert!(registry.remove("told").is_none());
}

#[test]
fn listener_of_a_removed_breaker_is_freed_although_call_sites_cached_it() {
    macro_rules! called {
        ($name:literal) => {{
            #[circuit_breaker(name = $name, threshold = 1)]
            fn one(fails: bool) -> Reply {
                if fails { Err("down".into()) } else { Ok(1) }
            }
            #[circuit_breaker(name = $name, threshold = 1)]
            async fn other(fails: bool) -> Reply {
                if fails { Err("down".into()) } else { Ok(1) }
            }
            one(false).unwrap();
            other(false).now_or_never().unwrap().unwrap();
            one as fn(bool) -> Reply
        }};
    }
    let call = called!("released");
    for _ in 0..3 {
        let breaker = global("released");
        let owned = Arc::new(());
        let listener = Arc::downgrade(&owned);
        breaker.on_event(move |_| drop(Arc::clone(&owned))).keep();
        assert!(call(true).is_err() && listener.upgrade().is_some());
        drop((breaker, Registry::global().remove("released").unwrap()));
        assert!(listener.upgrade().is_none());
        call(false).unwrap();
    }
}

#[test]
fn call_site_takes_to_the_breaker_that_comes_after_each_removal() {
    #[circuit_breaker(name = "renewed", threshold = 2)]
    fn call(fails: bool) -> Reply {
        if fails { Err("down".into()) } else { Ok(1) }
    }
    let registry = Registry::global();
    for round in 0..300 {
        call(true).unwrap_err();
        call(false).unwrap();
        call(true).unwrap_err();
        let breaker = global("renewed");
        assert_eq!(breaker.snapshot().consecutive_failures, 1, "round {round}");
        call(true).unwrap_err();
        assert!(is_rejection(&call(false)), "round {round}");
        assert_eq!(breaker.snapshot().rejections, 1);
        drop((breaker, registry.remove("renewed").unwrap()));
    }
    // Soon the site holds the newest one, and finds it without the registry.
    (0..5_000).for_each(|_| assert!(call(false).is_ok()));
    let held = Arc::strong_count(&global("renewed"));
    assert_eq!(held, 3, "the registry, the call site, and this look-up");
}

/// Every failure is counted by the breaker that admitted its call, once.
#[test]
fn removals_beside_calls_lose_no_failure() {
    #[circuit_breaker(name = "beside", threshold = 60_000)]
    fn call() -> Reply {
        Err("down".into())
    }
    #[circuit_breaker(name = "beside", threshold = 60_000, failure = Err(_))]
    async fn call_async() -> Reply {
        std::future::ready(()).await;
        Err("down".into())
    }
    const CALLS: usize = 5_000;
    let running = std::sync::atomic::AtomicUsize::new(4);
    let mut all = Vec::new();
    std::thread::scope(|threads| {
        for thread in 0..4 {
            let running = &running;
            threads.spawn(move || {
                for _ in 0..CALLS {
                    let reply =
                        if thread % 2 == 0 { call() } else { call_async().now_or_never().unwrap() };
                    assert!(!is_rejection(&reply));
                }
                running.fetch_sub(1, std::sync::atomic::Ordering::Release);
            });
        }
        while running.load(std::sync::atomic::Ordering::Acquire) > 0 {
            all.extend(Registry::global().remove("beside"));
            std::thread::yield_now();
        }
    });
    all.extend(Registry::global().remove("beside"));
    let counted: usize =
        all.iter().map(|breaker| usize::from(breaker.snapshot().consecutive_failures)).sum();
    assert_eq!(counted, 4 * CALLS, "by {} breakers", all.len());
}
