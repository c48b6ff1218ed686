//! Tests of the window of calls against a plain list.

use std::collections::VecDeque;

use super::*;

const FIRST: Episode = Episode(7);
const PASSED: CallRecord = CallRecord { failed: false, slow: false };
const FAILED: CallRecord = CallRecord { failed: true, slow: false };

fn window(size: u32) -> CallWindow {
    let window = CallWindow::new();
    window.begin(size, FIRST, true);
    window
}

/// Records a call in the window's episode as a breaker does, and returns its place.
fn record(window: &CallWindow, record: CallRecord) -> Place {
    let at_once = match record {
        PASSED => window.take_success_at_once(FIRST),
        FAILED => window.take_failure_at_once(FIRST),
        _ => None,
    };
    let Some(place) = at_once else {
        return Head(window.record(FIRST, record, false).unwrap().at);
    };
    if !(if record.failed { window.has_failed(place) } else { window.has_passed(place) }) {
        assert!(window.fill(place, record));
    }
    place
}

/// [C5, C6, C8]
#[test]
fn window_equals_a_plain_list_of_the_last_calls() {
    for size in [1, 2, 31, 32, 33, 64, 100, 128, 129, 1_000] {
        let window = window(size);
        let (mut list, mut consecutive) = (VecDeque::new(), 0);
        for call in 0..3_000_u32 {
            let noise = call.wrapping_mul(2_654_435_761) >> 20;
            // The first slow call comes when the window is full.
            let is = CallRecord { failed: noise % 3 == 0, slow: call > 1_500 && noise % 5 == 0 };
            let place = record(&window, is);
            list.push_back(is);
            if list.len() > size as usize {
                list.pop_front();
            }
            let wanted = Totals {
                calls: list.len() as u64,
                failures: list.iter().filter(|record| record.failed).count() as u64,
                slow: list.iter().filter(|record| record.slow).count() as u64,
            };
            assert_eq!(window.sums(place), wanted, "size {size}, call {call}");
            assert_eq!(window.recount(FIRST), Some(wanted), "size {size}, call {call}");
            consecutive = if is.failed { consecutive + 1 } else { 0 };
            let found = window.consecutive_failures(FIRST);
            assert_eq!(found, Some(consecutive), "size {size}, call {call}");
        }
    }
}

/// [R6]
#[test]
fn record_of_another_episode_is_dropped() {
    let window = window(10);
    let later = Episode(FIRST.0 + 3);
    record(&window, FAILED);
    assert_eq!(window.recount(later), Some(Totals::default()));
    let consecutive = [FIRST, later].map(|episode| window.consecutive_failures(episode));
    assert_eq!(consecutive, [Some(1), Some(0)]);
    assert!(window.record(later, FAILED, false).is_none(), "it has yet to move on");
    assert!(window.move_on(later) && !window.move_on(later));
    assert!(window.record(later, FAILED, false).is_some());
    assert!(!window.move_on(FIRST), "a straggler does not set it back");
    assert!(window.record(FIRST, FAILED, false).is_none());
    assert!(window.take_success_at_once(FIRST).is_none());
    assert!(window.take_failure_at_once(FIRST).is_none());
    assert_eq!(window.recount(later).map(|totals| totals.calls), Some(1));
    assert_eq!(window.recount(FIRST), Some(Totals::default()));
}

#[test]
fn closed_window_records_nothing_and_lets_readers_wait() {
    let window = window(10);
    record(&window, FAILED);
    let head = window.close();
    assert!(window.record(FIRST, FAILED, false).is_none());
    assert!(window.take_success_at_once(FIRST).is_none());
    assert!(window.take_failure_at_once(FIRST).is_none());
    assert_eq!((window.recount(FIRST), window.consecutive_failures(FIRST)), (None, None));
    assert_eq!(window.closed_failures(head, FIRST), 1);
    assert_eq!(window.closed_failures(head, Episode(FIRST.0 + 1)), 0);
    window.reopen(head, false);
    assert_eq!(window.consecutive_failures(FIRST), Some(0));
    assert_eq!(window.recount(FIRST).map(|totals| totals.failures), Some(1));
    assert!(window.take_failure_at_once(FIRST).is_none(), "the word counts it first");
}

/// The change moves the head's count to the breaker's word: recorded again, the failure would count
/// twice.
#[test]
fn call_that_is_overtaken_by_a_change_after_its_slot_leaves_the_next_window_alone() {
    for call in [FAILED, PASSED, CallRecord { failed: true, slow: true }] {
        let window = window(10);
        let place = window.take_failure_at_once(FIRST).unwrap();
        assert_eq!(window.closed_failures(window.close(), FIRST), 1);
        window.begin(11, FIRST, true);
        record(&window, FAILED);
        assert!(!window.fill(place, call));
        assert!(!window.add_failure(FIRST, place));
        let totals = Totals { calls: 1, failures: 1, slow: 0 };
        assert_eq!(window.recount(FIRST), Some(totals));
        assert_eq!(window.sums(place), Totals::default());
    }
}

/// The tags of chunks wrap around.
#[test]
fn slots_of_a_window_long_ago_count_as_empty() {
    let slow = CallRecord { failed: true, slow: true };
    let window = window(40);
    (0..40).for_each(|_| _ = record(&window, slow));
    // The head is as after the window with the last tag.
    let before_first = Head::UNUSED.0;
    window.line.head.store(before_first, Ordering::Relaxed);
    window.begin(40, FIRST, true);
    for calls in 1..=20 {
        let place = record(&window, if calls % 2 == 0 { PASSED } else { FAILED });
        let wanted = Totals { calls, failures: calls.div_ceil(2), slow: 0 };
        assert_eq!((window.sums(place), window.recount(FIRST)), (wanted, Some(wanted)));
    }
    let place = record(&window, slow);
    let wanted = Totals { calls: 21, failures: 11, slow: 1 };
    assert_eq!((window.sums(place), window.recount(FIRST)), (wanted, Some(wanted)));
}

#[test]
fn limit_is_the_fewest_failures_that_trip_a_full_window() {
    for size in [1, 2, 100, 1_000] {
        for wanted in [1, 2, 50, 100, 1_000, 1_001] {
            let window = window(size);
            (0..size).for_each(|_| _ = record(&window, PASSED));
            assert!(!window.has_limit() && !window.is_below_limit());
            window.set_limit(|totals| {
                assert_eq!(totals.calls, u64::from(size));
                totals.failures >= wanted
            });
            for failures in 0..u64::from(size) {
                assert_eq!(window.is_below_limit(), failures < wanted, "{wanted} of {size}");
                record(&window, FAILED);
            }
            window.forget_limit();
            assert!(!window.has_limit() && !window.is_below_limit());
        }
    }
}

#[test]
fn limit_is_not_that_of_the_next_window() {
    let window = window(2);
    window.set_limit(|_| false);
    assert!(window.is_below_limit());
    window.move_on(Episode(FIRST.0 + 1));
    assert!(!window.has_limit() && !window.is_below_limit());
}

/// One thread records two successes before each failure, the other thread only successes: so
/// at most one of the last two calls has failed.
#[test]
fn failure_that_is_just_replaced_does_not_count_beside_the_next() {
    use std::sync::atomic::AtomicBool;

    let window = window(2);
    let record = |failed| record(&window, CallRecord { failed, slow: false });
    let failures = || window.recount(FIRST).unwrap().failures;
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                record(false);
            }
        });
        for _ in 0..200_000 {
            record(false);
            record(false);
            record(true);
            assert!(failures() <= 1);
        }
        over.store(true, Ordering::Relaxed);
    });
    assert!(window.sums(record(false)).failures <= 1);
}

/// The first call of each chunk and the failures of the first round are not.
#[test]
fn call_whose_slot_has_its_bit_already_is_recorded_at_once() {
    let window = window(40);
    for failed in [false, true] {
        for round in 0..2 {
            let slow_path = |_: &u32| {
                let place = if failed {
                    window.take_failure_at_once(FIRST).unwrap()
                } else {
                    window.take_success_at_once(FIRST).unwrap()
                };
                let has = if failed { window.has_failed(place) } else { window.has_passed(place) };
                !has && window.fill(place, CallRecord { failed, slow: false })
            };
            let wanted = match (failed, round) {
                (false, 0) => 2,
                (true, 0) => 40,
                _ => 0,
            };
            assert_eq!((0..40).filter(slow_path).count(), wanted, "{failed}, round {round}");
        }
    }
}

#[test]
fn slow_call_becomes_a_failed_one_once() {
    let window = window(10);
    let slow = record(&window, CallRecord { failed: false, slow: true });
    let passed = record(&window, PASSED);
    assert!(!window.add_failure(FIRST, passed), "it was not slow");
    assert!(window.add_failure(FIRST, slow) && !window.add_failure(FIRST, slow));
    assert_eq!(window.recount(FIRST), Some(Totals { calls: 2, failures: 1, slow: 1 }));
    assert_eq!(window.sums(passed), Totals { calls: 2, failures: 1, slow: 1 });
    (0..10).for_each(|_| _ = record(&window, PASSED));
    assert!(!window.add_failure(FIRST, slow), "its slot has another call");
    assert_eq!(window.recount(FIRST), Some(Totals { calls: 10, failures: 0, slow: 0 }));
}
