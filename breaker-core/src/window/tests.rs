//! What both kinds of window share: moving on, and races.

use std::cell::Cell;
use std::{hint, thread};

use super::*;

const ROUNDS: u64 = 10_000;

/// Two threads record the first calls of each episode at once, and wait for each other by
/// spinning: a barrier would wake one well before the other.
fn lost_records(shape: Shape) -> u64 {
    let windows = Windows::new();
    let layout = Layout { shape, counts_consecutive: true };
    let window = windows.lock().begin(layout, Episode(0), || Tick::from_bits(0));
    let (since, now) = (|| Tick::from_bits(5), || Tick::from_bits(7));
    let arrived = AtomicU64::new(0);
    let meet = |times: u64| {
        arrived.fetch_add(1, Ordering::AcqRel);
        let mut spins = 0_u32;
        while arrived.load(Ordering::Acquire) < 2 * times {
            spins += 1;
            // The other thread may have no core.
            if spins % 1_000 == 0 { thread::yield_now() } else { hint::spin_loop() }
        }
    };
    let record = || {
        let call = CallRecord { failed: true, slow: false };
        let rounds = (1..=ROUNDS).map(|round| {
            meet(2 * round - 1);
            assert!(window.record(Episode(round), since, now, call, false).is_some());
            meet(2 * round);
            2 - window.recount(Episode(round), now).calls
        });
        rounds.sum::<u64>()
    };
    thread::scope(|scope| {
        let threads = [(); 2].map(|()| scope.spawn(record));
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

#[test]
fn first_calls_of_an_episode_are_both_recorded() {
    for shape in [Shape::calls(10), Shape::time(Duration::from_millis(50), 5)] {
        assert_eq!(lost_records(shape), 0, "{shape:?}");
    }
}

#[test]
fn window_moves_on_to_a_later_epoch_once() {
    let (word, latest) = (AtomicU64::new(0), LatestEpoch::new());
    let tag_of = |word: u64| Tag(word >> 8);
    let starts = Cell::new(0);
    let move_on = |epoch| {
        let start = |_| {
            starts.set(starts.get() + 1);
            Some(Tag::of(epoch).0 << 8)
        };
        move_on(&word, &latest, epoch, tag_of, start)
    };
    let first = Epoch(3);
    assert_eq!(move_on(first), Some(3 << 8));
    // Records have gone there meanwhile.
    word.store(3 << 8 | 7, Ordering::Relaxed);
    assert_eq!((move_on(first), starts.get()), (Some(3 << 8 | 7), 1), "it stays as it is");
    let equal_tag = Epoch(3 + (1 << Tag::BITS));
    assert_eq!((move_on(equal_tag), starts.get()), (Some(3 << 8), 2), "it begins anew");
    assert_eq!((move_on(first), starts.get()), (None, 2), "it does not go back");
    assert_eq!(word.load(Ordering::Relaxed), 3 << 8);
}

#[test]
fn share_that_is_short_of_the_rate_by_one_call_does_not_reach_it() {
    for calls in [10, 1_000, 100_000, 10_000_000] {
        let totals = Totals { calls, ..Totals::default() };
        for (rate, part) in [(0.5, calls / 2), (0.1, calls / 10), (1.0, calls)] {
            assert!(totals.reach(part, rate), "{part} of {calls}");
            assert!(!totals.reach(part - 1, rate), "{} of {calls}", part - 1);
        }
    }
}
