//! Tests of the window of calls against a plain list.

use std::collections::VecDeque;

use super::*;

fn episode(number: u64) -> Episode {
    Episode(number)
}

/// Records a call and returns its number.
fn record(window: &CallWindow, episode: Episode, record: CallRecord) -> Option<u64> {
    let at_once = window.record_fast(episode, record);
    at_once.map_or_else(|taken| window.record(episode, record, taken), Some)
}

/// [C5, C6, C8]
#[test]
fn window_equals_a_plain_list_of_the_last_calls() {
    for size in [1, 2, 21, 22, 23, 44, 100, 1_000] {
        let window = CallWindow::new(size, episode(0));
        let mut list = VecDeque::new();
        for call in 0..3_000_u32 {
            let noise = call.wrapping_mul(2_654_435_761) >> 20;
            let is = CallRecord { failed: noise % 3 == 0, slow: noise % 5 == 0 };
            let number = record(&window, episode(0), is).unwrap();
            list.push_back(is);
            if list.len() > size as usize {
                list.pop_front();
            }
            let wanted = Totals {
                calls: list.len() as u64,
                failures: list.iter().filter(|record| record.failed).count() as u64,
                slow: list.iter().filter(|record| record.slow).count() as u64,
            };
            assert_eq!(window.sums(episode(0), number), wanted, "size {size}, call {call}");
            assert_eq!(window.recount(episode(0)), wanted, "size {size}, call {call}");
            let consecutive = list.iter().rev().take_while(|record| record.failed).count();
            let found = window.consecutive_failures(episode(0));
            assert_eq!(usize::from(found), consecutive, "size {size}, call {call}");
        }
    }
}

/// [R6]
#[test]
fn record_of_another_episode_is_dropped() {
    let window = CallWindow::new(10, episode(0));
    let failed = CallRecord { failed: true, slow: false };
    let record = |number| record(&window, episode(number), failed);
    assert_eq!(record(0), Some(0));
    assert_eq!(window.recount(episode(3)), Totals::default());
    assert_eq!(
        (window.consecutive_failures(episode(0)), window.consecutive_failures(episode(3))),
        (1, 0)
    );
    assert_eq!(record(3), Some(0));
    assert_eq!(record(0), None, "a straggler does not set it back");
    assert_eq!(window.recount(episode(3)).calls, 1);
    assert_eq!(window.sums(episode(0), 0), Totals::default());
}

/// One thread records two successes before each failure, the other thread only successes: so
/// at most one of the last two calls has failed.
#[test]
fn failure_that_is_just_replaced_does_not_count_beside_the_next() {
    use std::sync::atomic::AtomicBool;

    let window = CallWindow::new(2, episode(0));
    let record = |failed| record(&window, episode(0), CallRecord { failed, slow: false }).unwrap();
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
            assert!(window.recount(episode(0)).failures <= 1);
        }
        over.store(true, Ordering::Relaxed);
    });
    let number = record(false);
    assert!(window.sums(episode(0), number).failures <= 1);
}
