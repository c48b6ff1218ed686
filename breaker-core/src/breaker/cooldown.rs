//! Computes how long a breaker stays open.
//!
//! A breaker that opens from half-open multiplies the base by `backoff`, once for each time that it
//! has opened before in a row ([`crate::breaker::openings`]). A random share, up to `jitter`, then
//! lengthens the cooldown, and `cooldown_max` limits it. The share is a function of the seed and
//! the episode, so a retried swap computes an equal cooldown.

use core::time::Duration;
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use crate::clock::Span;
use crate::state::status::Episode;

/// The longest cooldown that a hint gets, unless `cooldown_max` is set or the base is longer.
const HINT_MAX: Duration = Duration::from_secs(3_600);

/// The parameters of a cooldown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cooldown {
    pub(crate) base: Span,
    pub(crate) backoff: f64,
    pub(crate) max: Span,
    pub(crate) jitter: f64,
    pub(crate) seed: u64,
}

impl Cooldown {
    /// Returns the cooldown for a service's hint. It is at most `max`; without a `max`, at most an
    /// hour, or the base if that is longer. So a nonsensical header does not open the breaker for
    /// ever.
    pub(crate) fn hinted(&self, hint: Duration) -> Span {
        let max = match self.max {
            Span::FOREVER => Span::new(HINT_MAX).max(self.base),
            max => max,
        };
        Span::new(hint).min(max)
    }

    /// Returns the cooldown of the opening that begins with `episode`. `reopenings` is the exponent
    /// of `backoff`. A `retry_after` from the service replaces the whole cooldown, unless it is
    /// zero, up to the bound of [`hinted`](Self::hinted).
    pub(crate) fn length(
        &self,
        breaker: &str,
        episode: Episode,
        reopenings: u64,
        retry_after: Option<Duration>,
    ) -> Span {
        if let Some(hint) = retry_after.filter(|length| !length.is_zero()) {
            return self.hinted(hint);
        }
        let reopenings = i32::try_from(reopenings).unwrap_or(i32::MAX);
        let grown = if self.backoff > 1.0 && reopenings > 0 {
            self.base.times(self.backoff.powi(reopenings))
        } else {
            self.base
        };
        if self.jitter <= 0.0 {
            return grown.min(self.max);
        }
        // The jitter lengthens a cooldown below the cap and shortens one at the cap. So none
        // exceeds the cap, and at the cap breakers still do not move in step.
        let longest = grown.times(1.0 + self.jitter).min(self.max);
        let shortest = longest.times(1.0 / (1.0 + self.jitter)).max(self.base);
        let room = longest.bits().saturating_sub(shortest.bits());
        let part = Span::from_bits(room).times(share(self.seed, breaker, episode));
        Span::from_bits(shortest.bits() + part.bits()).min(longest)
    }
}

/// Returns a number from 0 to below 1, by seed and episode. With a seed of zero, each breaker in
/// each process has its own seed, so that no two move in step.
fn share(seed: u64, breaker: &str, episode: Episode) -> f64 {
    static OF_PROCESS: OnceLock<RandomState> = OnceLock::new();
    let seed = match seed {
        0 => OF_PROCESS.get_or_init(RandomState::new).hash_one(breaker),
        seed => seed,
    };
    // The finalizer of SplitMix64 spreads neighbouring numbers over the range.
    let mut bits = seed.wrapping_add(episode.0.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    #[allow(clippy::cast_precision_loss, reason = "53 bits are exact")]
    let share = (bits >> 11) as f64 / (1_u64 << 53) as f64;
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cooldown(base_ms: u64, backoff: f64, max_ms: Option<u64>, jitter: f64) -> Cooldown {
        let span = |ms| Span::new(Duration::from_millis(ms));
        let max = max_ms.map_or(Span::FOREVER, span);
        Cooldown { base: span(base_ms), backoff, max, jitter, seed: 7 }
    }

    fn lengths(cooldown: &Cooldown, reopenings: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let length = |n: u64| cooldown.length("b", Episode(n.wrapping_mul(2)), n, None).bits();
        reopenings.into_iter().map(length).collect()
    }

    #[test]
    fn cooldown_grows_up_to_its_cap() {
        let growing = cooldown(100, 2.0, Some(500), 0.0);
        assert_eq!(lengths(&growing, 0..6), [100, 200, 400, 500, 500, 500]);
        assert_eq!(lengths(&cooldown(5_000, 1.5, None, 0.0), 0..3), [5_000, 7_500, 11_250]);
    }

    /// [T4]
    #[test]
    fn cooldown_after_very_many_failures_is_long_and_never_short() {
        let huge = [100, 1_000, 1 << 40, u64::MAX];
        let forever = Span::FOREVER.bits();
        assert_eq!(lengths(&cooldown(100, 2.0, None, 0.0), huge), [forever; 4]);
        assert_eq!(lengths(&cooldown(100, 2.0, Some(60_000), 0.0), huge), [60_000; 4]);
        assert_eq!(lengths(&cooldown(u64::MAX, 1e300, None, 0.0), huge), [forever; 4]);
        let spread = lengths(&cooldown(1_000, 2.0, Some(60_000), 0.5), huge);
        assert!(spread.iter().all(|length| (40_000..=60_000).contains(length)), "{spread:?}");
        assert_ne!(spread[0], spread[1], "not in step at the cap");
    }

    /// [T8]
    #[test]
    fn jitter_lengthens_by_up_to_its_share_and_repeats_with_its_seed() {
        let spread = cooldown(1_000, 1.0, None, 0.5);
        let first = lengths(&spread, 0..1_000);
        assert!(first.iter().all(|length| (1_000..=1_500).contains(length)));
        assert!(first.iter().min().unwrap() < &1_050 && first.iter().max().unwrap() > &1_450);
        assert_eq!(lengths(&spread, 0..1_000), first);
        assert_ne!(lengths(&Cooldown { seed: 8, ..spread }, 0..1_000), first);
    }

    #[test]
    fn service_that_asks_is_heard_up_to_the_cap() {
        let base = cooldown(1_000, 2.0, Some(5_000), 0.5);
        let asked = |ms| base.length("b", Episode(1), 3, Some(Duration::from_millis(ms))).bits();
        assert_eq!([asked(200), asked(4_000), asked(60_000)], [200, 4_000, 5_000]);
        assert!((3_333..=5_000).contains(&asked(0)), "zero asks for nothing");
    }

    #[test]
    fn hint_without_a_cap_is_bounded_by_an_hour_or_the_cooldown() {
        let hour = 3_600_000;
        for (base, wanted) in [(1, hour), (hour, hour), (hour + 1, hour + 1), (2 * hour, 2 * hour)]
        {
            let cooldown = cooldown(base, 1.0, None, 0.0);
            let asked = |hint| cooldown.hinted(hint).bits();
            assert_eq!(asked(Duration::MAX), wanted);
            assert_eq!(asked(Duration::from_secs(99_999_999_999)), wanted);
            assert_eq!(asked(Duration::from_secs(60)), 60_000);
        }
        let short = cooldown(1_000, 1.0, Some(2_000), 0.0);
        assert_eq!(short.hinted(Duration::from_secs(60)).bits(), 2_000);
        let long = cooldown(1_000, 1.0, Some(48 * hour), 0.0);
        assert_eq!(long.hinted(Duration::from_secs(86_400)).bits(), 24 * hour);
    }
}
