//! Litmus tests. Two threads each record a call and then look for the other's record. At least one
//! of them must see it, or a trip is missed.
//!
//! A loom model explores the source; these tests run the compiled code, on the processor at hand.
//! `cargo xtask litmus` runs them in a release build.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::Config;
use crate::breaker::Breaker;
use crate::breaker::cell::StateCell;
use crate::clock::Clock;
use crate::config::ConfigBuilder;
use crate::state::status::{Episode, Tracking};
use crate::state::word::Word;
use crate::window::{CallRecord, Window};

/// If an ordering is missing, so many rounds show some thousand misses. A window has room for all
/// of their calls.
const ROUNDS: u64 = if cfg!(debug_assertions) { 10_000 } else { 200_000 };
const FAILURE: CallRecord = CallRecord { failed: true, slow: false };
const SLOW: CallRecord = CallRecord { failed: false, slow: true };
const FIRST: Episode = Episode(0);

/// A count with cache lines of its own.
#[derive(Default)]
#[repr(align(128))]
struct Alone(AtomicU64);

/// Runs two `turns` in rounds, each on its own thread; both threads begin a round together. A turn
/// returns whether it has seen the other turn of its round. Returns the number of rounds in which
/// neither turn saw the other.
fn neither_saw(turns: [&(dyn Fn(u64) -> bool + Sync); 2]) -> usize {
    let arrived = Alone::default();
    let play = |turn: &(dyn Fn(u64) -> bool + Sync)| {
        let round = |round| {
            arrived.0.fetch_add(1, Ordering::AcqRel);
            let mut waited = 0_u32;
            while arrived.0.load(Ordering::Acquire) < 2 * round {
                waited += 1;
                // If the threads share a core, the other one can only run now.
                if waited > 1_000 { thread::yield_now() } else { std::hint::spin_loop() }
            }
            turn(round)
        };
        (1..=ROUNDS).map(round).collect::<Vec<_>>()
    };
    let seen = thread::scope(|scope| {
        let threads = turns.map(|turn| scope.spawn(move || play(turn)));
        threads.map(|thread| thread.join().unwrap())
    });
    seen[0].iter().zip(&seen[1]).filter(|(one, other)| !**one && !**other).count()
}

fn breaker(config: ConfigBuilder) -> Breaker {
    Breaker::new("litmus", config.build().unwrap()).with_clock(Clock::manual().0)
}

/// Plays rounds of two threads that each store a record of their own, change the word, and look for
/// the other's record.
fn records_beside(meet: [fn(&Breaker); 2]) -> usize {
    let breaker = breaker(Config::builder());
    let records = [Alone::default(), Alone::default()];
    let turn = |mine: usize| {
        let (breaker, records) = (&breaker, &records);
        move |round| {
            // Stored as a thread stores to its own stripe of a window.
            records[mine].0.store(round, Ordering::Release);
            meet[mine](breaker);
            records[1 - mine].0.load(Ordering::Relaxed) >= round
        }
    };
    neither_saw([&turn(0), &turn(1)])
}

fn flip(breaker: &Breaker) {
    breaker.cell.sync_recorders();
}

fn count(breaker: &Breaker) {
    // A full count is cleared.
    let closed = Word::new(Tracking::NONE);
    while !StateCell::count_failure(breaker.cell.atomic_word(), closed, 0) {
        breaker.cell.forget_failures(closed);
    }
}

#[test]
fn recorders_that_change_the_word_do_not_overlook_each_other() {
    let misses = records_beside([|_| {}, |_| {}]);
    println!("without an ordering, neither saw the other in {misses} of {ROUNDS} rounds");
    assert_eq!(records_beside([flip, flip]), 0, "both flip a bit");
    assert_eq!(records_beside([flip, count]), 0, "one flips a bit, one counts");
    assert_eq!(records_beside([count, count]), 0, "both count");
}

/// Plays rounds of two threads that each record a call in the window, and look for the other's.
fn records_in_window(config: ConfigBuilder, calls: [CallRecord; 2]) -> usize {
    let breaker = breaker(config);
    // The first record makes the window.
    breaker.try_acquire().unwrap().failure();
    let node = breaker.cell.cold().windows.current().unwrap();
    let now = || breaker.clock().stamp();
    let before = node.recount(FIRST, now).unwrap();
    let turn = |mine: usize| {
        let (record, other) = (calls[mine], calls[1 - mine]);
        let records_of_a_round = if record == other { 2 } else { 1 };
        let breaker = &breaker;
        move |round| {
            let position = node.record(FIRST, now, now, record, false).unwrap();
            if needs_the_word(node, calls) {
                breaker.cell.sync_recorders();
            }
            let totals = node.sums(position);
            let wanted = records_of_a_round * round;
            if other.failed {
                totals.failures - before.failures >= wanted
            } else {
                totals.slow - before.slow >= wanted
            }
        }
    };
    neither_saw([&turn(0), &turn(1)])
}

/// Returns whether the records need the word to see each other. Equal ones in a window of calls do
/// not: the window counts them in one number.
fn needs_the_word(node: Window<'_>, calls: [CallRecord; 2]) -> bool {
    node.of_calls().is_none() || calls[0] != calls[1]
}

#[test]
fn calls_in_a_window_do_not_overlook_each_other() {
    let of_time = || {
        let day = std::time::Duration::from_secs(86_400);
        Config::builder().failure_count(1_000_000).window_buckets(day, 1)
    };
    let of_calls = || Config::builder().failure_count(1_000_000).window_calls(1_000_000);
    for (case, config) in [("time", of_time()), ("calls", of_calls())] {
        for calls in [[FAILURE, FAILURE], [FAILURE, SLOW], [SLOW, SLOW]] {
            assert_eq!(records_in_window(config, calls), 0, "window of {case}, {calls:?}");
        }
    }
}
