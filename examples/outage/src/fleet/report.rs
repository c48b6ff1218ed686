//! The two runs side by side, in numbers.

use std::fmt;
use std::time::Duration;

use breakerbox::State;

use super::line::Answers;
use crate::client::COOLDOWN;
use crate::script::Script;

/// The report of one instance.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    /// The breaker's states with the times they began; before the first it was closed.
    pub(super) states: Vec<(Duration, State)>,
    pub(super) answers: Answers,
}

/// The outcome of one run.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) script: Script,
    /// The times at which the service received requests, by its own count.
    pub(super) received: Vec<Duration>,
    /// The instances' reports, in any order.
    pub(super) reports: Vec<Report>,
}

impl Run {
    /// Counts the calls that reached the sick service.
    pub(super) fn calls_on_the_sick(&self) -> usize {
        let sick = self.script.sick();
        self.received.iter().filter(|at| sick.contains(at)).count()
    }

    /// Returns, for each instance, the time from the service's fall until the breaker opened; `None`
    /// for a breaker that did not open while the service was sick.
    fn openings(&self) -> Vec<Option<Duration>> {
        let sick = self.script.sick();
        let opening = |report: &Report| {
            let opened =
                |(at, state): &&(Duration, State)| *state == State::Open && sick.contains(at);
            report.states.iter().find(opened).map(|(at, _)| at.saturating_sub(sick.start))
        };
        self.reports.iter().map(opening).collect()
    }

    /// Returns the time until all breakers had opened; `None` if one never did.
    fn time_until_all_open(&self) -> Option<Duration> {
        let openings: Option<Vec<_>> = self.openings().into_iter().collect();
        openings?.into_iter().max()
    }

    /// Returns the number of calls that reached the sick service in each cooldown, counted from half
    /// a cooldown after all breakers had opened; `None` if less than one cooldown was left then.
    fn probes_per_cooldown(&self) -> Option<f64> {
        let sick = self.script.sick();
        // Calls that were let in before the last breaker opened arrive before `from`.
        let from = sick.start + self.time_until_all_open()? + COOLDOWN / 2;
        let cooldowns = sick.end.checked_sub(from)?.div_duration_f64(COOLDOWN);
        let probes = self.received.iter().filter(|at| (from..sick.end).contains(at)).count();
        (cooldowns >= 1.0).then(|| f64::from(u32::try_from(probes).unwrap_or(u32::MAX)) / cooldowns)
    }

    fn answers(&self, of_kind: fn(&Answers) -> u32) -> String {
        self.reports.iter().map(|report| of_kind(&report.answers)).sum::<u32>().to_string()
    }
}

/// Both runs; its `Display` prints the table.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) local: Run,
    pub(super) fleet: Run,
}

type Cell = fn(&Run) -> String;

const ROWS: [(&str, Cell); 8] = [
    ("calls that reached the sick service", |run| run.calls_on_the_sick().to_string()),
    ("time until all breakers were open", |run| {
        run.time_until_all_open().map_or("never".into(), |time| format!("{} ms", time.as_millis()))
    }),
    ("probes of all, per cooldown", |run| {
        run.probes_per_cooldown().map_or("none".into(), |probes| format!("{probes:.1}"))
    }),
    ("answers to users", |_| String::new()),
    ("  real", |run| run.answers(|answers| answers.real)),
    ("  fallback", |run| run.answers(|answers| answers.fallback)),
    ("  error", |run| run.answers(|answers| answers.error)),
    ("processes", |run| run.reports.len().to_string()),
];

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<38}{:>12}{:>12}", "", "local", "fleet")?;
        for (label, cell) in ROWS {
            let line = format!("{label:<38}{:>12}{:>12}", cell(&self.local), cell(&self.fleet));
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A script of 12 s, whose service is sick from 3 s to 9 s.
    fn run(received: &[u32], opened: &[Option<u32>]) -> Run {
        let report = |at: &Option<u32>| Report {
            states: at.iter().map(|at| (MS * *at, State::Open)).collect(),
            answers: Answers { real: 1, fallback: 2, error: 3 },
        };
        Run {
            script: Script::of_fleet(Duration::from_secs(12)),
            received: received.iter().map(|at| MS * *at).collect(),
            reports: opened.iter().map(report).collect(),
        }
    }

    #[test]
    fn calls_outside_of_the_outage_are_not_counted() {
        let run = run(&[2_999, 3_000, 8_999, 9_000], &[]);
        assert_eq!(run.calls_on_the_sick(), 2);
    }

    #[test]
    fn all_are_open_when_the_last_one_is() {
        assert_eq!(run(&[], &[Some(3_100), Some(3_700)]).time_until_all_open(), Some(MS * 700));
        assert_eq!(run(&[], &[Some(3_100), None]).time_until_all_open(), None);
        assert_eq!(run(&[], &[Some(3_100), Some(9_500)]).time_until_all_open(), None, "too late");
    }

    #[test]
    fn probes_are_counted_from_half_a_cooldown_after_all_are_open() {
        // All are open after 500 ms, so 5 cooldowns of a second are left from 4 s on.
        let run = run(&[3_400, 3_900, 4_500, 5_500, 6_500, 8_000, 9_100], &[Some(3_500)]);
        let probes = run.probes_per_cooldown().unwrap();
        assert!((probes - 0.8).abs() < 1e-9, "{probes}");
    }

    #[test]
    fn table_has_both_runs_in_each_row() {
        let local = run(&[3_400, 3_500], &[Some(3_500), None]);
        let fleet = run(&[3_400], &[Some(3_450), Some(3_460)]);
        let table = Pair { local, fleet }.to_string();
        let row = |label: &str| {
            let line = table.lines().find_map(|line| line.strip_prefix(label)).unwrap();
            line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(row("calls that reached the sick service"), ["2", "1"]);
        assert_eq!(row("time until all breakers were open"), ["never", "460", "ms"]);
        assert_eq!(row("  fallback"), ["4", "4"]);
    }
}
