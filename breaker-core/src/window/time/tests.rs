//! Tests of the window of time, against a plain list of records and by hand.

use core::time::Duration;
use std::sync::Arc;

use super::*;
use crate::window::tests::{CREW, Task, in_lockstep};

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
    let mark = &window.stripe(None).rows.last().unwrap()[KINDS];
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

/// Returns the bytes that a window takes.
fn memory(window: &TimeWindow) -> usize {
    let stripe = size_of::<Box<[Counters]>>() + window.length * size_of::<Counters>();
    let table = window.stripes.len() * size_of::<OnceBox<Box<[Counters]>>>();
    size_of::<TimeWindow>() + table + window.stripes().count() * stripe
}

#[test]
fn memory_grows_with_the_shards_that_record_and_not_with_the_cores() {
    let fill = |shards: usize, recording: usize| {
        let window = TimeWindow::with_shards(10, shards);
        let begun = memory(&window);
        for shard in 0..recording {
            window.stripe(Some(shard)).record(1, FAILED);
        }
        window.stripe(None).record(1, FAILED);
        assert_eq!(window.stripes().count(), recording + 1);
        (begun, memory(&window))
    };
    // There are two shards for each core, and at most 64.
    assert!(fill(4, 4).1 <= 4 << 10, "{:?}", fill(4, 4));
    let many = fill(64, 20);
    assert!(many.0 <= 1 << 10 && many.1 <= 16 << 10, "{many:?}");
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

/// A window, and a plain list of what is recorded there.
struct Listed {
    window: Arc<TimeWindow>,
    epoch: u64,
    bucket: u64,
    buckets: u64,
    /// The beginning of the epoch, and a moment at which one of its buckets begins.
    since: u64,
    origin: u64,
    list: Vec<(u64, CallRecord)>,
}

impl Listed {
    fn begin(&mut self, bucket: u64, buckets: u64, now: u64) {
        self.epoch += Epoch::CHANGE;
        let room = u8::try_from(buckets).unwrap();
        self.window.begin(Span::from_bits(bucket), room, Epoch(self.epoch), || at(now));
        [self.bucket, self.buckets, self.since, self.origin] = [bucket, buckets, now, 0];
        self.list.clear();
    }

    fn begin_episode(&mut self, episodes: u64, now: u64) {
        self.epoch += episodes;
        [self.since, self.origin] = [now; 2];
        self.list.clear();
    }

    fn number(&self, ms: u64) -> u64 {
        (ms - self.origin) / self.bucket
    }

    fn wanted(&self, now: u64) -> Totals {
        let is_live = |ms| self.number(now) < self.number(ms) + self.buckets;
        let live: Vec<_> = self.list.iter().filter(|(ms, _)| is_live(*ms)).collect();
        let count = |is: fn(&CallRecord) -> bool| live.iter().filter(|call| is(&call.1)).count();
        let [failures, slow] = [count(|call| call.failed), count(|call| call.slow)];
        let [calls, failures, slow] = [live.len(), failures, slow].map(|count| count as u64);
        Totals { calls, failures, slow }
    }

    /// Records a call on a thread that `on_thread` chooses.
    fn record(&mut self, ms: u64, call: CallRecord, on_thread: impl FnOnce(Task) -> bool) {
        let (window, epoch, since) = (Arc::clone(&self.window), Epoch(self.epoch), self.since);
        let record = move || window.record_at(epoch, || at(since), at(ms), call);
        assert!(on_thread(Box::new(record)));
        self.list.push((ms, call));
    }

    /// Makes a slow call a failed one too, if it is in the window.
    fn add_failure(&mut self, chosen: u64, now: u64, on_thread: impl FnOnce(Task) -> bool) {
        let chosen = usize::try_from(chosen).unwrap() % self.list.len().max(1);
        let Some((recorded, call)) = self.list.get(chosen).copied() else { return };
        if !call.slow || call.failed {
            return;
        }
        let (window, epoch) = (Arc::clone(&self.window), Epoch(self.epoch));
        let add = move || window.add_failure(epoch, at(recorded), at(now));
        let added = on_thread(Box::new(add));
        assert_eq!(added, self.number(now) < self.number(recorded) + self.buckets);
        self.list[chosen].1.failed = added;
    }

    /// A look by an earlier moment shows the totals as of the latest record.
    fn assert_sums(&self, ms: u64) {
        let latest = self.list.iter().map(|(ms, _)| *ms).max().unwrap_or(ms);
        let found = self.window.sums(Epoch(self.epoch), at(ms));
        assert_eq!(found, self.wanted(ms.max(latest)), "epoch {} at {ms} ms", self.epoch);
    }
}

/// Each call runs on a thread with or without a shard of its own, and some are overtaken. Episodes
/// end, the shape changes, and long times pass.
#[test]
fn threads_in_lockstep_equal_a_plain_list_through_changes_of_shape() {
    in_lockstep(|on_thread| {
        for seed in 0..150 {
            let mut noise = Noise(seed);
            let window = Arc::new(TimeWindow::new(16));
            let list = Vec::new();
            let [epoch, bucket, buckets, since, origin] = [0; 5];
            let mut listed = Listed { window, epoch, bucket, buckets, since, origin, list };
            let mut now = noise.below(1 << 30);
            listed.begin(10, 12, now);
            for step in 0..120 {
                let thread = usize::try_from(noise.below(CREW as u64)).unwrap();
                let on_thread = |task| on_thread(thread, task);
                match noise.below(40) {
                    0 => now += noise.below(3 * listed.bucket * listed.buckets),
                    1 => listed.begin_episode(1 + noise.below(3), now),
                    2 => {
                        let longest = [50, 50, 50, 86_400_000][step % 4];
                        listed.begin(1 + noise.below(longest), 9 + noise.below(8), now);
                    }
                    3 if step % 8 == 0 => now += noise.below(1 << 31) * noise.below(50),
                    3..12 => now += noise.below(2 * listed.bucket),
                    12..16 => listed.add_failure(noise.below(1 << 20), now, on_thread),
                    _ => {
                        let ago = noise.below(3 * listed.bucket).min(now - listed.since);
                        let [failed, slow] = [3, 4].map(|of| noise.below(of) == 0);
                        listed.record(now - ago, CallRecord { failed, slow }, on_thread);
                    }
                }
                listed.assert_sums(now);
                listed.assert_sums(now - noise.below(listed.bucket).min(now - listed.since));
            }
        }
    });
}

/// A late record of the old shape may divide by either bucket length. The numbers are no larger
/// than necessary: the counts are cleared only when the shift has no more room.
#[test]
fn changed_shape_begins_a_window_beyond_every_number_of_before() {
    const MARK: u64 = 77;
    let lengths = [1, 7, 50, 1_000, 86_400_000];
    let pairs = lengths.into_iter().flat_map(|before| lengths.map(|after| [before, after]));
    for ([before, after], ms) in pairs.flat_map(|pair| [0, 12_345, 1 << 39].map(|ms| (pair, ms))) {
        let window = window(before, 10);
        let mark = &window.stripe(None).rows.last().unwrap()[KINDS];
        mark.store(MARK, Ordering::Relaxed);
        assert!(window.record_at(Epoch(0), || at(0), at(ms), FAILED));
        let shift = || window.frame.load(Ordering::Relaxed) & SHIFT_MASK;
        let largest = (ms + shift()) / before.min(after);
        window.begin(Span::from_bits(after), 9, Epoch(Epoch::CHANGE), || at(ms));
        let what = format!("{before} ms to {after} ms at {ms} ms");
        let number = window.number(at(ms), shift());
        let wanted = largest + 9 + 2;
        let room = |shift| shift <= SHIFT_MASK;
        let found = (number, mark.load(Ordering::Relaxed));
        if (wanted - ms / after).checked_mul(after).is_some_and(room) {
            assert_eq!(found, (wanted, MARK), "{what}");
        } else {
            assert_eq!(found, (ms / after + 1, 0), "{what}");
        }
    }
}

#[test]
fn epoch_of_equal_tag_is_another() {
    let window = window(10, 10);
    let later = Epoch(1 << Tag::BITS);
    assert!(window.record_at(Epoch(0), || at(0), at(5), FAILED));
    assert_eq!(window.sums(later, at(5)), Totals::default());
    assert!(!window.add_failure(later, at(5), at(5)));
    assert!(window.record_at(later, || at(7), at(7), PASSED));
    assert_eq!(window.sums(later, at(7)), Totals { calls: 1, ..Totals::default() });
    assert_eq!(window.sums(Epoch(0), at(7)), Totals::default());
    assert!(!window.add_failure(Epoch(0), at(5), at(7)));
}

#[test]
fn window_out_of_use_records_no_call_of_before() {
    let window = window(10, 10);
    assert!(window.record_at(Epoch(0), || at(0), at(5), FAILED));
    window.retire(Epoch(Epoch::CHANGE));
    assert!(!window.record_at(Epoch(0), || at(0), at(5), FAILED));
    assert!(!window.record_at(Epoch(3), || at(5), at(5), FAILED));
    assert!(!window.add_failure(Epoch(0), at(5), at(5)));
    assert_eq!(window.sums(Epoch(0), at(5)), Totals::default());
}
