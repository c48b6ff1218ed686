//! The two runs side by side, in numbers.

use std::fmt;
use std::time::Duration;

use crate::measure::Figures;
use crate::scenario::Scenario;

/// The table of one scenario, printed by `Display`.
#[derive(Debug)]
pub struct Table<'f> {
    /// The scenario.
    pub scenario: Scenario,
    /// The run with breakers.
    pub with: &'f Figures,
    /// The run without breakers.
    pub without: &'f Figures,
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<48}{:>14}{:>12}", self.scenario.title, "with breakers", "without")?;
        let owed = (self.scenario.consolidation)
            .then_some(("facts not yet told to the Cat at the end", OWED));
        for (label, cell) in ROWS.into_iter().chain(owed) {
            let line = format!("  {label:<46}{:>14}{:>12}", cell(self.with), cell(self.without));
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

type Cell = fn(&Figures) -> String;

const OWED: Cell = |run| run.owed.to_string();

const ROWS: [(&str, Cell); 17] = [
    ("replies per second, service well", |run| format!("{:.1}", run.healthy.rate())),
    ("replies per second, service sick", |run| format!("{:.1}", run.sick.rate())),
    ("turns while it was sick", |_| String::new()),
    ("  answered as always", |run| run.sick.real.to_string()),
    ("  answered by a fallback, or without memory", |run| run.sick.makeshift.to_string()),
    ("  failed", |run| run.sick.errors.to_string()),
    ("time of a turn, answered or failed", |_| String::new()),
    ("  p50, service well", |run| ms(run.healthy.latency_at(0.5))),
    ("  p99, service well", |run| ms(run.healthy.latency_at(0.99))),
    ("  p50, service sick", |run| ms(run.sick.latency_at(0.5))),
    ("  p99, service sick", |run| ms(run.sick.latency_at(0.99))),
    ("  p99, sick for more than 1 s", |run| ms(run.settled.latency_at(0.99))),
    ("longest time without any reply, service sick", |run| ms(Some(run.silence))),
    ("requests that reached the sick service", |run| run.received_sick.to_string()),
    ("full recovery after it was back", |run| ms(run.recovery)),
    ("longest stall of the event loop", |run| ms(Some(run.stall))),
    ("longest stall of an idle thread, to compare", |run| ms(Some(run.stall_of_control))),
];

fn ms(time: Option<Duration>) -> String {
    time.map_or("none".to_owned(), |time| format!("{:.1} ms", time.as_secs_f64() * 1e3))
}
