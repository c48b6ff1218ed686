//! Sums over time in a fixed number of buckets, whose width grows when the log outgrows them.

use crate::value::SECOND;

/// The number of buckets.
const BUCKETS: usize = 1000;

const MS: u64 = SECOND / 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The widths of a bucket, round to people. Each is a multiple of the one before, so that buckets
/// are joined whole; the last ones cover more than the 30 years that a log may have.
const WIDTHS: [u64; 22] = [
    MS,
    5 * MS,
    10 * MS,
    50 * MS,
    100 * MS,
    500 * MS,
    SECOND,
    5 * SECOND,
    10 * SECOND,
    30 * SECOND,
    MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    5 * DAY,
    10 * DAY,
    50 * DAY,
    100 * DAY,
];

/// Sums of `N` kinds over time.
#[derive(Clone, Debug)]
pub(crate) struct Lane<const N: usize> {
    /// The place of the width among [`WIDTHS`].
    step: usize,
    sums: Vec<[u64; N]>,
}

impl<const N: usize> Lane<N> {
    pub(crate) fn new() -> Self {
        Self { step: 0, sums: vec![[0; N]; BUCKETS] }
    }

    /// Widens the buckets until they reach `at`.
    #[inline]
    pub(crate) fn reach(&mut self, at: u64) {
        while at / self.width() >= BUCKETS as u64 && self.widen() {}
    }

    /// Takes the next width, and returns true, unless there is none.
    #[cold]
    pub(crate) fn widen(&mut self) -> bool {
        let Some(wider) = self.wider() else { return false };
        let joined = usize::try_from(wider / self.width()).unwrap_or(BUCKETS);
        let sum = |all: &[[u64; N]]| {
            std::array::from_fn(|kind| {
                all.iter().fold(0_u64, |sum, bucket| sum.saturating_add(bucket[kind]))
            })
        };
        self.sums = self.sums.chunks(joined).map(sum).collect();
        self.sums.resize(BUCKETS, [0; N]);
        self.step += 1;
        true
    }

    /// Adds one at a moment.
    #[inline]
    pub(crate) fn add(&mut self, at: u64, kind: usize) {
        self.reach(at);
        let bucket = index(at / self.width());
        self.sums[bucket][kind] += 1;
    }

    /// Adds the length of a span to the buckets that it covers.
    pub(crate) fn add_span(&mut self, from: u64, until: u64, kind: usize) {
        self.reach(until);
        let width = self.width();
        let mut begin = from;
        while begin < until {
            let bucket = begin / width;
            let end = ((bucket + 1) * width).min(until);
            let sum = &mut self.sums[index(bucket)][kind];
            *sum = sum.saturating_add(end - begin);
            begin = end;
        }
    }

    /// The width of a bucket in nanoseconds.
    #[inline]
    pub(crate) fn width(&self) -> u64 {
        WIDTHS[self.step]
    }

    /// The next width, if there is one.
    pub(crate) fn wider(&self) -> Option<u64> {
        WIDTHS.get(self.step + 1).copied()
    }

    /// The sums of each bucket, from the log's start on.
    pub(crate) fn sums(&self) -> &[[u64; N]] {
        &self.sums
    }
}

fn index(bucket: u64) -> usize {
    // Below `BUCKETS`, by `reach`.
    usize::try_from(bucket).map_or(BUCKETS - 1, |bucket| bucket.min(BUCKETS - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_join_whole_and_cover_the_longest_log() {
        assert!(WIDTHS.windows(2).all(|two| two[1] > two[0] && two[1] % two[0] == 0));
        assert!(WIDTHS[21] * BUCKETS as u64 > 31 * 365 * DAY);
    }

    #[test]
    fn nothing_is_lost_by_widening() {
        let mut lane = Lane::<2>::new();
        for at in [0, 999 * MS, 1000 * MS, 31 * SECOND, 3 * HOUR, 9 * DAY, 30 * 365 * DAY] {
            lane.add(at, 0);
            lane.add_span(at, at + 7 * SECOND, 1);
            let last = lane.sums().iter().rposition(|kinds| kinds[0] > 0);
            assert_eq!(last.map(|last| last as u64), Some(at / lane.width()));
        }
        let sum = |kind: usize| lane.sums().iter().map(|kinds| kinds[kind]).sum::<u64>();
        assert_eq!((sum(0), sum(1)), (7, 49 * SECOND));
    }
}
