//! Names in the folder: too many of them, those that say nothing, and those that are chosen.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use breakerbox::host::{Options, Trouble};
use breakerbox::{Config, Registry, Role, Sharing};

use crate::failures::{COOLDOWN, begin, fail};
use crate::world::{World, until};

#[test]
fn names_without_end_stay_in_the_process() {
    let world = World::new();
    let (registry, host, _breaker) = begin(&world.state());
    let config = Config::builder().threshold(3).build().unwrap();
    for number in 0..2_000 {
        let breaker = registry.get_or_insert(&format!("name{number}"), config).unwrap();
        fail(&breaker);
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
    }
    let files = fs::read_dir(world.state().join("named.test")).unwrap().count();
    assert!((900..=1_000).contains(&files), "{files} files");
    assert_eq!(host.status().trouble, Some(Trouble::TooManyNames));
    let open = fs::read_dir("/proc/self/fd").unwrap().count();
    assert!(open < 300, "{open} files are open");

    // Other processes with other names find the folder full.
    let (registry, other, _breaker) = begin(&world.state());
    for number in 0..50 {
        let breaker = registry.get_or_insert(&format!("other{number}"), config).unwrap();
        fail(&breaker);
        // The first finds the last place.
        assert_eq!(breaker.snapshot().shared.is_some(), number == 0);
    }
    let files = fs::read_dir(world.state().join("named.test")).unwrap().count();
    assert!(files <= 1_000, "{files} files");
    assert_eq!(other.status().trouble, Some(Trouble::TooManyNames));
}

#[test]
fn names_that_say_nothing_make_room_for_others() {
    let world = World::new();
    let (registry, host, _breaker) = begin(&world.state());
    let config = Config::builder().threshold(3).build().unwrap();
    for number in 0..1_000 {
        let breaker = registry.get_or_insert(&format!("name{number}"), config).unwrap();
        fail(&breaker);
        if number >= 10 {
            breaker.reset();
        }
    }
    let (registry, other, breaker) = begin(&world.state());
    until("room", || {
        fail(&breaker);
        breaker.reset();
        other.status().local_names == 0
    });
    assert_eq!(breaker.snapshot().shared, Some(Sharing::new("host", Role::Member)));
    for number in 0..10 {
        let breaker = registry.get_or_insert(&format!("name{number}"), config).unwrap();
        assert_eq!(breaker.snapshot().consecutive_failures, 1, "what says something stays");
    }
    drop(host);
}

#[test]
fn names_are_chosen_and_breakers_that_were_there_join() {
    let world = World::new();
    let config = Config::builder().threshold(3).cooldown(COOLDOWN).build().unwrap();
    fail(&begin(&world.state()).2);
    let registry = Registry::new();
    let breaker = registry.get_or_insert("service", config).unwrap();
    let options = || Options::new().namespace("test").once().folder(world.state());
    options().join_registry(&registry);
    assert_eq!(breaker.snapshot().consecutive_failures, 1, "it was there before");

    let registry = Registry::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let only = move |name: &str| {
        counted.fetch_add(1, Ordering::Relaxed);
        name != "service"
    };
    let host = options().only(only).join_registry(&registry);
    let breaker = registry.get_or_insert("service", config).unwrap();
    assert_eq!((breaker.snapshot().consecutive_failures, host.status().names), (0, 0));
    for _ in 0..3 {
        fail(&breaker);
    }
    breaker.reset();
    assert_eq!(asked.load(Ordering::Relaxed), 1, "it is asked when a breaker is made");
}
