//! The two runs side by side, in numbers.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::client::LlmError;
use crate::load::Run;
use crate::script::Script;

/// The table, printed by `Display`.
#[derive(Debug)]
pub(crate) struct Table {
    with: Column,
    without: Column,
}

impl Table {
    pub(crate) fn new(script: &Script, with: &Run, without: &Run) -> Result<Self, Box<dyn Error>> {
        Ok(Self { with: Column::new(script, with)?, without: Column::new(script, without)? })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<38}{:>14}{:>12}", "", "with breaker", "without")?;
        for (label, cell) in ROWS {
            let line = format!("{label:<38}{:>14}{:>12}", cell(&self.with), cell(&self.without));
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

type Cell = fn(&Column) -> String;

const ROWS: [(&str, Cell); 20] = [
    ("calls on the service", |_| String::new()),
    ("  while it was well (received)", |run| run.well.to_string()),
    ("  while overloaded (received)", |run| run.overloaded.to_string()),
    ("  while down (refused a connection)", |run| run.refused.to_string()),
    ("  on the sick service, in all", |run| (run.overloaded + run.refused).to_string()),
    ("answers to users", |_| String::new()),
    ("  real", |run| run.real.to_string()),
    ("  fallback", |run| run.fallback.to_string()),
    ("  error", |run| run.errors.total().to_string()),
    ("    429 or 503", |run| run.errors.status.to_string()),
    ("    timed out", |run| run.errors.timed_out.to_string()),
    ("    nobody listening", |run| run.errors.unreachable.to_string()),
    ("    broken off", |run| run.errors.other.to_string()),
    ("latency of all answers", |_| String::new()),
    ("  p50", |run| run.latency_at(0.5)),
    ("  p99", |run| run.latency_at(0.99)),
    ("  max", |run| run.latency_at(1.0)),
    ("time users spent waiting, in all", |run| seconds(run.waiting)),
    ("  of it while the service was sick", |run| seconds(run.waiting_sick)),
    ("first real answer after recovery", |run| run.first_real.map_or("none".into(), seconds)),
];

/// The figures of one run.
#[derive(Debug)]
struct Column {
    well: usize,
    overloaded: usize,
    refused: usize,
    real: usize,
    fallback: usize,
    errors: Errors,
    /// Latencies in microseconds.
    latency: Histogram<u64>,
    waiting: Duration,
    waiting_sick: Duration,
    first_real: Option<Duration>,
}

impl Column {
    fn new(script: &Script, run: &Run) -> Result<Self, Box<dyn Error>> {
        let overloaded = run.received_sick(script);
        let mut column = Self {
            well: run.received.len() - overloaded,
            overloaded,
            refused: run.refused().count(),
            real: 0,
            fallback: 0,
            errors: Errors::default(),
            latency: Histogram::new(3)?,
            waiting: Duration::ZERO,
            waiting_sick: Duration::ZERO,
            first_real: first_real(run, script.sick().end),
        };
        for answer in &run.answers {
            match &answer.outcome {
                Ok(reply) if reply.is_canned() => column.fallback += 1,
                Ok(_) => column.real += 1,
                Err(error) => column.errors.count(error),
            }
            column.latency.record(u64::try_from(answer.latency.as_micros())?)?;
            column.waiting += answer.latency;
            if script.phase_at(answer.due).is_sick() {
                column.waiting_sick += answer.latency;
            }
        }
        Ok(column)
    }

    fn latency_at(&self, quantile: f64) -> String {
        let latency = Duration::from_micros(self.latency.value_at_quantile(quantile));
        format!("{:.1} ms", latency.as_secs_f64() * 1e3)
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// Returns the time from recovery to the first real answer.
fn first_real(run: &Run, recovery: Duration) -> Option<Duration> {
    let real = run.answers.iter().filter(|answer| answer.is_real());
    real.filter_map(|answer| (answer.due + answer.latency).checked_sub(recovery)).min()
}

#[derive(Debug, Default)]
struct Errors {
    status: usize,
    timed_out: usize,
    unreachable: usize,
    other: usize,
}

impl Errors {
    fn count(&mut self, error: &LlmError) {
        *match error {
            LlmError::Status(_) => &mut self.status,
            LlmError::TimedOut => &mut self.timed_out,
            LlmError::Unreachable => &mut self.unreachable,
            LlmError::Other(_) => &mut self.other,
        } += 1;
    }

    fn total(&self) -> usize {
        self.status + self.timed_out + self.unreachable + self.other
    }
}
