//! Scenarios and their timing.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::service::{Health, Kind};

/// A service's failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The title.
    pub title: &'static str,
    /// The service that falls sick.
    pub service: Kind,
    /// The sick service's health.
    pub health: Health,
    /// True if the bot consolidates its memory meanwhile.
    pub consolidation: bool,
}

impl Scenario {
    /// The Cat takes requests and never answers, during consolidation.
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

/// A scenario's times, counted from the start.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    start: Instant,
    length: Duration,
}

impl Script {
    /// Starts a script now.
    #[must_use]
    pub fn start_now(length: Duration) -> Self {
        Self { start: Instant::now(), length }
    }

    /// Returns the end of the users' messages.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.length
    }

    /// Returns the time since the start.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Returns the start of memory consolidation.
    #[must_use]
    pub fn consolidation(&self) -> Duration {
        self.length / 8
    }

    /// Returns the span before the sickness.
    #[must_use]
    pub fn healthy(&self) -> Range<Duration> {
        Duration::ZERO..self.sick().start
    }

    /// Returns the span of the sickness.
    #[must_use]
    pub fn sick(&self) -> Range<Duration> {
        self.length / 4..self.length * 5 / 8
    }

    /// Returns the span after the sickness.
    #[must_use]
    pub fn recovered(&self) -> Range<Duration> {
        self.sick().end..self.length
    }

    /// Converts a time of the script to an instant for timers.
    pub(crate) fn instant(&self, at: Duration) -> tokio::time::Instant {
        (self.start + at).into()
    }

    pub(crate) fn times_of(&self, instants: &[Instant]) -> Vec<Duration> {
        instants.iter().map(|at| at.saturating_duration_since(self.start)).collect()
    }
}
