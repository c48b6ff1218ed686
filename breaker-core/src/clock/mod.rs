//! The clock of a breaker: whole milliseconds on a monotonic clock.
//!
//! The clock is read in two ways. A *stamp* marks the beginning of a cooldown or a probe; it is
//! precise and rounded up. A *coarse* reading checks whether a period is over; it is cheap and
//! never ahead of the precise clock, but trails it by up to one tick of the kernel (1 to 10 ms).
//! Near the end of a cooldown the precise clock is read instead. So a cooldown is never cut short,
//! and never overruns.
//!
//! The clock is monotonic: setting the machine's wall clock changes nothing.

mod reading;
mod system;

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use reading::Reading;

/// The number of milliseconds by which the coarse clock may lag: two ticks of the slowest kernel.
const LONGEST_LAG: u64 = 20;

/// A moment: milliseconds since the clock's own beginning, 34 years at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tick(u64);

impl Tick {
    /// The number of bits that a tick takes in a word.
    pub(crate) const BITS: u32 = 40;
    /// A moment that never comes. Every sum saturates at this moment.
    pub(crate) const NEVER: Tick = Tick((1 << Self::BITS) - 1);

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Tick(bits)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// Returns the moment `span` later, at most [`Tick::NEVER`].
    pub(crate) const fn after(self, span: Span) -> Self {
        let sum = self.0.saturating_add(span.0);
        if sum > Self::NEVER.0 { Self::NEVER } else { Tick(sum) }
    }

    /// Returns the time from `earlier` to this moment; zero if `earlier` is later.
    pub(crate) const fn since(self, earlier: Tick) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Returns the time from `now` to this moment, or `None` if this moment never comes. `start` is
    /// a stamp of the past, which was rounded up. Even if a coarse `now` is before `start`, the
    /// time is at most a millisecond longer than that from `start`.
    #[inline]
    pub(crate) fn remaining(self, now: Tick, start: Tick) -> Option<Duration> {
        if self == Self::NEVER {
            None
        } else {
            Some(Duration::from_millis(self.left_ms(now, start)))
        }
    }

    #[inline]
    fn left_ms(self, now: Tick, start: Tick) -> u64 {
        self.0.saturating_sub(now.0.max(start.0.saturating_sub(1)))
    }

    /// Like [`remaining`](Self::remaining), but returns a [`Span`].
    #[inline]
    pub(crate) fn left(self, now: Tick, start: Tick) -> Span {
        if self == Self::NEVER { Span::FOREVER } else { Span(self.left_ms(now, start)) }
    }

    /// Rounds `elapsed` since the clock began down to a millisecond. Stays below
    /// [`Tick::NEVER`], which no clock reaches.
    const fn floor(elapsed: Duration) -> Self {
        let ms = elapsed.as_millis();
        let last = Self::NEVER.0 - 1;
        #[allow(clippy::cast_possible_truncation, reason = "compared just before")]
        Tick(if ms > last as u128 { last } else { ms as u64 })
    }

    /// Like [`floor`](Self::floor), for whole milliseconds.
    #[inline]
    const fn of_millis(elapsed: u64) -> Self {
        Tick(if elapsed < Self::NEVER.0 { elapsed } else { Self::NEVER.0 - 1 })
    }

    /// Rounds `elapsed` up to a millisecond, below [`Tick::NEVER`].
    pub(crate) const fn ceil(elapsed: Duration) -> Self {
        Self::floor(elapsed.saturating_add(Duration::from_nanos(999_999)))
    }
}

/// A length of time in milliseconds, rounded up so that no period is cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span(u64);

impl Span {
    pub(crate) const fn new(length: Duration) -> Self {
        let ms = length.saturating_add(Duration::from_nanos(999_999)).as_millis();
        #[allow(clippy::cast_possible_truncation, reason = "compared just before")]
        Span(if ms > Tick::NEVER.0 as u128 { Tick::NEVER.0 } else { ms as u64 })
    }

    /// A length that no clock reaches.
    pub(crate) const FOREVER: Span = Span(Tick::NEVER.0);

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Span(bits)
    }

    /// Returns the length, or `None` for [`Span::FOREVER`].
    #[inline]
    pub(crate) fn length(self) -> Option<Duration> {
        if self == Self::FOREVER { None } else { Some(Duration::from_millis(self.0)) }
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// Multiplies by `factor` and rounds up, at most to [`Span::FOREVER`]. The rounding error
    /// of a decimal factor is not rounded up: 1000 times 1.1 is 1100.
    pub(crate) fn times(self, factor: f64) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "40 bits are exact")]
        let product = (self.0 as f64 * factor * (1.0 - f64::EPSILON)).ceil();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates, and no factor is negative"
        )]
        Span((product as u64).min(Self::FOREVER.0))
    }
}

/// The clock of a breaker.
///
/// The default is the system's monotonic clock. A clock from [`Clock::manual`] stands still until
/// it is moved, so that tests need not sleep.
///
/// ```
/// use std::time::Duration;
/// use breaker_core::{Breaker, Clock, Config, State};
///
/// let (clock, hand) = Clock::manual();
/// let breaker = Breaker::new("db", Config::new()).with_clock(clock);
/// for _ in 0..5 {
///     let _ = breaker.call(|| Err::<(), _>(Box::<dyn std::error::Error>::from("refused")));
/// }
/// assert_eq!(breaker.state(), State::Open);
/// assert!(!breaker.is_call_permitted());
/// hand.advance(Duration::from_secs(30));
/// assert!(breaker.is_call_permitted());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock(TimeSource);

#[derive(Clone, Debug, Default)]
enum TimeSource {
    #[default]
    System,
    Manual(ManualClock),
}

impl Clock {
    /// Returns the system's monotonic clock. It does not advance while the machine is
    /// suspended (on Linux), and changes of the wall clock do not move it.
    #[must_use]
    pub const fn system() -> Self {
        Clock(TimeSource::System)
    }

    /// Returns a clock that stands at zero, and the hand that moves it.
    #[must_use]
    pub fn manual() -> (Self, ManualClock) {
        let hand = ManualClock::default();
        (Clock(TimeSource::Manual(hand.clone())), hand)
    }

    /// Returns a cheap reading, never ahead of [`Clock::stamp`].
    #[inline]
    pub(crate) fn coarse(&self) -> Tick {
        match &self.0 {
            TimeSource::System => system::coarse(),
            TimeSource::Manual(hand) => hand.coarse(),
        }
    }

    /// Returns a coarse reading of the system's clock if it shows that `end` has not come. `None`
    /// shows nothing: `end` has come, or is near, or the clock has not been read before.
    #[inline]
    pub(crate) fn system_before(end: Tick) -> Option<Tick> {
        // It need not be limited to below `Tick::NEVER`: it is well before `end`.
        let now = system::coarse_again()?;
        if end.0.saturating_sub(now) > LONGEST_LAG { Some(Tick(now)) } else { None }
    }

    /// Returns a reading that is as good as the precise clock to tell whether `end` has come: a
    /// coarse one, or a precise one if `end` is so near that the coarse clock may lag. Both are
    /// rounded down.
    #[inline]
    pub(crate) fn near(&self, end: Tick) -> Tick {
        let coarse = self.coarse();
        let left = end.0.saturating_sub(coarse.0);
        if left > 0 && left <= LONGEST_LAG { self.now() } else { coarse }
    }

    /// Returns a precise reading, rounded down, for snapshots, events, and the end of a period.
    #[cold]
    #[inline(never)]
    pub(crate) fn now(&self) -> Tick {
        match &self.0 {
            TimeSource::System => system::now(),
            TimeSource::Manual(hand) => Tick::floor(hand.elapsed()),
        }
    }

    /// Returns a precise reading to the nanosecond.
    pub(crate) fn elapsed(&self) -> Duration {
        match &self.0 {
            TimeSource::System => system::elapsed(),
            TimeSource::Manual(hand) => hand.elapsed(),
        }
    }

    /// Returns a precise reading, rounded up, for the beginning of a period.
    pub(crate) fn stamp(&self) -> Tick {
        match &self.0 {
            TimeSource::System => system::stamp(),
            TimeSource::Manual(hand) => Tick::ceil(hand.elapsed()),
        }
    }
}

/// The hand of a [`Clock::manual`]. Clones of a hand move one clock.
#[derive(Clone, Debug, Default)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// Moves the clock forward. It saturates after 584 years.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        let add = |now: u64| Some(now.saturating_add(by));
        // Relaxed: the count is read for its own sake, and publishes nothing else.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    #[cold]
    fn coarse(&self) -> Tick {
        Tick::floor(self.elapsed())
    }

    /// Returns the time that the clock has been moved forward since it was made.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        // Relaxed: the count is read for its own sake.
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [T3]
    #[test]
    fn tick_sum_beyond_range_saturates_at_never() {
        let late = Tick::from_bits(Tick::NEVER.bits() - 5);
        assert_eq!(late.after(Span::new(Duration::from_millis(4))).bits(), Tick::NEVER.bits() - 1);
        assert_eq!(late.after(Span::new(Duration::from_millis(5))), Tick::NEVER);
        assert_eq!(late.after(Span::new(Duration::MAX)), Tick::NEVER);
    }

    #[test]
    fn clock_reading_never_reaches_never() {
        assert!(Tick::floor(Duration::MAX) < Tick::NEVER);
        assert!(Tick::ceil(Duration::MAX) < Tick::NEVER);
    }

    #[test]
    fn span_of_a_fraction_is_rounded_up() {
        assert_eq!(Span::new(Duration::from_nanos(1)).bits(), 1);
        assert_eq!(Span::new(Duration::from_micros(1_500)).bits(), 2);
        assert_eq!(Span::new(Duration::from_millis(7)).bits(), 7);
    }

    #[test]
    fn stamp_is_never_before_a_reading() {
        for _ in 0..10_000 {
            let read = system::coarse();
            assert!(system::stamp() >= read);
        }
    }

    #[test]
    fn reading_before_an_end_says_nothing_near_it() {
        let now = system::stamp();
        let in_ms = |ms| now.after(Span::new(Duration::from_millis(ms)));
        assert_eq!(Clock::system_before(now), None);
        assert_eq!(Clock::system_before(Tick::from_bits(0)), None);
        assert_eq!(Clock::system_before(in_ms(1)), None);
        let hour = in_ms(3_600_000);
        assert!(Clock::system_before(hour).is_some_and(|read| read <= system::stamp()));
        assert!(Clock::system_before(Tick::NEVER).is_some());
    }
}
