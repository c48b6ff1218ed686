//! Tests of the window of calls against a plain list.

use std::collections::VecDeque;

use super::*;

fn window(size: u32) -> CallWindow {
    let window = CallWindow::new(size.max(352));
    window.begin(size, Epoch(0), true);
    window
}

/// Records a call and returns its number.
fn record(window: &CallWindow, epoch: Epoch, record: CallRecord) -> Option<u64> {
    let at_once = window.record_fast(epoch, record, false);
    let slowly = |taken| Some(window.record(epoch, record, false, taken)?.at);
    at_once.map_or_else(slowly, Some)
}

/// [C5, C6, C8]
#[test]
fn window_equals_a_plain_list_of_the_last_calls() {
    for size in [1, 2, 21, 22, 23, 44, 100, 1_000] {
        let window = window(size);
        let (mut list, mut consecutive) = (VecDeque::new(), 0);
        for call in 0..3_000_u32 {
            let noise = call.wrapping_mul(2_654_435_761) >> 20;
            let is = CallRecord { failed: noise % 3 == 0, slow: noise % 5 == 0 };
            let number = record(&window, Epoch(0), is).unwrap();
            list.push_back(is);
            if list.len() > size as usize {
                list.pop_front();
            }
            let wanted = Totals {
                calls: list.len() as u64,
                failures: list.iter().filter(|record| record.failed).count() as u64,
                slow: list.iter().filter(|record| record.slow).count() as u64,
            };
            assert_eq!(window.sums(Epoch(0), number), wanted, "size {size}, call {call}");
            assert_eq!(window.recount(Epoch(0)), wanted, "size {size}, call {call}");
            consecutive = if is.failed { consecutive + 1 } else { 0 };
            let found = window.consecutive_failures(Epoch(0));
            assert_eq!(found, Some(consecutive), "size {size}, call {call}");
        }
    }
}

/// [R6]
#[test]
fn record_of_another_episode_is_dropped() {
    let window = window(10);
    let failed = CallRecord { failed: true, slow: false };
    let record = |number| record(&window, Epoch(number), failed);
    assert_eq!(record(0), Some(0));
    assert_eq!(window.recount(Epoch(3)), Totals::default());
    assert_eq!(
        [window.consecutive_failures(Epoch(0)), window.consecutive_failures(Epoch(3))],
        [Some(1), Some(0)]
    );
    assert_eq!(record(3), Some(0));
    assert_eq!(record(0), None, "a straggler does not set it back");
    assert_eq!(window.recount(Epoch(3)).calls, 1);
    assert_eq!(window.sums(Epoch(0), 0), Totals::default());
}

#[test]
fn consecutive_failures_are_not_those_of_an_epoch_with_the_same_tag() {
    let window = window(10);
    assert_eq!(record(&window, Epoch(3), CallRecord { failed: true, slow: false }), Some(0));
    let later = Epoch(3 + (1 << Tag::BITS));
    let shown = [Epoch(3), later].map(|epoch| window.consecutive_failures(epoch));
    assert_eq!(shown, [Some(1), Some(0)]);
    let closed = window.close();
    let moved = [Epoch(3), later].map(|epoch| window.closed_failures(closed, epoch));
    assert_eq!(moved, [1, 0]);
}

/// The change moves what the head has counted to the breaker's word: recorded again, the failure
/// would count twice.
#[test]
fn failure_that_is_overtaken_by_a_change_after_its_number_is_not_missed() {
    let failed = CallRecord { failed: true, slow: false };
    for (in_word, counted) in [(false, Some(true)), (true, None)] {
        let window = CallWindow::new(352);
        window.begin(10, Epoch(1), true);
        let taken = window.record_fast(Epoch(1), failed, in_word).unwrap_err();
        assert_eq!(taken, Some(0), "its slot is still to be set");
        let moved = window.closed_failures(window.close(), Epoch(1));
        window.begin(11, Epoch(2), true);
        let position = window.record(Epoch(1), failed, in_word, taken);
        assert_eq!(position.map(|position| position.counted), counted);
        assert_eq!(moved, u16::from(counted.is_some()));
        assert_eq!(window.recount(Epoch(2)), Totals::default());
    }
}

/// Another thread has raised the latest epoch, and will swap the head next.
#[test]
fn record_while_the_window_moves_on_is_not_made_at_once() {
    let window = window(10);
    let passed = CallRecord { failed: false, slow: false };
    assert_eq!(record(&window, Epoch(0), passed), Some(0));
    assert_eq!(window.latest.raise(Epoch(1)), Some(true));
    for epoch in [Epoch(0), Epoch(1)] {
        assert_eq!(window.record_fast(epoch, passed, false), Err(None), "{epoch:?}");
    }
    assert!(window.record(Epoch(0), passed, false, None).is_none(), "it is late");
    assert!(!window.fill(Epoch(2), 1, passed), "a later epoch than the latest has no slot yet");
    assert_eq!(window.recount(Epoch(1)), Totals::default());
}

/// One thread records two successes before each failure, the other thread only successes: so
/// at most one of the last two calls has failed.
#[test]
fn failure_that_is_just_replaced_does_not_count_beside_the_next() {
    use std::sync::atomic::AtomicBool;

    let window = window(2);
    let record = |failed| record(&window, Epoch(0), CallRecord { failed, slow: false }).unwrap();
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
            assert!(window.recount(Epoch(0)).failures <= 1);
        }
        over.store(true, Ordering::Relaxed);
    });
    let number = record(false);
    assert!(window.sums(Epoch(0), number).failures <= 1);
}

/// All but the first call of each chunk of a new epoch.
#[test]
fn call_whose_slot_has_its_bits_already_is_recorded_at_once() {
    let window = CallWindow::new(352);
    window.begin(40, Epoch(5), true);
    for failed in [false, true] {
        let call = CallRecord { failed, slow: false };
        for round in 0..2 {
            let slow_path = |_: &u32| {
                window
                    .record_fast(Epoch(5), call, false)
                    .is_err_and(|taken| window.record(Epoch(5), call, false, taken).is_some())
            };
            let wanted = match (failed, round) {
                (false, 0) => 2,
                (true, 0) => 40,
                _ => 0,
            };
            assert_eq!((0..40).filter(slow_path).count(), wanted, "{call:?}, round {round}");
        }
    }
}
