//! The breakers as a table.

use std::fmt;

use breakerbox::{Snapshot, State};

use crate::answer::seconds;
use crate::backend::breaker_of;
use crate::config::Program;

/// The back ends' breakers at one moment; its `Display` prints the table.
#[derive(Clone, Debug)]
pub struct Status {
    /// A row for each back end, in order.
    pub rows: Vec<Row>,
}

/// One back end's breaker.
#[derive(Clone, Debug)]
pub struct Row {
    /// The back end.
    pub backend: String,
    /// Failures in a row that open the breaker; `None` if none do.
    pub threshold: Option<u16>,
    /// The breaker; `None`, as good as closed, if there can be none.
    pub breaker: Option<Snapshot>,
}

impl Status {
    pub(crate) fn new(backends: &[Program]) -> Self {
        let row = |program: &Program| {
            let breaker = breaker_of(&program.name);
            Row {
                backend: program.name.clone(),
                threshold: breaker.as_ref().and_then(|breaker| breaker.config().threshold()),
                breaker: breaker.map(|breaker| breaker.snapshot()),
            }
        };
        Self { rows: backends.iter().map(row).collect() }
    }
}

impl Row {
    /// The breaker's state.
    #[must_use]
    pub fn state(&self) -> State {
        self.breaker.as_ref().map_or(State::Closed, |breaker| breaker.state)
    }

    /// Returns the failures in a row: the threshold if the breaker is not closed.
    #[must_use]
    pub fn failures(&self) -> u16 {
        match (&self.breaker, self.state()) {
            (_, State::Open | State::HalfOpen) => self.threshold.unwrap_or_default(),
            (Some(breaker), _) => breaker.consecutive_failures,
            (None, _) => 0,
        }
    }

    fn retry(&self) -> String {
        let left = self.breaker.as_ref().and_then(|breaker| breaker.remaining_cooldown);
        match (self.state(), left) {
            (State::Open, Some(left)) if left.is_zero() => "now: the next call probes".to_owned(),
            (State::Open, Some(left)) => format!("in {}", seconds(left)),
            (State::HalfOpen, _) => "a probe is under way".to_owned(),
            _ => "-".to_owned(),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = self.rows.iter().map(|row| row.backend.len()).max().unwrap_or_default();
        let width = longest.max("BACK END".len()) + 2;
        write!(f, "{:width$}{:11}{:19}RETRY", "BACK END", "BREAKER", "FAILURES IN A ROW")?;
        for row in &self.rows {
            let failures = match row.threshold {
                Some(threshold) => format!("{} of {threshold}", row.failures()),
                None => row.failures().to_string(),
            };
            let retry = row.retry();
            write!(f, "\n{:width$}{:11}{failures:19}{retry}", row.backend, row.state())?;
        }
        write!(f, "\n{:width$}{:11}", "ollama", "none")?;
        write!(f, "{:19}-", "the last resort")
    }
}
