//! Tests of the window of time, against a plain list of records and by hand.

use core::time::Duration;

use super::*;

const FAILED: CallRecord = CallRecord { failed: true, slow: false };
const PASSED: CallRecord = CallRecord { failed: false, slow: false };

fn window(bucket_ms: u64, buckets: u8) -> TimeWindow {
    let window = TimeWindow::new(buckets);
    window.begin(Span::new(Duration::from_millis(bucket_ms)), buckets, Epoch(0), || at(0));
    window
}

fn at(ms: u64) -> Tick {
    Tick::from_bits(ms)
}

/// A pseudorandom generator with a fixed seed, so that every run is equal.
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// [C7]
#[test]
fn thousand_random_histories_equal_a_plain_list() {
    for seed in 0..1_000 {
        let mut noise = Noise(seed);
        let (bucket, buckets) = (1 + noise.below(50), 1 + noise.below(20));
        let window = window(bucket, u8::try_from(buckets).unwrap());
        let (mut now, mut start, mut episode) = (0, 0, 0);
        let mut list: Vec<(u64, CallRecord)> = Vec::new();
        for _ in 0..200 {
            match noise.below(40) {
                0 => now += noise.below(3 * bucket * buckets),
                1 => {
                    episode += 2;
                    list.clear();
                    start = now;
                }
                2..=12 => now += noise.below(2 * bucket),
                _ => {
                    let record =
                        CallRecord { failed: noise.below(3) == 0, slow: noise.below(4) == 0 };
                    assert!(window.record_at(Epoch(episode), || at(start), at(now), record));
                    list.push((now, record));
                }
            }
            let bucket_of = |time: u64| (time - start) / bucket;
            let live =
                || list.iter().filter(|(time, _)| bucket_of(now) - bucket_of(*time) < buckets);
            let count = |wanted: fn(&CallRecord) -> bool| {
                live().filter(|(_, record)| wanted(record)).count() as u64
            };
            let wanted = Totals {
                calls: count(|_| true),
                failures: count(|record| record.failed),
                slow: count(|record| record.slow),
            };
            assert_eq!(window.sums(Epoch(episode), at(now)), wanted, "seed {seed} at {now} ms");
        }
    }
}

#[test]
fn window_slides_by_one_bucket_at_a_time() {
    let window = window(100, 10);
    for ms in [0, 100, 200, 900] {
        assert!(window.record_at(Epoch(0), || at(0), at(ms), FAILED));
    }
    let failures = |ms| window.sums(Epoch(0), at(ms)).failures;
    assert_eq!([failures(999), failures(1_000), failures(1_100), failures(1_200)], [4, 3, 2, 1]);
    assert_eq!([failures(1_899), failures(1_900)], [1, 0]);
}

/// The thread read the clock before the later record, and looks at the window after it.
#[test]
fn look_by_an_earlier_moment_sees_what_a_later_one_recorded() {
    let window = window(10, 10);
    for ms in [9, 10] {
        assert!(window.record_at(Epoch(0), || at(0), at(ms), FAILED));
    }
    assert_eq!(window.sums(Epoch(0), at(9)).failures, 2);
    assert!(window.record_at(Epoch(0), || at(0), at(100), FAILED));
    assert_eq!(window.sums(Epoch(0), at(9)).failures, 2, "the first is a window ago");
}

/// A call may read the clock and then be interrupted by a signal handler that records.
#[test]
fn record_that_a_later_one_has_overtaken_is_counted_where_it_belongs() {
    let window = window(10, 3);
    for ms in [5, 15, 25, 15, 5] {
        assert!(window.record_at(Epoch(0), || at(0), at(ms), FAILED));
    }
    let failures = |ms| window.sums(Epoch(0), at(ms)).failures;
    assert_eq!([failures(25), failures(35), failures(45), failures(55)], [5, 3, 1, 0]);
}

/// [C8]
#[test]
fn gap_longer_than_the_ring_leaves_nothing() {
    let window = window(1, 10);
    assert!(window.record_at(Epoch(0), || at(0), at(3), FAILED));
    for gap in [10, 20, 1_000_000, 86_400_000_000] {
        assert_eq!(window.sums(Epoch(0), at(3 + gap)), Totals::default());
    }
    assert!(window.record_at(Epoch(0), || at(0), at(86_400_000_000), PASSED));
    assert_eq!(window.sums(Epoch(0), at(86_400_000_000)), Totals { calls: 1, ..Totals::default() });
}

#[test]
fn record_of_another_episode_is_dropped() {
    let window = window(10, 10);
    assert!(window.record_at(Epoch(0), || at(0), at(5), FAILED));
    assert_eq!(window.sums(Epoch(3), at(5)), Totals::default());
    assert!(window.record_at(Epoch(3), || at(5), at(5), FAILED));
    assert!(!window.record_at(Epoch(0), || at(0), at(5), FAILED), "nor set back by a straggler");
    assert_eq!(window.sums(Epoch(3), at(5)).calls, 1);
}

/// A shift has room for 2^44 ms, and each episode takes a little more than the window's length.
#[test]
fn shift_grows_by_a_window_and_a_bucket_and_clears_nothing_before_it_is_full() {
    const MARK: u64 = 77;
    let (bucket, buckets) = (86_400_000, 60);
    let window = window(bucket, buckets);
    let shift = || window.frame.load(Ordering::Relaxed) & SHIFT_MASK;
    // The last word of a stripe is padding: no record writes to it, and only a reset clears it.
    let mark = &window.rows.last().unwrap()[KINDS];
    mark.store(MARK, Ordering::Relaxed);
    let (mut before, mut since, mut noise) = (shift(), 0, Noise(1));
    let least = (u64::from(buckets) + 1) * bucket;
    for episode in 1.. {
        since += noise.below(1 << 30);
        assert!(window.record_at(Epoch(episode), || at(since), at(since), FAILED));
        assert_eq!((since + shift()) % bucket, 0, "a bucket begins with the episode");
        if before + least > SHIFT_MASK - bucket && mark.load(Ordering::Relaxed) == 0 {
            assert!((bucket..=2 * bucket).contains(&shift()), "{} after a reset", shift());
            break;
        }
        assert!((least..least + bucket).contains(&(shift() - before)), "in episode {episode}");
        assert_eq!(mark.load(Ordering::Relaxed), MARK, "cleared in episode {episode}");
        before = shift();
    }
    assert_eq!(mark.load(Ordering::Relaxed), 0);
}

/// [R11]
#[test]
fn threads_recording_ten_million_calls_lose_none() {
    let window = window(1_000, 10);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let window = &window;
            scope.spawn(move || {
                for call in 0..1_250_000_u64 {
                    let record = CallRecord { failed: call % 10 == 0, slow: call % 100 == thread };
                    assert!(window.record_at(Epoch(0), || at(0), at(call / 200), record));
                }
            });
        }
    });
    let wanted = Totals { calls: 10_000_000, failures: 1_000_000, slow: 100_000 };
    assert_eq!(window.sums(Epoch(0), at(6_249)), wanted);
}

/// The failures at a place of the ring are so old that their bucket number has wrapped.
#[test]
fn failure_after_half_a_round_of_the_numbers_is_counted() {
    let window = window(1, 10);
    let record = |ms, record| assert!(window.record_at(Epoch(0), || at(0), at(ms), record));
    record(0, FAILED);
    for ms in (8..=1 << 32).step_by(1 << 24) {
        record(ms, PASSED);
    }
    for beyond in [1 << 31, 1 << 32] {
        for ms in beyond..beyond + 32 {
            record(ms, PASSED);
        }
        let now = beyond + 32;
        (0..100).for_each(|_| record(now, FAILED));
        assert_eq!(window.sums(Epoch(0), at(now)).failures, 100, "{beyond}");
    }
}

/// One thread's calls fail one time in three; another thread never sees a higher share.
#[test]
fn look_shows_no_failure_without_its_call() {
    use std::sync::atomic::AtomicBool;

    let window = window(1_000, 10);
    let over = AtomicBool::new(false);
    let failed = CallRecord { failed: true, slow: false };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let passed = CallRecord { failed: false, slow: false };
            while !over.load(Ordering::Relaxed) {
                for record in [passed, passed, failed] {
                    window.record_at(Epoch(0), || at(0), at(0), record);
                }
            }
        });
        let mut looks = (0..300_000).map(|_| window.sums(Epoch(0), at(0)));
        let wrong = looks.find(|sums| sums.failures * 3 > sums.calls);
        over.store(true, Ordering::Relaxed);
        assert_eq!(wrong, None);
    });
}
