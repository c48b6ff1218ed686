//! A [`Ledger`] knows, under the lock, the calls that are no longer in a slot: those that have been
//! counted, and those that began under another `slow_call`.

use std::collections::{BTreeMap, VecDeque};

use super::{End, Token};
use crate::window::Position;

/// The number of buckets of counted calls that are remembered.
const BUCKETS: usize = 1 << 16;
/// The number of earlier generations that are remembered.
const GENERATIONS: usize = 1 << 10;

/// The bucket in which a call began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BucketId {
    pub(super) token: Token,
    pub(super) number: u64,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    counted: BTreeMap<BucketId, Counted>,
    past: VecDeque<Past>,
}

/// A bucket whose calls have been counted.
#[derive(Debug, Default)]
struct Counted {
    /// The calls that have not returned.
    out: usize,
    /// The places in the window of the calls that have not returned.
    positions: Vec<Position>,
    /// Failures that came before the position of their call was noted.
    early_failures: usize,
}

/// An earlier generation of the present episode.
#[derive(Debug)]
struct Past {
    token: Token,
    step: u64,
    /// The number below which all buckets had been swept.
    swept: u64,
    /// The calls that were out when the generation ended, by bucket.
    left: Vec<Left>,
}

#[derive(Debug)]
struct Left {
    number: u64,
    calls: usize,
    is_counted: bool,
}

impl Left {
    /// Returns when the calls of the bucket are due, if they have not been counted.
    fn due(&self, step: u64, bound: u64) -> u64 {
        if self.is_counted || self.calls == 0 {
            return u64::MAX;
        }
        (self.number + 1).saturating_mul(step).saturating_add(bound)
    }
}

impl Ledger {
    /// Forgets everything, at the beginning of an episode.
    pub(super) fn clear(&mut self) {
        self.counted.clear();
        self.past.clear();
    }

    /// Remembers a generation that has ended, with the calls that were out, by bucket.
    pub(super) fn retire(
        &mut self,
        token: Token,
        step: u64,
        swept: u64,
        calls: impl Iterator<Item = (u64, usize)>,
    ) {
        let left = calls.map(|(number, calls)| Left { number, calls, is_counted: false }).collect();
        if self.past.len() == GENERATIONS {
            self.past.pop_front();
        }
        self.past.push_back(Past { token, step, swept, left });
    }

    /// Takes the calls of earlier generations that have been out for `bound`.
    pub(super) fn take_due(&mut self, bound: u64, now: u64, hung: &mut Vec<BucketId>) {
        for past in &mut self.past {
            let (token, step) = (past.token, past.step);
            for left in past.left.iter_mut().filter(|left| left.due(step, bound) <= now) {
                let bucket = BucketId { token, number: left.number };
                hung.extend((0..left.calls).map(|_| bucket));
                left.is_counted = true;
            }
        }
    }

    /// Returns when the next call of an earlier generation is due.
    pub(super) fn next_due(&self, bound: u64) -> u64 {
        let due = |past: &Past| past.left.iter().map(|left| left.due(past.step, bound)).min();
        self.past.iter().filter_map(due).min().unwrap_or(u64::MAX)
    }

    /// Makes room for the positions of calls that are about to be counted.
    pub(super) fn expect(&mut self, hung: &[BucketId]) {
        for bucket in hung {
            self.counted.entry(*bucket).or_default().out += 1;
        }
        while self.counted.len() > BUCKETS {
            self.counted.pop_first();
        }
    }

    /// Notes the position in the window of a counted call. Returns true if a call of that bucket
    /// has failed meanwhile: the failure then belongs to this position.
    pub(super) fn note(&mut self, bucket: BucketId, position: Position) -> bool {
        let Some(counted) = self.counted.get_mut(&bucket) else { return false };
        let failed = counted.early_failures > 0;
        if failed {
            counted.early_failures -= 1;
        } else {
            counted.positions.push(position);
        }
        self.forget_if_done(bucket);
        failed
    }

    /// Ends a counted call.
    pub(super) fn end_counted(&mut self, bucket: BucketId, failed: bool) -> End {
        let Some(counted) = self.counted.get_mut(&bucket) else { return End::Counted(None) };
        let position = counted.positions.pop();
        if position.is_none() && failed {
            counted.early_failures += 1;
        }
        counted.out = counted.out.saturating_sub(1);
        self.forget_if_done(bucket);
        End::Counted(position)
    }

    fn forget_if_done(&mut self, bucket: BucketId) {
        if self.counted.get(&bucket).is_some_and(|of| of.out == 0 && of.early_failures == 0) {
            self.counted.remove(&bucket);
        }
    }

    /// Ends a call of an earlier generation. If the generation is forgotten, the call is taken as
    /// counted: no call is counted twice.
    pub(super) fn end_past(&mut self, token: Token, began: u64, failed: bool) -> End {
        let Some(past) = self.past.iter_mut().find(|past| past.token == token) else {
            return End::Counted(None);
        };
        let bucket = BucketId { token, number: began / past.step };
        let left = past.left.iter_mut().find(|left| left.number == bucket.number);
        let is_counted = match left {
            Some(left) if !left.is_counted => {
                left.calls = left.calls.saturating_sub(1);
                false
            }
            Some(_) => true,
            None => bucket.number < past.swept,
        };
        if is_counted { self.end_counted(bucket, failed) } else { End::Uncounted }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    fn bucket(number: u64) -> BucketId {
        BucketId { token: Token::of(2), number }
    }

    #[test]
    fn bucket_is_forgotten_when_all_its_calls_have_ended() {
        for failed in [false, true] {
            let mut ledger = Ledger::default();
            ledger.expect(&[bucket(1), bucket(1)]);
            assert!(!ledger.note(bucket(1), Position::at(7)));
            let position = |end| match end {
                End::Counted(position) => position.map(Position::number),
                End::Uncounted => panic!("it has been counted"),
            };
            assert_eq!(position(ledger.end_counted(bucket(1), failed)), Some(7));
            assert_eq!(ledger.counted.len(), 1, "one is out");
            // It ends before its position is known.
            assert_eq!(position(ledger.end_counted(bucket(1), failed)), None);
            assert_eq!(ledger.counted.len(), usize::from(failed), "its failure has no call yet");
            assert_eq!(ledger.note(bucket(1), Position::at(8)), failed);
            assert!(ledger.counted.is_empty());
        }
    }

    #[test]
    fn oldest_buckets_are_forgotten_where_there_are_too_many() {
        let mut ledger = Ledger::default();
        let hung: Vec<_> = (0..BUCKETS as u64 + 10).map(bucket).collect();
        for some in hung.chunks(1_000) {
            ledger.expect(some);
        }
        assert_eq!(ledger.counted.len(), BUCKETS);
        assert!(ledger.counted.contains_key(&hung[10]) && !ledger.counted.contains_key(&hung[9]));
    }
}
