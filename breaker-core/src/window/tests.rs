//! Tests for both kinds of window: moving on, and races.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::mpsc;
use std::time::Duration;
use std::{hint, thread};

use super::epoch::{LatestEpoch, Tag, move_on};
use super::*;
use crate::sync::atomic::{AtomicU64, Ordering};

const ROUNDS: u64 = 10_000;

/// Records the first calls of each episode on two threads at once. They wait for each other by
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
            while window.record(Episode(round), since, now, call, false).is_none() {
                windows.lock().move_on(Episode(round));
            }
            meet(2 * round);
            2 - window.recount(Episode(round), now).unwrap().calls
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
    // Other threads have recorded there meanwhile.
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

/// More threads than a machine with few cores has shards.
pub(super) const CREW: usize = 6;

pub(super) type Task = Box<dyn FnOnce() -> bool + Send>;

/// Plays a history whose tasks [`CREW`] threads run, one at a time.
pub(super) fn in_lockstep(history: impl FnOnce(&mut dyn FnMut(usize, Task) -> bool)) {
    thread::scope(|scope| {
        let crew = [(); CREW].map(|()| {
            let (tell, told) = mpsc::channel::<Task>();
            let (answer, answers) = mpsc::channel();
            scope.spawn(move || told.into_iter().for_each(|task| answer.send(task()).unwrap()));
            (tell, answers)
        });
        history(&mut |thread, task| {
            let (tell, answers) = &crew[thread];
            tell.send(task).unwrap();
            answers.recv().unwrap()
        });
    });
}

/// A window of calls, changed as a breaker changes it, and a plain list of its calls.
struct Listed {
    windows: Windows,
    size: u32,
    counts: bool,
    episode: u64,
    list: VecDeque<(Position, CallRecord)>,
    consecutive: u16,
}

impl Listed {
    fn new(size: u32) -> Self {
        let (windows, list) = (Windows::new(), VecDeque::new());
        Listed { windows, size, counts: true, episode: 5, list, consecutive: 0 }
    }

    fn window(&self) -> Window<'_> {
        let layout = Layout { shape: Shape::calls(self.size), counts_consecutive: self.counts };
        let change = self.windows.lock();
        let window = change.begin(layout, Episode(self.episode), || Tick::from_bits(0));
        change.move_on(Episode(self.episode));
        window
    }

    fn record(&mut self, call: CallRecord, in_word: bool) {
        let never = || Tick::from_bits(0);
        let found = self.window().record(Episode(self.episode), never, never, call, in_word);
        let position = found.expect("no other thread changes the window");
        assert_eq!(position.counted, call.failed && !in_word && self.counts);
        self.consecutive = match call.failed {
            true if position.counted => self.consecutive.saturating_add(1),
            true => self.consecutive,
            false => 0,
        };
        self.list.push_back((position, call));
        while self.list.len() > self.size as usize {
            self.list.pop_front();
        }
        assert_eq!(self.window().sums(position), self.wanted());
    }

    /// Makes a slow call of the window a failed one too.
    fn add_failure(&mut self, at: usize) {
        let Some((position, call)) = self.list.get(at).copied() else { return };
        let is_slow = call.slow && !call.failed;
        let added = self.window().add_failure(position, || Tick::from_bits(0));
        assert_eq!(added, is_slow);
        self.list[at].1.failed |= added;
    }

    /// Changes the size or the counting of consecutive failures, as a control does.
    fn change(&mut self, size: u32, counts: bool) {
        let mut change = self.windows.lock();
        if let Some(closed) = change.close() {
            let moved = closed.consecutive_failures(Episode(self.episode));
            assert_eq!(moved, self.consecutive);
            if size == self.size {
                closed.reopen(counts);
            } else {
                change.retire();
                self.list.clear();
            }
        }
        drop(change);
        (self.size, self.counts, self.consecutive) = (size, counts, 0);
    }

    fn wanted(&self) -> Totals {
        let count = |is: fn(&CallRecord) -> bool| {
            self.list.iter().filter(|(_, call)| is(call)).count() as u64
        };
        let [calls, failures, slow] =
            [count(|_| true), count(|call| call.failed), count(|call| call.slow)];
        Totals { calls, failures, slow }
    }
}

#[test]
fn window_of_calls_equals_a_plain_list_through_changes() {
    let mut listed = Listed::new(10);
    let mut noise = 1_u64;
    let mut below = |bound: u32| {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        u32::try_from(noise >> 33).unwrap() % bound
    };
    for step in 0..30_000 {
        match below(100) {
            0 => {
                listed.episode += 1;
                listed.list.clear();
                listed.consecutive = 0;
            }
            1 => {
                let size = [1, 2, 10, 32, 33, 128, 129, 1_000][below(8) as usize];
                listed.change(size, below(2) == 0);
            }
            2 => listed.change(listed.size, below(2) == 0),
            3..10 => listed.add_failure(below(listed.size) as usize),
            _ => {
                let call = CallRecord { failed: below(2) == 0, slow: below(3) == 0 };
                listed.record(call, below(4) == 0);
            }
        }
        let (window, episode) = (listed.window(), Episode(listed.episode));
        let found = window.recount(episode, || Tick::from_bits(0));
        assert_eq!(found, Some(listed.wanted()), "step {step}");
        let calls = window.of_calls().unwrap();
        let row = calls.consecutive_failures(episode);
        assert_eq!(row, Some(listed.consecutive), "step {step}");
        assert_eq!(calls.counts_consecutive(), listed.counts, "step {step}");
    }
}

#[test]
fn consecutive_failures_of_a_window_stop_at_the_largest_number() {
    let mut listed = Listed::new(1);
    for _ in 0..70_000 {
        listed.record(CallRecord { failed: true, slow: false }, false);
    }
    let window = listed.window();
    let row = window.of_calls().unwrap().consecutive_failures(Episode(5));
    assert_eq!(row, Some(u16::MAX));
    assert!(window.of_calls().unwrap().counts_consecutive());
}

#[test]
fn window_of_time_out_of_use_records_no_late_call() {
    let windows = Windows::new();
    let shape = Shape::time(Duration::from_secs(1), 10);
    let layout = Layout { shape, counts_consecutive: false };
    let now = || Tick::from_bits(5);
    let node = windows.lock().begin(layout, Episode(0), now);
    let record =
        || node.record(Episode(0), now, now, CallRecord { failed: true, slow: false }, true);
    assert!(record().is_some());
    windows.lock().retire();
    assert!(record().is_none());
}
