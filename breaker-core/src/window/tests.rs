//! Races that both kinds of window share.

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
