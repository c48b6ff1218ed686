//! Sums over time in a fixed number of buckets, whose width doubles when the log outgrows them.

/// The number of buckets; even.
const BUCKETS: usize = 1024;

/// Sums of `N` kinds over time.
#[derive(Clone, Debug)]
pub(crate) struct Lane<const N: usize> {
    /// A bucket is 2 to the power of this many nanoseconds wide.
    shift: u32,
    sums: Vec<[u64; N]>,
}

impl<const N: usize> Lane<N> {
    pub(crate) fn new() -> Self {
        // Buckets of about a millisecond.
        Self { shift: 20, sums: vec![[0; N]; BUCKETS] }
    }

    /// Widens the buckets until they reach `at`.
    #[inline]
    pub(crate) fn reach(&mut self, at: u64) {
        while at >> self.shift >= BUCKETS as u64 {
            self.widen();
        }
    }

    /// Doubles the width of the buckets.
    #[cold]
    pub(crate) fn widen(&mut self) {
        let sum = |one: [u64; N], other: [u64; N]| {
            std::array::from_fn(|kind| one[kind].saturating_add(other[kind]))
        };
        for index in 0..BUCKETS / 2 {
            self.sums[index] = sum(self.sums[2 * index], self.sums[2 * index + 1]);
        }
        self.sums[BUCKETS / 2..].fill([0; N]);
        self.shift += 1;
    }

    /// Adds one at a moment.
    #[inline]
    pub(crate) fn add(&mut self, at: u64, kind: usize) {
        self.reach(at);
        self.sums[index(at >> self.shift)][kind] += 1;
    }

    /// Adds the length of a span to the buckets that it covers.
    pub(crate) fn add_span(&mut self, from: u64, until: u64, kind: usize) {
        self.reach(until);
        let mut begin = from;
        while begin < until {
            let bucket = begin >> self.shift;
            let end = ((bucket + 1) << self.shift).min(until);
            let sum = &mut self.sums[index(bucket)][kind];
            *sum = sum.saturating_add(end - begin);
            begin = end;
        }
    }

    /// The width of a bucket in nanoseconds.
    pub(crate) fn width(&self) -> u64 {
        1 << self.shift
    }

    /// The sums of each bucket, from the log's start on.
    pub(crate) fn sums(&self) -> &[[u64; N]] {
        &self.sums
    }
}

fn index(bucket: u64) -> usize {
    // Below `BUCKETS`, by `reach`.
    usize::try_from(bucket).unwrap_or(BUCKETS - 1)
}
