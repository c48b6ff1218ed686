//! What goes wrong, and when.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::service::{Health, Kind};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// In words.
    pub title: &'static str,
    /// The service that falls sick.
    pub service: Kind,
    /// How it is then.
    pub health: Health,
    /// Whether the bot consolidates its memory meanwhile.
    pub consolidation: bool,
}

impl Scenario {
    /// The Cat takes requests and never answers, while it is told a lot.
    pub const CAT: Self = Self {
        title: "The Cat hangs during memory consolidation",
        service: Kind::Cat,
        health: Health::Hung,
        consolidation: true,
    };

    /// The large model is overloaded, while some users speak to the bot.
    pub const LLM: Self = Self {
        title: "The LLM is overloaded during a voice chat",
        service: Kind::Llm,
        health: Health::Overloaded { retry_after: 20 },
        consolidation: false,
    };
}

/// When it goes wrong. Times are since the start.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    start: Instant,
    length: Duration,
}

impl Script {
    /// A script that begins now.
    #[must_use]
    pub fn start_now(length: Duration) -> Self {
        Self { start: Instant::now(), length }
    }

    /// When users send their last messages.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.length
    }

    /// The time since the start.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// When memory consolidation begins.
    #[must_use]
    pub fn consolidation(&self) -> Duration {
        self.length / 8
    }

    /// While the service is well.
    #[must_use]
    pub fn healthy(&self) -> Range<Duration> {
        Duration::ZERO..self.sick().start
    }

    /// While the service is sick.
    #[must_use]
    pub fn sick(&self) -> Range<Duration> {
        self.length / 4..self.length * 5 / 8
    }

    /// While the service is well again.
    #[must_use]
    pub fn recovered(&self) -> Range<Duration> {
        self.sick().end..self.length
    }

    /// A time of the script as an instant that timers understand.
    pub(crate) fn instant(&self, at: Duration) -> tokio::time::Instant {
        (self.start + at).into()
    }

    pub(crate) fn times_of(&self, instants: &[Instant]) -> Vec<Duration> {
        instants.iter().map(|at| at.saturating_duration_since(self.start)).collect()
    }
}
