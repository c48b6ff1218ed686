//! Races at the seat of a breaker by key.

use loom::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::explore::Role;

/// Reads a seat of the key `a` while another key gets it, and then `a` again.
fn while_given<T: 'static>(
    role: Role,
    seat: &Arc<model::Seat>,
    read: impl FnOnce(&model::Seat) -> T + 'static,
) -> T {
    let (read_from, given) = (Arc::clone(seat), Arc::clone(seat));
    let give = move || {
        given.give("b", 2);
        given.give("a", 3);
    };
    role.race(move || read(&read_from), give).0
}

#[test]
fn number_that_a_reader_finds_belongs_to_its_key() {
    explore(Depth::Preemptions(1, 2), [1_000, 3_200], |role| {
        let seat = Arc::new(model::Seat::new("a", 1));
        let found = while_given(role, &seat, |seat| seat.find("a"));
        assert!(matches!(found, None | Some(1 | 3)), "{found:?}");
        assert_eq!(seat.find("a"), Some(3));
    });
}

#[test]
fn name_that_is_read_with_an_even_generation_belongs_to_it() {
    explore(Depth::Preemptions(1, 2), [1, 7], |role| {
        let seat = Arc::new(model::Seat::new("a", 1));
        let (name, generation) = while_given(role, &seat, model::Seat::name);
        assert!(generation % 2 == 1 || generation == 2 * name, "{name} {generation}");
        assert_eq!(seat.name(), (3, 6));
    });
}

#[test]
fn rest_of_a_long_key_belongs_to_its_beginning() {
    let [long, other] = ["x", "y"].map(|end| "x".repeat(39) + end);
    explore(SHALLOW, [600, 3_300], move |role| {
        let seat = Arc::new(model::Seat::new(&long, 1));
        let (read, given) = (Arc::clone(&seat), Arc::clone(&seat));
        let (wanted, other) = (long.clone(), other.clone());
        let (found, ()) = role.race(move || read.find(&wanted), move || given.give(&other, 2));
        assert!(matches!(found, None | Some(1)), "{found:?}");
    });
}

#[test]
fn who_finds_no_call_under_way_sees_what_the_last_one_has_recorded() {
    explore(Depth::All, [4, 1], |role| {
        let seat = Arc::new(model::Seat::new("a", 1));
        let recorded = Arc::new(AtomicU64::new(0));
        // The shard in which the call ends already has its counts: making them would order it too.
        model::in_shard(Some(1));
        seat.start();
        seat.end();
        model::in_shard(Some(0));
        seat.start();
        let (ended, asked) = (Arc::clone(&seat), Arc::clone(&seat));
        let (written, read) = (Arc::clone(&recorded), recorded);
        let end = move || {
            model::in_shard(Some(1));
            written.store(1, Ordering::Relaxed);
            ended.end();
        };
        let ask = move || (!asked.is_busy()).then(|| read.load(Ordering::Relaxed));
        let ((), seen) = role.race(end, ask);
        assert_ne!(seen, Some(0));
        assert!(!seat.is_busy());
    });
}

#[test]
fn call_that_is_under_way_all_the_time_is_found_beside_one_that_moves() {
    explore(Depth::All, [180, 1], |role| {
        let seat = Arc::new(model::Seat::new("a", 1));
        model::in_shard(None);
        seat.start();
        let (moved, asked) = (Arc::clone(&seat), Arc::clone(&seat));
        let call = move || {
            model::in_shard(Some(0));
            moved.start();
            model::in_shard(Some(1));
            moved.end();
        };
        let ((), is_busy) = role.race(call, move || asked.is_busy());
        assert!(is_busy);
    });
}
