//! Listeners to transitions alone, and listeners that hear of each rejection, on many threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use breakerbox::testing::Scope;
use breakerbox::{Event, EventKind, Subscription, circuit_breaker};

use crate::{CallError, DOWN, Error, answer, ms};

fn hint(output: &Result<(), CallError>) -> Option<std::time::Duration> {
    match output {
        Err(CallError::Service(Error::Busy { retry_after })) => Some(ms(*retry_after)),
        _ => None,
    }
}

#[circuit_breaker(name = "heard", key = key, threshold = 1, cooldown = "1s", retry_after = hint)]
fn call(key: &str, body: impl FnOnce() -> Result<(), Error>) -> Result<(), CallError> {
    answer(body())
}

fn down() -> Result<(), Error> {
    DOWN
}

type Log = Arc<Mutex<Vec<Event>>>;

fn log() -> (Log, impl Fn(&Event) + Clone + Send + Sync + 'static) {
    let log = Log::default();
    let copy = Arc::clone(&log);
    (log, move |event: &Event| copy.lock().unwrap().push(event.clone()))
}

fn is_of_a_call(event: &Event) -> bool {
    matches!(event.kind, EventKind::Rejected { .. } | EventKind::Late)
}

/// A transition, an extension, rejections, a late outcome, a recovery and a removal.
fn everything(scope: &Scope) {
    let _ = call("a", || {
        // Both inner calls are under way when the first one trips; the second is late, and asks
        // for more time.
        let _ = call("a", down);
        Err(Error::Busy { retry_after: 3_000 })
    });
    assert!(call("a", down).unwrap_err().is_rejection());
    assert!(call("b", || Ok(())).is_ok());
    scope.advance(ms(3_000));
    call("a", || Ok(())).unwrap();
    scope.registry().remove_key("heard", "a").unwrap();
}

#[test]
fn transition_listener_hears_what_an_event_listener_does_but_for_calls() {
    let scope = Scope::enter();
    let (events, event) = log();
    let (transitions, transition) = log();
    call("a", || Ok(())).unwrap();
    let breaker = scope.registry().get_key("heard", "a").unwrap();
    let (own_events, own_event) = log();
    let (own_transitions, own_transition) = log();
    let _subscriptions = [
        scope.registry().on_event(event),
        scope.registry().on_transition(transition),
        breaker.on_event(own_event),
        breaker.on_transition(own_transition),
    ];
    everything(&scope);
    for (events, transitions) in [(events, transitions), (own_events, own_transitions)] {
        let (mut events, transitions) = (events.lock().unwrap(), transitions.lock().unwrap());
        for kind in ["Transition", "Extended", "Removed", "Rejected", "Late"] {
            let is_kind = |event: &Event| format!("{:?}", event.kind).starts_with(kind);
            assert!(events.iter().any(is_kind), "{kind}");
        }
        events.retain(|event| !is_of_a_call(event));
        assert_eq!(*events, *transitions);
    }
}

#[test]
fn rejection_is_told_with_its_own_breaker_whatever_came_before() {
    let scope = Scope::enter();
    let (events, event) = log();
    let _ = call("billing", down);
    scope.advance(ms(100));
    let _ = call("sales", down);
    let _namesake = {
        #[circuit_breaker(name = "heard/sales", threshold = 1, cooldown = "5s")]
        fn call() -> Result<(), CallError> {
            answer(DOWN)
        }
        let _ = call();
        let subscription = scope.registry().on_event(event);
        assert!(call().unwrap_err().is_rejection());
        subscription
    };
    for key in ["billing", "sales", "billing", "billing", "sales"] {
        assert!(call(key, down).unwrap_err().is_rejection());
        scope.advance(ms(50));
    }
    let told = events.lock().unwrap();
    let told = told.iter().map(|event| {
        assert!(matches!(event.kind, EventKind::Rejected { .. }) && event.episode == 1);
        let left = event.remaining_cooldown.unwrap();
        (event.family.as_str(), event.key.as_deref(), left)
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("heard/sales", None, ms(5_000)),
            ("heard", Some("billing"), ms(900)),
            ("heard", Some("sales"), ms(950)),
            ("heard", Some("billing"), ms(800)),
            ("heard", Some("billing"), ms(750)),
            ("heard", Some("sales"), ms(800)),
        ]
    );
}

#[test]
fn listener_removed_by_another_is_not_told_of_the_rejection() {
    let scope = Scope::enter();
    let _ = call("a", down);
    let second = Arc::new(Mutex::new(None::<Subscription>));
    let holder = Arc::clone(&second);
    let first = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&first);
    let _first = scope.registry().on_event(move |_| {
        // Only the second delivery removes it: the first one has made what it is found by.
        if count.fetch_add(1, Ordering::Relaxed) == 1 {
            drop(holder.lock().unwrap().take());
        }
    });
    let (events, event) = log();
    *second.lock().unwrap() = Some(scope.registry().on_event(event));
    for told in [1, 1, 1] {
        assert!(call("a", down).unwrap_err().is_rejection());
        assert_eq!(events.lock().unwrap().len(), told);
    }
    assert_eq!(first.load(Ordering::Relaxed), 3);
}

#[test]
fn listener_that_comes_between_rejections_is_told_of_the_next() {
    let scope = Scope::enter();
    let _ = call("a", down);
    let (events, event) = log();
    let mut subscriptions = Vec::new();
    for listeners in 1..=3 {
        subscriptions.push(scope.registry().on_event(event.clone()));
        assert!(call("a", down).unwrap_err().is_rejection());
        assert_eq!(std::mem::take(&mut *events.lock().unwrap()).len(), listeners);
    }
    for listeners in (0..3).rev() {
        subscriptions.pop();
        assert!(call("a", down).unwrap_err().is_rejection());
        assert_eq!(std::mem::take(&mut *events.lock().unwrap()).len(), listeners);
    }
}

/// More threads than have a stripe of their own, each of which has told the listener.
#[test]
fn each_thread_tells_and_none_keeps_a_listener_that_has_gone() {
    const THREADS: usize = 150;
    const CALLS: usize = 20;

    let scope = Scope::enter();
    let _ = call("a", down);
    let breaker = scope.registry().get_key("heard", "a").unwrap();
    let told = Arc::new(AtomicUsize::new(0));
    let owned = Arc::downgrade(&told);
    let (of_registry, of_breaker) = (Arc::clone(&told), told);
    let add = |count: &AtomicUsize| {
        count.fetch_add(1, Ordering::Relaxed);
    };
    let subscriptions = [
        scope.registry().on_event(move |_| add(&of_registry)),
        breaker.on_event(move |_| add(&of_breaker)),
    ];
    let barrier = Barrier::new(THREADS + 1);
    let rejected = || breaker.try_acquire().is_err();
    let (told, left) = thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                let all = (0..CALLS).all(|_| rejected());
                // They live on, with all that they have kept.
                barrier.wait();
                barrier.wait();
                assert!(all && rejected());
            });
        }
        barrier.wait();
        let told = owned.upgrade().map(|told| told.load(Ordering::Relaxed));
        drop(subscriptions);
        // An assertion between the two would leave the threads waiting.
        let left = owned.strong_count();
        barrier.wait();
        (told, left)
    });
    assert_eq!(told, Some(2 * THREADS * CALLS));
    assert_eq!(left, 0, "what a listener owns goes with its subscription");
}
