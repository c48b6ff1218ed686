use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;

use super::buckets::reciprocal;
use super::slot::Slot;
use super::*;
use crate::sync::shard;

const FIRST: Episode = Episode(2);

/// Returns the token of a key.
fn token(key: Key) -> Token {
    Token::from_bits(u16::try_from(key.bits() & 0xffff).unwrap()).unwrap()
}

fn begin(hung: &HungCalls, bound: u64, now: u64) -> Token {
    match hung.begin(FIRST, bound, || now) {
        Begin::Out(began, key) if began == now => token(key),
        other => panic!("{other:?}"),
    }
}

/// Ends a call under the `slow_call` under which the last call began.
fn end(hung: &HungCalls, token: Token, episode: Episode, began: u64, failed: bool) -> End {
    hung.end(token, episode, hung.bound.load(Ordering::Relaxed), [began; 2], failed)
}

fn is_counted(end: End) -> bool {
    matches!(end, End::Counted(_))
}

/// A call that the list below has.
struct Known {
    began: u64,
    token: Token,
    /// The length of the bucket in which it began.
    step: u64,
    counted: bool,
}

/// All calls that are out, in a plain list to compare with.
struct List {
    now: u64,
    bound: u64,
    /// The bounds, used in turn.
    bounds: [u64; 3],
    calls: Vec<Known>,
    random: u64,
    counted: u64,
    late: u64,
}

impl List {
    fn below(&mut self, end: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % end
    }

    fn step(&mut self, hung: &HungCalls) {
        match self.below(8) {
            0..4 => self.begin(hung),
            4..7 if !self.calls.is_empty() => {
                let at = self.below(self.calls.len() as u64);
                let call = self.calls.swap_remove(usize::try_from(at).unwrap());
                let end = hung.end(call.token, FIRST, self.bound, [call.began, self.now], false);
                assert_eq!(is_counted(end), call.counted, "began {}, now {}", call.began, self.now);
                self.late += u64::from(call.counted);
            }
            _ if self.below(12) == 0 => self.change_bound(),
            _ => {
                let longest = if self.below(50) == 0 { 40 * self.bound } else { self.bound / 3 };
                self.now += self.below(longest + 1);
            }
        }
    }

    fn change_bound(&mut self) {
        self.bounds.rotate_left(1);
        self.bound = self.bounds[0];
    }

    fn begin(&mut self, hung: &HungCalls) {
        let (now, bound) = (self.now, self.bound);
        match hung.begin(FIRST, bound, || now) {
            Begin::Out(_, key) => {
                let token = token(key);
                for call in &self.calls {
                    let out = now - call.began;
                    assert!(call.counted || out < bound + call.step, "{out} of {bound}");
                }
                self.calls.push(Known { began: now, token, step: step(bound), counted: false });
            }
            Begin::Hung(buckets) => {
                for bucket in buckets {
                    let is_it = |call: &&mut Known| {
                        let its = BucketId { token: call.token, number: call.began / call.step };
                        !call.counted && its == bucket
                    };
                    let call = self.calls.iter_mut().find(is_it).expect("a call that is out");
                    assert!(now - call.began >= bound);
                    call.counted = true;
                    self.counted += 1;
                }
                self.begin(hung);
            }
            Begin::Untracked(_) => panic!("the episode has not changed"),
        }
    }
}

#[test]
fn calls_that_hang_are_those_of_a_plain_list_whatever_thread_begins_and_ends_them() {
    for (round, bound) in [64, 100, 1_000, 999_983, 8_000_000_000].into_iter().enumerate() {
        for seed in 1..=20 {
            let hung = HungCalls::new();
            let random = seed * 0x9e37_79b9 + round as u64;
            let bounds = [bound, bound * 3, bound / 2];
            let list =
                List { now: seed, bound, bounds, calls: Vec::new(), random, counted: 0, late: 0 };
            let list = Mutex::new(list);
            thread::scope(|scope| {
                for _ in 0..shard::count() + 2 {
                    scope.spawn(|| {
                        for _ in 0..150 {
                            list.lock().unwrap().step(&hung);
                            thread::yield_now();
                        }
                    });
                }
            });
            let list = list.into_inner().unwrap();
            assert!(list.counted > 0 && list.late > 0, "the test has tried both");
        }
    }
}

#[test]
fn calls_of_racing_threads_are_counted_once_each() {
    const BOUND: u64 = 8_000;
    let hung = HungCalls::new();
    let clock = AtomicU64::new(1);
    let count = |_| {
        let (mut reported, mut returned, mut out) = (0, 0, VecDeque::new());
        for call in 0..30_000_u64 {
            let now = clock.fetch_add(7, Ordering::Relaxed);
            match hung.begin(FIRST, BOUND, || now) {
                Begin::Out(_, key) => out.push_back((now, token(key))),
                Begin::Hung(buckets) => reported += buckets.len() as u64,
                Begin::Untracked(_) => {}
            }
            // Most calls return at once, some after the bound.
            let late = out.front().is_some_and(|(began, _)| now - began > 2 * BOUND);
            let ended = if late {
                out.pop_front()
            } else if call % 9 > 0 {
                out.pop_back()
            } else {
                None
            };
            if let Some((began, token)) = ended {
                returned += u64::from(is_counted(end(&hung, token, FIRST, began, false)));
            }
        }
        for (began, token) in out {
            returned += u64::from(is_counted(end(&hung, token, FIRST, began, false)));
        }
        (reported, returned)
    };
    let counts: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|thread| scope.spawn(move || count(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let reported: u64 = counts.iter().map(|count| count.0).sum();
    let returned: u64 = counts.iter().map(|count| count.1).sum();
    assert!(reported > 0);
    assert_eq!(reported, returned);
}

#[test]
fn call_is_reported_between_the_bound_and_nine_eighths_of_it() {
    for (bound, began) in [(800, 0), (800, 99), (801, 5_000), (7_999, 123_456)] {
        let hung = HungCalls::new();
        begin(&hung, bound, began);
        let reported = |now| matches!(hung.begin(FIRST, bound, || now), Begin::Hung(_));
        assert!(!reported(began + bound - 1));
        assert!((began + bound..=began + bound + bound.div_ceil(8)).any(reported));
    }
}

#[test]
fn new_episode_knows_no_call_of_the_one_before() {
    let hung = HungCalls::new();
    let old = begin(&hung, 800, 100);
    let new = hung.begin(Episode(4), 800, || 200);
    assert!(matches!(new, Begin::Out(_, key) if token(key) != old));
    assert_eq!(hung.begin(FIRST, 800, || 300), Begin::Untracked(300), "it is over");
    assert!(!is_counted(end(&hung, old, FIRST, 100, false)));
    assert!(
        matches!(hung.begin(Episode(4), 800, || 1_200), Begin::Hung(calls) if calls.len() == 1)
    );
}

#[test]
fn call_that_is_out_when_the_bound_changes_is_found_by_the_new_one() {
    let hung = HungCalls::new();
    let (counted, other) = (begin(&hung, 800, 100), begin(&hung, 800, 100));
    assert!(matches!(hung.begin(FIRST, 800, || 1_100), Begin::Hung(calls) if calls.len() == 2));
    let [young, quick] = [(); 2].map(|()| begin(&hung, 800, 1_100));
    begin(&hung, 8_000, 1_200);
    assert!(is_counted(end(&hung, counted, FIRST, 100, false)));
    assert!(!is_counted(end(&hung, quick, FIRST, 1_100, false)), "nothing has counted it");
    assert!(matches!(hung.begin(FIRST, 800, || 2_100), Begin::Hung(calls) if calls.len() == 1));
    assert!(is_counted(end(&hung, young, FIRST, 1_100, false)));
    assert!(is_counted(end(&hung, other, FIRST, 100, false)), "however long ago");
}

#[test]
fn failure_that_comes_before_its_call_is_noted_is_added_to_it() {
    let hung = HungCalls::new();
    let calls = [(); 3].map(|()| begin(&hung, 800, 100));
    let Begin::Hung(buckets) = hung.begin(FIRST, 800, || 1_000) else { panic!("they hang") };
    let [failed, well, later] = calls;
    assert!(is_counted(end(&hung, failed, FIRST, 100, true)));
    assert!(is_counted(end(&hung, well, FIRST, 100, false)));
    let noted = [7, 8, 9].map(|at| hung.note(buckets[0], Position::at(at)));
    assert_eq!(noted, [true, false, false]);
    assert!(matches!(end(&hung, later, FIRST, 100, true), End::Counted(Some(_))));
}

/// A thread may be held up between its look at the clock and its beginning.
#[test]
fn stale_beginning_after_an_idle_time_is_not_taken_for_counted() {
    let hung = HungCalls::new();
    begin(&hung, 800, 100);
    assert!(matches!(hung.begin(FIRST, 800, || 100_000), Begin::Hung(_)));
    begin(&hung, 800, 100_000);
    let clock = AtomicU64::new(50_000);
    let stale_at_first = || clock.swap(100_100, Ordering::Relaxed);
    let Begin::Out(began, key) = hung.begin(FIRST, 800, stale_at_first) else {
        panic!("it is out")
    };
    assert_eq!(began, 100_100);
    assert!(!is_counted(end(&hung, token(key), FIRST, began, false)));
}

/// So many calls that they do not fit into the count of a slot.
#[test]
fn end_that_finds_the_count_used_up_is_not_taken_for_counted() {
    let hung = HungCalls::new();
    let token = begin(&hung, u64::MAX, 5);
    let bucket = token.bucket(0);
    let empty = Slot::swept(token.bucket(16_u64.wrapping_neg()));
    let least = empty.change(bucket, Change::End).unwrap().0 & !((1 << 27) - 1);
    hung.rings.own().unwrap().slot(bucket).store(least, Ordering::Relaxed);
    assert!(!is_counted(end(&hung, token, FIRST, 5, false)));
}

#[test]
fn position_of_a_counted_call_is_given_once() {
    let hung = HungCalls::new();
    let calls = [(); 3].map(|()| begin(&hung, 800, 100));
    let Begin::Hung(buckets) = hung.begin(FIRST, 800, || 1_000) else { panic!("they hang") };
    for (bucket, position) in buckets.iter().zip([7, 8]) {
        assert!(!hung.note(*bucket, Position::at(position)));
    }
    let ends = calls.map(|token| end(&hung, token, FIRST, 100, false));
    let positions = ends.map(|end| match end {
        End::Counted(position) => position.map(Position::number),
        End::Uncounted => panic!("they were reported"),
    });
    assert_eq!(positions, [Some(8), Some(7), None]);
}

#[test]
fn bound_at_either_end_of_its_range_holds() {
    for bound in [1, 7, 63, 64, u64::MAX / 2, u64::MAX] {
        let hung = HungCalls::new();
        for now in [0, 1, bound / 2, bound, bound.saturating_mul(2), u64::MAX - 1] {
            let now = now.min((1 << 60) - 1);
            let token = match hung.begin(FIRST, bound, || now) {
                Begin::Out(_, key) => token(key),
                Begin::Hung(_) => begin(&hung, bound, now),
                Begin::Untracked(_) => panic!("the episode has not changed"),
            };
            end(&hung, token, FIRST, now, false);
        }
    }
}

#[test]
fn bucket_of_a_moment_is_that_of_a_division() {
    const LATEST: u64 = (1 << 60) - 1;
    for step in [8, 9, 12_345, 62_500_000, 1_250_000_000, 7_777_777_777, LATEST - 1, u64::MAX / 8] {
        let reciprocal = reciprocal(step);
        for bucket in [0, 1, 2, 1_000, 12_345_677, LATEST / step] {
            let first = bucket.saturating_mul(step);
            for time in [
                first.saturating_sub(1),
                first,
                first.saturating_add(1),
                first.saturating_add(step / 2),
            ] {
                let time = time.min(LATEST);
                assert_eq!(number(time, step, reciprocal), time / step, "{time} by {step}");
            }
        }
    }
}

#[test]
fn idle_time_of_any_length_wears_nothing_out() {
    let hung = HungCalls::new();
    let mut now = 1;
    for idle in [100, 1_600, 1 << 20, 1 << 32, (1 << 32) * 100, 100 << 31, 1 << 60] {
        now += idle;
        match hung.begin(FIRST, 800, || now) {
            Begin::Out(..) => {}
            Begin::Hung(_) => _ = begin(&hung, 800, now),
            Begin::Untracked(_) => panic!("after {idle}"),
        }
    }
}

#[test]
fn call_of_an_earlier_episode_is_not_reported_though_the_bound_has_changed_since() {
    let hung = HungCalls::new();
    let token = begin(&hung, 800, 0);
    // The first call moves to the ledger.
    begin(&hung, 1_600, 10);
    let later = Episode(FIRST.0 + 1);
    for now in [20, 10_000] {
        let Begin::Out(_, key) = hung.begin(later, 1_600, || now) else { panic!("at {now}") };
        assert!(!is_counted(end(&hung, self::token(key), later, now, false)));
        assert!(!is_counted(end(&hung, token, FIRST, 0, true)));
    }
}

#[test]
fn generations_after_each_other_have_tokens_of_their_own() {
    let tokens: Vec<_> = (0..100_000).map(Token::of).collect();
    assert!(tokens.windows(2).all(|pair| pair[0] != pair[1]));
}

/// All slots are marked anew only after a long time without a sweep.
#[test]
fn sweep_long_after_the_clock_began_keeps_the_calls_that_are_out() {
    let (hung, bound, at) = (HungCalls::new(), 800, 1 << 40);
    for began in [at, at + 400] {
        begin(&hung, bound, began);
    }
    let found = |now| match hung.begin(FIRST, bound, || now) {
        Begin::Hung(calls) => calls.len(),
        Begin::Out(..) | Begin::Untracked(_) => 0,
    };
    assert_eq!([at, at + 400].map(|began| found(began + bound + 100)), [1, 1]);
}

/// A slot has the lowest 32 bits of its bucket's number.
#[test]
fn hung_call_is_counted_once_though_a_bucket_of_the_same_bits_has_its_slot() {
    let (hung, bound) = (HungCalls::new(), 800);
    let hanging = begin(&hung, bound, 100);
    let later = 100 + (step(bound) << 32);
    assert!(matches!(hung.begin(FIRST, bound, || later), Begin::Hung(found) if found.len() == 1));
    let quick = begin(&hung, bound, later);
    assert!(is_counted(hung.end(hanging, FIRST, bound, [100, later], false)));
    assert_eq!(hung.out(), 1);
    assert!(!is_counted(end(&hung, quick, FIRST, later, false)));
}
