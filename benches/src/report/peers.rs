//! Compares our breaker with the best of the peers, row by row.

use super::cell::{nanos, whole};
use super::table::Table;
use super::tables::bare;
use super::versions;
use crate::case::{Case, Form, Group, Path, Policy};
use crate::findings::{Findings, Measure};
use crate::peer::{ANNOTATED, BARE, CORE, LIMIT};

const HEAD: [&str; 9] = [
    "",
    "ns",
    "best peer",
    "above bare, times",
    "two threads, ns each",
    "best peer",
    "instructions",
    "fewest of a peer",
    "",
];

/// A figure of the best peer, and the peer's name.
struct Best {
    value: f64,
    peer: &'static str,
}

/// One row: a path under a policy, in one form.
struct Row<'f> {
    cases: &'f [Case],
    findings: &'f Findings,
    path: Path,
    policy: Policy,
    form: Form,
}

pub(super) fn table(cases: &[Case], findings: &Findings) -> Table {
    let mut table = Table::new(HEAD);
    for path in Path::ALL {
        for policy in [Policy::Threshold, Policy::TimeWindow, Policy::COUNT_WINDOW] {
            for form in [Form::Sync, Form::Async] {
                table.row(Row { cases, findings, path, policy, form }.cells());
            }
        }
    }
    table
}

impl Row<'_> {
    fn cells(&self) -> [String; 9] {
        let Row { path, policy, form, .. } = self;
        let one = self.against(Measure::OneThread);
        let two = self.against(Measure::TwoThreads);
        let instructions = self.against(Measure::Instructions);
        let times = self.times_above_bare();
        let missed: Vec<_> = [
            ("one thread", is_behind(one.as_ref())),
            ("times", times.is_some_and(|times| times < self.least_times())),
            ("two threads", is_behind(two.as_ref())),
            // A rejection reads the clock; some peers do not.
            ("instructions", *path != Path::Rejection && is_behind(instructions.as_ref())),
        ]
        .into_iter()
        .filter_map(|(what, is_missed)| is_missed.then_some(what))
        .collect();
        let verdict = match (&one, missed.is_empty()) {
            (None, _) => "not measured".to_owned(),
            (_, true) => "ahead".to_owned(),
            (_, false) => format!("behind: {}", missed.join(", ")),
        };
        let cells = |against: Option<(f64, Best)>, figure: fn(f64) -> String| match against {
            Some((ours, Best { value, peer })) => {
                [figure(ours), format!("{} ({})", figure(value), versions::named(peer))]
            }
            None => [const { String::new() }; 2],
        };
        let ([ours, best], [each, best_each]) = (cells(one, nanos), cells(two, nanos));
        let [count, fewest] = cells(instructions, whole);
        let name = format!("{path}, {policy}, {form}");
        let times = times.map_or(String::new(), |times| format!("{times:.1}"));
        [name, ours, best, times, each, best_each, count, fewest, verdict]
    }

    /// Our figure, and the best peer's in this form.
    fn against(&self, measure: Measure) -> Option<(f64, Best)> {
        let mut ours = None;
        let mut best: Option<Best> = None;
        for case in self.cases.iter().filter(|case| self.has(case)) {
            let Some(value) = self.findings.value(&case.id(), measure) else { continue };
            match case.peer {
                ANNOTATED => ours = Some(value),
                BARE | LIMIT | CORE => {}
                peer if best.as_ref().is_none_or(|best| value < best.value) => {
                    best = Some(Best { value, peer });
                }
                _ => {}
            }
        }
        ours.zip(best)
    }

    fn has(&self, case: &Case) -> bool {
        case.group == Group::Compared
            && (case.path, case.policy, case.form) == (self.path, self.policy, self.form)
    }

    /// The best peer's time above the bare call, divided by ours.
    fn times_above_bare(&self) -> Option<f64> {
        if self.path == Path::Rejection {
            return None;
        }
        let (ours, Best { value, .. }) = self.against(Measure::OneThread)?;
        let bare = self.findings.value(&bare(self.path, self.form), Measure::OneThread)?;
        // Ours may be as fast as the bare call, depending on the layout of the code.
        Some((value - bare) / (ours - bare).max(0.1))
    }

    fn least_times(&self) -> f64 {
        match (self.path, self.policy) {
            (Path::Success, Policy::CountWindow(_)) => 1.5,
            (Path::Success, _) => 3.0,
            _ => 1.0,
        }
    }
}

fn is_behind(against: Option<&(f64, Best)>) -> bool {
    against.is_some_and(|(ours, best)| *ours >= best.value)
}
