//! The values of a line: times, durations, outcomes. Each reader takes the bytes of a field.

pub(crate) mod decimal;
pub(crate) mod duration;
pub(crate) mod outcome;
pub(crate) mod time;

/// The nanoseconds of a second.
pub(crate) const SECOND: u64 = 1_000_000_000;

/// A unit of time in which a log writes plain numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Unit {
    /// Nanoseconds
    Ns,
    /// Microseconds
    Us,
    /// Milliseconds
    Ms,
    /// Seconds
    S,
}

impl Unit {
    /// Returns the unit by which a column's name ends: `latency_ms`. The name is in small letters.
    pub(crate) fn of_column(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('_')?;
        match ending {
            "ns" => Some(Self::Ns),
            "us" => Some(Self::Us),
            "ms" => Some(Self::Ms),
            "s" => Some(Self::S),
            _ => None,
        }
    }
}
