//! Puts calls in the order of their starts.
//!
//! A call is due once the newest start is `disorder` ahead of its own. Calls that are due are
//! played in batches, sorted, which gives the order that playing each at once would give: a call
//! that comes later, and starts earlier than one that is due, is out of order either way.
//!
//! A call that is due as it comes has those before it played at once. Logs may have many such calls
//! (timeouts of 60 s, written at their end), so this takes no sort: the calls since the last batch
//! are a heap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::call::Call;

/// Calls are sorted at the earliest when so many have come.
const BATCH: usize = if cfg!(test) { 8 } else { 1 << 14 };

/// The calls that wait for earlier ones.
#[derive(Debug)]
pub(crate) struct Hold {
    disorder: i64,
    newest: i64,
    /// The latest start that was played.
    played: i64,
    /// The calls up to the last batch, sorted; those before `next` are played.
    sorted: Vec<Call>,
    next: usize,
    /// The calls since then.
    recent: BinaryHeap<Reverse<Held>>,
    limit: usize,
}

/// A call in the order of starts, and of lines.
#[derive(Debug)]
struct Held(Call);

impl Held {
    fn key(&self) -> (i64, u64) {
        (self.0.start, self.0.line)
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// A call that starts before one that is played already.
#[derive(Debug)]
pub(crate) struct OutOfOrder;

impl Hold {
    pub(crate) fn new(disorder: i64) -> Self {
        Self {
            disorder,
            newest: i64::MIN,
            played: i64::MIN,
            sorted: Vec::new(),
            next: 0,
            recent: BinaryHeap::new(),
            limit: BATCH,
        }
    }

    /// Takes the next call of the log, and plays those that are due. `play` returns false for a
    /// call that it refuses.
    ///
    /// # Errors
    /// The call is out of order.
    pub(crate) fn push(
        &mut self,
        call: Call,
        mut play: impl FnMut(&Call) -> bool,
    ) -> Result<(), OutOfOrder> {
        if call.start < self.played {
            return Err(OutOfOrder);
        }
        if call.start <= self.due() && call.start < self.newest {
            // It is out of order if a call is due that starts later.
            self.play_due(&mut play);
            if call.start < self.played {
                return Err(OutOfOrder);
            }
            if play(&call) {
                self.played = call.start;
            }
            return Ok(());
        }
        self.newest = self.newest.max(call.start);
        self.recent.push(Reverse(Held(call)));
        if self.recent.len() >= self.limit {
            self.sort();
            self.play_due(play);
            self.limit = (self.sorted.len() - self.next).max(BATCH);
        }
        Ok(())
    }

    /// Plays all calls that are left.
    pub(crate) fn finish(&mut self, play: impl FnMut(&Call) -> bool) {
        self.newest = i64::MAX;
        self.disorder = 0;
        self.sort();
        self.play_due(play);
    }

    /// The latest start of a call that is due.
    fn due(&self) -> i64 {
        self.newest.saturating_sub(self.disorder)
    }

    /// Joins the calls since the last batch with those before.
    fn sort(&mut self) {
        self.sorted.drain(..self.next);
        self.next = 0;
        self.sorted.extend(self.recent.drain().map(|Reverse(Held(call))| call));
        // It is quick, since it takes the calls that were sorted before as one run.
        self.sorted.sort_by_key(|call| (call.start, call.line));
    }

    fn play_due(&mut self, mut play: impl FnMut(&Call) -> bool) {
        let due = self.due();
        while let Some(call) = self.take(due) {
            if play(&call) {
                self.played = call.start;
            }
        }
    }

    /// Takes the first call, if it starts at `due` or earlier.
    fn take(&mut self, due: i64) -> Option<Call> {
        let sorted = self.sorted.get(self.next).copied().map(Held);
        let is_recent = match (&sorted, self.recent.peek()) {
            (Some(sorted), Some(Reverse(recent))) => recent < sorted,
            (None, Some(_)) => true,
            _ => false,
        };
        if is_recent {
            let is_due = self.recent.peek().is_some_and(|Reverse(Held(call))| call.start <= due);
            return if is_due { self.recent.pop().map(|Reverse(Held(call))| call) } else { None };
        }
        let Held(call) = sorted.filter(|Held(call)| call.start <= due)?;
        self.next += 1;
        Some(call)
    }
}

#[cfg(test)]
mod tests {
    use breaker_core::Outcome;
    use proptest::prelude::*;

    use super::*;

    fn call(start: i64, line: u64) -> Call {
        Call { start, duration: 0, line, key: 0, outcome: Outcome::Success }
    }

    /// The lines played, and those out of order, if each call is played as soon as it is due.
    fn plain(starts: &[i64], disorder: i64) -> (Vec<u64>, Vec<u64>) {
        let (mut held, mut played, mut late) = (Vec::<(i64, u64)>::new(), Vec::new(), Vec::new());
        let (mut newest, mut last) = (i64::MIN, i64::MIN);
        for (line, &start) in (0..).zip(starts) {
            if start < last {
                late.push(line);
                continue;
            }
            held.push((start, line));
            newest = newest.max(start);
            held.sort_unstable();
            while held.first().is_some_and(|(start, _)| newest - start >= disorder) {
                let (start, line) = held.remove(0);
                last = start;
                played.push(line);
            }
        }
        played.extend(held.iter().map(|(_, line)| *line));
        (played, late)
    }

    proptest! {
        #[test]
        fn batches_play_as_calls_one_by_one(
            ends in prop::collection::vec((0..3_i64, 0..12_i64), 0..120),
            disorder in 0..9_i64,
        ) {
            let mut now = 0;
            let starts: Vec<i64> = ends
                .iter()
                .map(|(step, duration)| {
                    now += step;
                    now - duration
                })
                .collect();
            let (mut hold, mut played, mut late) = (Hold::new(disorder), Vec::new(), Vec::new());
            for (line, &start) in (0..).zip(&starts) {
                let mut note = |call: &Call| {
                    played.push(call.line);
                    true
                };
                if hold.push(call(start, line), &mut note).is_err() {
                    late.push(line);
                }
            }
            hold.finish(|call| {
                played.push(call.line);
                true
            });
            prop_assert_eq!((played, late), plain(&starts, disorder));
        }
    }
}
