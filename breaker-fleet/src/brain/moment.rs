//! A [`Moment`] of the pump's clock.

use std::ops::{Add, Sub};
use std::time::Duration;

/// The time since the pump was made, by a clock that never goes back and that nobody else reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) Duration);

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, time: Duration) -> Self {
        Moment(self.0.saturating_add(time))
    }
}

/// The time between two moments; zero if the second is the later one.
impl Sub for Moment {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}
