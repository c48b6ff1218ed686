//! A [`Reading`]: the moment at which a timed call began, and the clock that was read.
//!
//! The length of a call is the difference of two readings of one clock. The coarse clock costs a
//! fraction of the precise one, and trails it by up to one tick of the kernel (1 to 10 ms), so a
//! coarse length is right to within a tick.

use core::time::Duration;

use super::{Clock, Tick, TimeSource, system};

/// A moment in nanoseconds since the clock's own beginning, 36 years at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading(u64);

/// The coarse clock was read.
const COARSE: u64 = 1 << 60;
const NANOS: u64 = COARSE - 1;

impl Reading {
    /// The number of bits that a reading takes in a ticket.
    pub(crate) const BITS: u32 = 61;

    /// The latest moment that a clock reaches. A reading never has all bits set: a ticket without a
    /// reading does.
    const LATEST: u64 = NANOS - 1;

    /// Makes a reading of the coarse or the precise clock.
    #[inline]
    pub(crate) const fn new(nanos: u64, is_coarse: bool) -> Self {
        Reading(nanos & NANOS | if is_coarse { COARSE } else { 0 })
    }

    /// Makes a reading of the precise clock.
    pub(crate) const fn precise(nanos: u64) -> Self {
        Self::new(nanos, false)
    }

    #[inline]
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Reading(bits)
    }

    #[inline]
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    #[inline]
    pub(crate) const fn nanos(self) -> u64 {
        self.0 & NANOS
    }

    /// Returns the moment, rounded up.
    pub(crate) const fn tick(self) -> Tick {
        Tick::ceil(Duration::from_nanos(self.nanos()))
    }

    /// Returns a coarse reading rounded down, as [`Clock::coarse`] does.
    #[inline]
    pub(crate) const fn coarse_tick(self) -> Tick {
        Tick::of_millis(self.nanos() / 1_000_000)
    }

    /// Returns whether the coarse clock was read.
    #[inline]
    pub(crate) const fn is_coarse(self) -> bool {
        self.0 & COARSE != 0
    }
}

impl Clock {
    /// Returns whether this is the system's clock, which may be read coarsely. A clock that is set
    /// by hand may not.
    #[inline]
    pub(crate) fn is_system(&self) -> bool {
        matches!(self.0, TimeSource::System)
    }

    /// Returns a coarse reading of the system's clock in nanoseconds.
    #[inline]
    pub(crate) fn coarse_nanos() -> u64 {
        system::coarse_nanos()
    }

    /// Returns a precise reading in nanoseconds.
    pub(crate) fn nanos(&self) -> u64 {
        let nanos = u64::try_from(self.elapsed().as_nanos()).unwrap_or(u64::MAX);
        nanos.min(Reading::LATEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_goes_into_its_bits_with_its_clock() {
        for nanos in [0, 1, Reading::LATEST - 1, Reading::LATEST] {
            for is_coarse in [false, true] {
                let reading = Reading::new(nanos, is_coarse);
                assert_eq!(reading.nanos(), nanos);
                assert_eq!(reading.is_coarse(), is_coarse);
                assert!(reading.bits() < (1 << Reading::BITS) - 1, "not that of no reading");
                assert_eq!(Reading::from_bits(reading.bits()), reading);
            }
        }
    }

    #[test]
    fn coarse_tick_of_a_reading_is_that_of_the_coarse_clock() {
        for (nanos, millis) in [(0, 0), (999_999, 0), (1_000_000, 1), (1_234_567_891, 1_234)] {
            assert_eq!(Reading::new(nanos, true).coarse_tick(), Tick::from_bits(millis));
        }
        assert!(Reading::new(Reading::LATEST, true).coarse_tick() < Tick::NEVER);
        let ticks =
            || [Clock::system().coarse(), Reading::new(Clock::coarse_nanos(), true).coarse_tick()];
        for _ in 0..1_000 {
            let ([first, second], [third, _]) = (ticks(), ticks());
            assert!(first <= second && second <= third);
        }
    }

    #[test]
    fn clock_that_is_set_by_hand_is_read_to_the_nanosecond() {
        let (clock, hand) = Clock::manual();
        hand.advance(Duration::from_nanos(7));
        assert_eq!((clock.is_system(), clock.nanos()), (false, 7));
        hand.advance(Duration::from_nanos(1_234_567_891));
        assert_eq!(clock.nanos(), 1_234_567_898);
        hand.advance(Duration::MAX);
        assert_eq!(clock.nanos(), Reading::LATEST);
    }

    #[test]
    fn coarse_reading_is_never_ahead_of_a_precise_one() {
        for _ in 0..1_000 {
            let coarse = Clock::coarse_nanos();
            assert!(coarse <= Clock::system().nanos());
        }
    }
}
