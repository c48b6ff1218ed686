//! One sequence of starts and ends, in order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use breaker_core::Outcome;

use super::batch::Batches;
use super::lane::Lane;
use super::{Event, MOST_OUT};
use crate::call::Call;
use crate::value::SECOND;

/// The longest time from the first start to an end: breakers have a clock of 34 years.
const LONGEST: u64 = 30 * 365 * 24 * 3600 * SECOND;

/// The most breakers of a run, one for each key and tuning: they take some 4 GB.
const MOST_BREAKERS: u64 = 10_000_000;

/// The figures of the log itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    pub(crate) calls: u64,
    pub(crate) failures: u64,
    pub(crate) ignored: u64,
    pub(crate) keys: u64,
    /// The first start in nanoseconds since 1970; `None` without calls.
    pub(crate) first: Option<i64>,
    /// The latest end in nanoseconds since the first start.
    pub(crate) last: u64,
    /// The sum of all durations in nanoseconds, and the longest.
    pub(crate) all_ns: u64,
    pub(crate) longest_ns: u64,
    /// The sum of the durations of failed calls in nanoseconds.
    pub(crate) failed_ns: u64,
    /// True if a call took any time.
    pub(crate) has_durations: bool,
    /// Successes, failures and ignored calls by their start.
    pub(crate) lane: Option<Lane<3>>,
}

/// The end of a call that is out. The order is that of `end` and `line`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pending {
    end: u64,
    line: u64,
    place: u32,
    key: u32,
    outcome: u32,
}

/// Takes calls in the order of their starts.
pub(crate) struct Sequence {
    pub(crate) log: Log,
    pending: BinaryHeap<Reverse<Pending>>,
    /// The places that are free, and the number of places that were ever taken.
    free: Vec<u32>,
    places: u32,
    /// True for each key that has had a call.
    known: Vec<bool>,
    /// The most keys that the log may have.
    most_keys: u64,
    batches: Batches,
}

/// The reason why a call is not played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    FarOff,
    ManyOut,
    ManyKeys,
}

impl Sequence {
    /// Makes a sequence for so many tunings.
    pub(crate) fn new(batches: Batches, has_lane: bool, tunings: usize) -> Self {
        let log = Log { lane: has_lane.then(Lane::new), ..Log::default() };
        let (pending, free, known) = (BinaryHeap::new(), Vec::new(), Vec::new());
        let most_keys = MOST_BREAKERS / (tunings as u64).max(1);
        Self { log, pending, free, places: 0, known, most_keys, batches }
    }

    /// Plays a call, which starts no earlier than the one before.
    ///
    /// # Errors
    /// It ends beyond the breakers' clock, too many calls are out, or there are too many keys.
    pub(crate) fn play(&mut self, call: &Call) -> Result<(), Refusal> {
        let start = self.log.first.map_or(0, |first| call.start.abs_diff(first));
        let end = start.checked_add(call.duration).filter(|end| *end <= LONGEST);
        let Some(end) = end else { return Err(Refusal::FarOff) };
        while let Some(Reverse(next)) = self.pending.peek() {
            if next.end > start {
                break;
            }
            self.end();
        }
        if self.log.keys >= self.most_keys && !self.is_known(call.key) {
            return Err(Refusal::ManyKeys);
        }
        let Some(place) = self.place() else { return Err(Refusal::ManyOut) };
        self.note(call, (start, end));
        let outcome = call.outcome;
        self.batches.push(Event::new(start, call.duration, call.key, (place, false), outcome));
        let outcome = outcome as u32;
        self.pending.push(Reverse(Pending { end, line: call.line, place, key: call.key, outcome }));
        Ok(())
    }

    fn is_known(&self, key: u32) -> bool {
        self.known.get(key as usize).is_some_and(|known| *known)
    }

    fn place(&mut self) -> Option<u32> {
        if let Some(place) = self.free.pop() {
            return Some(place);
        }
        (self.places < MOST_OUT).then(|| {
            self.places += 1;
            self.places - 1
        })
    }

    /// Ends the call whose end comes next.
    fn end(&mut self) {
        let Some(Reverse(Pending { end, place, key, outcome, .. })) = self.pending.pop() else {
            return;
        };
        self.free.push(place);
        self.batches.push(Event::new(end, 0, key, (place, true), super::outcome(outcome)));
    }

    fn note(&mut self, call: &Call, (start, end): (u64, u64)) {
        let log = &mut self.log;
        log.first.get_or_insert(call.start);
        log.last = log.last.max(end);
        log.calls += 1;
        if call.outcome == Outcome::Failure {
            log.failures += 1;
            log.failed_ns = log.failed_ns.saturating_add(call.duration);
        }
        log.ignored += u64::from(call.outcome == Outcome::Ignored);
        log.all_ns = log.all_ns.saturating_add(call.duration);
        log.longest_ns = log.longest_ns.max(call.duration);
        log.has_durations |= call.duration > 0;
        if let Some(lane) = &mut log.lane {
            lane.add(start, call.outcome as usize);
        }
        let key = call.key as usize;
        if key >= self.known.len() {
            self.known.resize(key + 1, false);
        }
        if !self.known[key] {
            self.known[key] = true;
            log.keys += 1;
        }
    }

    /// Ends all calls that are out, and hands the rest to the workers.
    pub(crate) fn finish(mut self) -> Log {
        while !self.pending.is_empty() {
            self.end();
        }
        self.batches.send();
        if let Some(lane) = &mut self.log.lane {
            lane.reach(self.log.last);
        }
        self.log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breakers_that_memory_cannot_hold_are_refused() {
        let mut sequence = Sequence::new(Batches::new(Vec::new()), false, 5_000_000);
        let mut play = |key| {
            let outcome = Outcome::Success;
            sequence.play(&Call { start: 0, duration: 0, line: 1, key, outcome })
        };
        // Two keys are ten million breakers.
        let all = [0, 1, 0, 2, 1].map(|key| play(key).err());
        assert_eq!(all, [None, None, None, Some(Refusal::ManyKeys), None]);
    }
}
