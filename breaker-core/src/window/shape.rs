//! The kind and size of a window.

use core::time::Duration;

use crate::clock::Span;
use crate::config;

/// The kind and size of a window, in at most 42 bits; zero stands for no window.
///
/// Time: a flag, buckets (6), length of a bucket in milliseconds (27: 24 h). Calls: their number
/// (32).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape(u64);

const TIME: u64 = 1 << 41;
const BUCKET_BITS: u32 = 27;
const BUCKET_MASK: u64 = (1 << BUCKET_BITS) - 1;

impl Shape {
    pub(crate) const fn calls(calls: u32) -> Self {
        Shape(calls as u64)
    }

    /// Returns the shape of a window of time. Buckets are whole milliseconds, rounded up.
    pub(crate) const fn time(length: Duration, buckets: u8) -> Self {
        let bucket = Span::new(length).bits().div_ceil(buckets as u64);
        Shape(TIME | (buckets as u64) << BUCKET_BITS | bucket & BUCKET_MASK)
    }

    /// Returns the window as a config states it. A time window is as long as its buckets together.
    pub(crate) fn window(self) -> config::Window {
        match self.split() {
            Kind::Calls(calls) => config::Window::Calls(calls),
            Kind::Time { bucket, buckets } => {
                let length = Duration::from_millis(bucket.bits() * u64::from(buckets));
                config::Window::Time { length, buckets }
            }
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "each field is cut to its own width")]
    pub(super) fn split(self) -> Kind {
        if self.0 & TIME == 0 {
            return Kind::Calls(self.0 as u32);
        }
        let buckets = (self.0 & !TIME) >> BUCKET_BITS;
        Kind::Time { bucket: Span::from_bits(self.0 & BUCKET_MASK), buckets: buckets as u8 }
    }

    pub(crate) fn is_of_calls(self) -> bool {
        self.0 & TIME == 0
    }

    pub(crate) const fn from_bits(bits: u64) -> Option<Self> {
        if bits == 0 { None } else { Some(Shape(bits)) }
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }
}

/// A shape, unpacked.
pub(super) enum Kind {
    Calls(u32),
    Time { bucket: Span, buckets: u8 },
}

/// The shape of a window, and which failures the window counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) shape: Shape,
    /// True if the window counts consecutive failures in place of the breaker's word: no threshold
    /// is set, no call is timed, and it is a window of calls.
    pub(crate) counts_consecutive: bool,
}
