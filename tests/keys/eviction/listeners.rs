//! Listeners, and those that read the registry, while keys make room.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use breakerbox::{Event, EventKind};

use super::{get, log, scope_of, succeed};
use crate::{DOWN, ms};

#[test]
fn removal_is_told_to_listeners_once_and_last() {
    let scope = scope_of(2);
    let registry = scope.registry().clone();
    let log = log(&registry);
    succeed("a");
    let own = Arc::new(Mutex::new(Vec::new()));
    let (copy, again) = (Arc::clone(&own), registry.clone());
    let listen = move |event: &Event| {
        // Asks the registry, which is not locked meanwhile.
        copy.lock().unwrap().push((event.kind, event.key.clone(), again.len()));
    };
    registry.get_key("host", "a").unwrap().on_event(listen).keep();
    get("a", DOWN).unwrap_err();
    get("b", DOWN).unwrap_err();
    scope.advance(ms(1));
    get("c", Ok(())).unwrap();
    assert_eq!(*own.lock().unwrap(), [(EventKind::Removed, Some("a".into()), 2)]);
    assert_eq!(Arc::strong_count(&own), 1, "the listener is let go");
    registry.remove_key("host", "b").unwrap();
    assert!(registry.remove_key("host", "b").is_none());
    let expected = ["a", "b"].map(|key| format!("circuit breaker `host/{key}`: removed"));
    assert_eq!(*log.lock().unwrap(), expected);
}

#[test]
fn listener_that_calls_the_removed_key_again_comes_to_an_end() {
    let scope = scope_of(20);
    let told = Arc::new(Mutex::new(0));
    let count = Arc::clone(&told);
    let again = move |event: &Event| {
        if let (EventKind::Removed, Some(key)) = (event.kind, &event.key) {
            *count.lock().unwrap() += 1;
            succeed(key);
        }
    };
    let _subscription = scope.registry().on_event(again);
    for n in 0..20 {
        succeed(&n.to_string());
    }
    for n in 0..3 {
        succeed(&format!("new-{n}"));
    }
    assert_eq!((*told.lock().unwrap(), scope.registry().len()), (3 * 8, 20));
}

#[test]
fn reading_all_breakers_does_not_keep_them_from_making_room() {
    let scope = scope_of(50);
    let done = AtomicBool::new(false);
    thread::scope(|threads| {
        let registry = scope.registry().clone();
        let done = &done;
        threads.spawn(move || {
            while !done.load(Ordering::Relaxed) {
                let _ = registry.snapshots();
            }
        });
        for n in 0..2_000 {
            succeed(&n.to_string());
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(scope.registry().len(), 50);
}
