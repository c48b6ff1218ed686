//! Tuning: the parameters of a breaker and the rules they keep.
//!
//! The same rules serve three carriers: the attribute checks literals against
//! [`rules`], the compiler checks constants through [`ConfigBuilder::build_const`],
//! and a program that loads its tuning gets an `Err` from [`ConfigBuilder::build`].

use core::fmt;
use core::time::Duration;

use crate::atomic::{AtomicU64, Ordering, const_unless_loom};
use crate::clock::Span;

/// The range of each parameter.
pub mod rules {
    use core::ops::RangeInclusive;

    /// `threshold`: consecutive failures that trip.
    pub const THRESHOLD: RangeInclusive<u64> = 1..=65_535;
    /// `probes`: probes in flight at once in half-open.
    pub const PROBES: RangeInclusive<u64> = 1..=255;
    /// `success_threshold`: successful probes that close.
    pub const SUCCESS_THRESHOLD: RangeInclusive<u64> = 1..=255;
}

/// Checked tuning of a breaker. Can be made in a constant.
///
/// ```
/// use std::time::Duration;
/// use breaker_core::Config;
///
/// const LLM: Config = Config::builder()
///     .threshold(3)
///     .cooldown(Duration::from_secs(60))
///     .build_const();
/// assert_eq!(LLM.threshold(), 3);
/// assert_eq!(LLM.probe_timeout(), Duration::from_secs(60));
///
/// let error = Config::builder().threshold(0).build().unwrap_err();
/// assert_eq!(error.key(), "threshold");
/// assert_eq!(error.to_string(), "`threshold` must be between 1 and 65535, found `0`");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    threshold: u16,
    probes: u8,
    success_threshold: u8,
    cooldown: Duration,
    probe_timeout: Option<Duration>,
}

impl Config {
    /// The defaults: trip after 5 consecutive failures, stay open for 30 s,
    /// one probe at a time, one success to close.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            threshold: 5,
            probes: 1,
            success_threshold: 1,
            cooldown: Duration::from_secs(30),
            probe_timeout: None,
        }
    }

    /// Starts from the defaults.
    pub const fn builder() -> ConfigBuilder {
        let Self { threshold, probes, success_threshold, cooldown, probe_timeout } = Self::new();
        ConfigBuilder {
            threshold: threshold as u64,
            probes: probes as u64,
            success_threshold: success_threshold as u64,
            cooldown,
            probe_timeout,
        }
    }

    /// Consecutive failures that trip the breaker.
    #[must_use]
    pub const fn threshold(&self) -> u16 {
        self.threshold
    }

    /// How long it stays open before it lets a probe through.
    #[must_use]
    pub const fn cooldown(&self) -> Duration {
        self.cooldown
    }

    /// How many probes may be in flight at once.
    #[must_use]
    pub const fn probes(&self) -> u8 {
        self.probes
    }

    /// How many probes must succeed before it closes.
    #[must_use]
    pub const fn success_threshold(&self) -> u8 {
        self.success_threshold
    }

    /// How long a probe may be out before the next caller takes its slot.
    /// The cooldown, unless set.
    #[must_use]
    pub const fn probe_timeout(&self) -> Duration {
        match self.probe_timeout {
            Some(timeout) => timeout,
            None => self.cooldown,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

/// Collects tuning, to be checked as a whole. See [`Config`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct ConfigBuilder {
    threshold: u64,
    probes: u64,
    success_threshold: u64,
    cooldown: Duration,
    probe_timeout: Option<Duration>,
}

impl ConfigBuilder {
    /// Trips after this many failures in a row, 1 to 65535. A success in
    /// between starts the count anew. Default 5.
    pub const fn threshold(mut self, failures: u64) -> Self {
        self.threshold = failures;
        self
    }

    /// Stays open this long before it probes; more than zero. Kept to the
    /// millisecond, rounded up; beyond 34 years it means for ever. Default 30 s.
    pub const fn cooldown(mut self, length: Duration) -> Self {
        self.cooldown = length;
        self
    }

    /// Lets this many probes be in flight at once in half-open, 1 to 255. Default 1.
    pub const fn probes(mut self, probes: u64) -> Self {
        self.probes = probes;
        self
    }

    /// Closes after this many successful probes, 1 to 255. May exceed
    /// [`probes`](Self::probes): slots are handed out again. Default 1.
    pub const fn success_threshold(mut self, successes: u64) -> Self {
        self.success_threshold = successes;
        self
    }

    /// Takes the slot of a probe that is out for this long; more than zero.
    /// Default: the cooldown.
    pub const fn probe_timeout(mut self, length: Duration) -> Self {
        self.probe_timeout = Some(length);
        self
    }

    /// Checks every rule.
    ///
    /// # Errors
    /// [`ConfigError`] names the first parameter that breaks its rule, what was
    /// found and what is allowed.
    pub const fn build(self) -> Result<Config, ConfigError> {
        macro_rules! whole {
            ($key:ident, $rule:ident, $ty:ty) => {{
                let found = self.$key;
                if found < *rules::$rule.start() || found > *rules::$rule.end() {
                    let found = Found::Number(found);
                    let allowed = Allowed::Between(*rules::$rule.start(), *rules::$rule.end());
                    return Err(ConfigError { key: stringify!($key), found, allowed });
                }
                #[allow(clippy::cast_possible_truncation, reason = "the range was just checked")]
                {
                    found as $ty
                }
            }};
        }
        macro_rules! positive {
            ($key:ident, $length:expr) => {
                if $length.is_zero() {
                    let found = Found::Length($length);
                    let allowed = Allowed::MoreThanZero;
                    return Err(ConfigError { key: stringify!($key), found, allowed });
                }
            };
        }
        positive!(cooldown, self.cooldown);
        if let Some(timeout) = self.probe_timeout {
            positive!(probe_timeout, timeout);
        }
        Ok(Config {
            threshold: whole!(threshold, THRESHOLD, u16),
            probes: whole!(probes, PROBES, u8),
            success_threshold: whole!(success_threshold, SUCCESS_THRESHOLD, u8),
            cooldown: self.cooldown,
            probe_timeout: self.probe_timeout,
        })
    }

    /// [`build`](Self::build) for constants and statics, where a broken rule
    /// stops the compiler.
    ///
    /// # Panics
    /// Where `build` gives an error. At run time, use `build`.
    #[must_use]
    pub const fn build_const(self) -> Config {
        match self.build() {
            Ok(config) => config,
            Err(error) => panic!("{}", error.rule()),
        }
    }
}

/// A parameter outside its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigError {
    key: &'static str,
    found: Found,
    allowed: Allowed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Number(u64),
    Length(Duration),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Allowed {
    Between(u64, u64),
    MoreThanZero,
}

impl ConfigError {
    /// The parameter, as the attribute spells it.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// The rule, for places that cannot format: a panic in a constant.
    const fn rule(&self) -> &'static str {
        match self.key.as_bytes() {
            b"threshold" => "`threshold` must be between 1 and 65535",
            b"probes" => "`probes` must be between 1 and 255",
            b"success_threshold" => "`success_threshold` must be between 1 and 255",
            b"cooldown" => "`cooldown` must be more than zero",
            _ => "`probe_timeout` must be more than zero",
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, found `", self.rule())?;
        match self.found {
            Found::Number(found) => write!(f, "{found}`"),
            Found::Length(found) => write!(f, "{found:?}`"),
        }
    }
}

impl std::error::Error for ConfigError {}

/// What [`step`](crate::step::step) needs of the tuning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) threshold: u16,
    pub(crate) probes: u8,
    pub(crate) success_threshold: u8,
    pub(crate) cooldown: Span,
}

/// Tuning that a running breaker reads and that may be replaced under it.
///
/// Each field is a message of its own: a decision taken while the tuning is
/// replaced may see the new limits with the old cooldown, and is right by
/// either. So every access is relaxed.
#[derive(Debug)]
pub(crate) struct Tuning {
    /// threshold (16), probes (8), success threshold (8)
    limits: AtomicU64,
    cooldown: AtomicU64,
    probe_timeout: AtomicU64,
}

impl Tuning {
    const_unless_loom! {
        pub(crate) fn new(config: Config) -> Self {
            Self {
                limits: AtomicU64::new(pack(config)),
                cooldown: AtomicU64::new(Span::new(config.cooldown()).bits()),
                probe_timeout: AtomicU64::new(Span::new(config.probe_timeout()).bits()),
            }
        }
    }

    pub(crate) fn replace(&self, config: Config) {
        self.limits.store(pack(config), Ordering::Relaxed);
        self.cooldown.store(Span::new(config.cooldown()).bits(), Ordering::Relaxed);
        self.probe_timeout.store(Span::new(config.probe_timeout()).bits(), Ordering::Relaxed);
    }

    #[allow(clippy::cast_possible_truncation, reason = "each field is cut to its own width")]
    pub(crate) fn limits(&self) -> Limits {
        let limits = self.limits.load(Ordering::Relaxed);
        Limits {
            threshold: limits as u16,
            probes: (limits >> 16) as u8,
            success_threshold: (limits >> 24) as u8,
            cooldown: Span::from_bits(self.cooldown.load(Ordering::Relaxed)),
        }
    }

    pub(crate) fn probe_timeout(&self) -> Span {
        Span::from_bits(self.probe_timeout.load(Ordering::Relaxed))
    }
}

const fn pack(config: Config) -> u64 {
    config.threshold as u64 | (config.probes as u64) << 16 | (config.success_threshold as u64) << 24
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A spoiled parameter, with the key and the rule the error must name.
    type Spoiled = (fn(ConfigBuilder) -> ConfigBuilder, &'static str, &'static str);

    #[test]
    fn broken_rule_names_key_range_and_value() {
        let broken: [Spoiled; 8] = [
            (|b| b.threshold(0), "threshold", "must be between 1 and 65535, found `0`"),
            (|b| b.threshold(65_536), "threshold", "must be between 1 and 65535, found `65536`"),
            (|b| b.probes(0), "probes", "must be between 1 and 255, found `0`"),
            (|b| b.probes(256), "probes", "must be between 1 and 255, found `256`"),
            (|b| b.success_threshold(0), "success_threshold", "between 1 and 255, found `0`"),
            (|b| b.success_threshold(999), "success_threshold", "found `999`"),
            (|b| b.cooldown(Duration::ZERO), "cooldown", "must be more than zero, found `0ns`"),
            (|b| b.probe_timeout(Duration::ZERO), "probe_timeout", "must be more than zero"),
        ];
        for (spoil, key, words) in broken {
            let error = spoil(Config::builder()).build().unwrap_err();
            assert_eq!(error.key(), key);
            let said = error.to_string();
            assert!(said.starts_with(&format!("`{key}` ")) && said.contains(words), "{said}");
        }
    }

    #[test]
    fn rule_texts_tell_the_ranges() {
        for (key, range) in [
            ("threshold", rules::THRESHOLD),
            ("probes", rules::PROBES),
            ("success_threshold", rules::SUCCESS_THRESHOLD),
        ] {
            let (allowed, found) =
                (Allowed::Between(*range.start(), *range.end()), Found::Number(0));
            let rule = ConfigError { key, found, allowed }.rule();
            let wanted = format!("`{key}` must be between {} and {}", range.start(), range.end());
            assert_eq!(rule, wanted);
        }
    }

    #[test]
    fn tuning_replaced_reads_back() {
        let tuning = Tuning::new(Config::new());
        let config = Config::builder()
            .threshold(65_535)
            .probes(255)
            .success_threshold(254)
            .cooldown(Duration::from_micros(1))
            .probe_timeout(Duration::MAX)
            .build()
            .unwrap();
        tuning.replace(config);
        let limits = tuning.limits();
        assert_eq!((limits.threshold, limits.probes, limits.success_threshold), (65_535, 255, 254));
        assert_eq!(limits.cooldown.bits(), 1);
        assert_eq!(tuning.probe_timeout(), Span::new(Duration::MAX));
    }
}
