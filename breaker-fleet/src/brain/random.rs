//! Numbers from a seed.

use std::time::Duration;

/// `SplitMix64`, by Steele, Lea and Flood: small, fast, and good enough to draw times with.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Draws a time from `least` to just below `most`.
    pub(crate) fn time(&mut self, least: Duration, most: Duration) -> Duration {
        let part = u32::try_from(self.next() >> 32).unwrap_or(u32::MAX);
        least.saturating_add(most.saturating_sub(least).mul_f64(f64::from(part) / 4_294_967_296.0))
    }

    pub(crate) fn below(&mut self, most: Duration) -> Duration {
        self.time(Duration::ZERO, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_times_fill_their_range() {
        let mut random = Random::new(7);
        let (least, most) = (Duration::from_millis(100), Duration::from_secs(1));
        let times: Vec<_> = (0..1_000).map(|_| random.time(least, most)).collect();
        assert!(times.iter().all(|time| (least..most).contains(time)));
        let quarter = Duration::from_millis(225);
        for from in (0..4).map(|number| least + quarter * number) {
            let within = |time: &&Duration| (from..from + quarter).contains(*time);
            assert!((200..300).contains(&times.iter().filter(within).count()));
        }
        assert_eq!(random.time(most, least), most);
        assert_eq!(random.below(Duration::ZERO), Duration::ZERO);
    }
}
