//! What a call may cost, and what it does cost.

use super::cell::nanos;
use super::cost::{Cost, Costs};
use super::table::Table;
use super::tables::bare;
use crate::case::{Form, Path, Policy};
use crate::findings::{Findings, Measure};
use crate::peer::{ANNOTATED, CORE};

/// One line of the budget.
struct Line {
    what: String,
    budget: String,
    found: Option<f64>,
    most: Option<f64>,
    unit: &'static str,
}

pub(super) fn table(findings: &Findings, costs: &Costs) -> Table {
    let budget = Budget(findings);
    let mut table = Table::new(["", "budget", "found", ""]);
    let lines = budget.times().into_iter().chain(budget.threads()).chain(budget.counts());
    for Line { what, budget, found, most, unit } in lines {
        let verdict = match (found, most) {
            (Some(found), Some(most)) => verdict(found <= most),
            _ => "not measured",
        };
        let found = found.map_or(String::new(), |found| format!("{}{unit}", nanos(found)));
        table.row([what, budget, found, verdict.to_owned()]);
    }
    for Cost { what, found, budget, verdict } in costs.with_budget() {
        table.row([what, budget, found, verdict].map(Clone::clone));
    }
    table
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**missed**" }
}

struct Budget<'f>(&'f Findings);

impl Budget<'_> {
    /// Nanoseconds over the bare call of the same form.
    fn times(&self) -> Vec<Line> {
        use Form::{Async, Sync};
        use Path::{Failure, Rejection, Success};
        use Policy::{Threshold, TimeWindow};

        [
            (Success, Threshold, Sync, Some(1.5)),
            (Success, Threshold, Async, Some(2.0)),
            (Success, TimeWindow, Sync, Some(9.0)),
            (Success, TimeWindow, Async, Some(9.0)),
            (Failure, Threshold, Sync, Some(15.0)),
            (Failure, TimeWindow, Sync, Some(15.0)),
            (Rejection, Threshold, Sync, None),
            (Rejection, Threshold, Async, None),
        ]
        .map(|(path, policy, form, over_bare)| self.time(path, policy, form, over_bare))
        .into()
    }

    fn time(&self, path: Path, policy: Policy, form: Form, over_bare: Option<f64>) -> Line {
        let bare = self.0.value(&bare(path, form), Measure::OneThread);
        let (budget, most) = match over_bare {
            Some(more) => {
                let bare_text = bare.map_or(String::new(), |bare| format!(" ({})", nanos(bare)));
                (format!("bare{bare_text} + {more} ns"), bare.map(|bare| bare + more))
            }
            None => ("15 ns".to_owned(), Some(15.0)),
        };
        let found = self.0.value(&id(ANNOTATED, path, policy, form), Measure::OneThread);
        Line { what: format!("{path}, {policy}, {form}"), budget, found, most, unit: " ns" }
    }

    /// Two threads get done so much more than one.
    fn threads(&self) -> Vec<Line> {
        let line = |policy: Policy| {
            let id = id(ANNOTATED, Path::Success, policy, Form::Sync);
            let one = self.0.value(&id, Measure::OneThread);
            let two = self.0.value(&id, Measure::TwoThreads);
            // What is looked for is the share that is lost: at most that which leaves 1.9.
            let gain = one.zip(two).map(|(one, two)| 2.0 * one / two);
            Line {
                what: format!("success, {policy}: two threads"),
                budget: "at most 1/1.9 of the time of one".to_owned(),
                found: gain.map(|gain| 1.0 / gain),
                most: Some(1.0 / 1.9),
                unit: "",
            }
        };
        [Policy::Threshold, Policy::TimeWindow].map(line).into()
    }

    fn counts(&self) -> Vec<Line> {
        use Policy::{Threshold, TimeWindow};

        let count = |what: &str, id: &str, measure, most: f64| Line {
            what: what.to_owned(),
            budget: nanos(most).trim_end_matches(".00").to_owned(),
            found: self.0.value(id, measure),
            most: Some(most),
            unit: "",
        };
        let success = |form| id(ANNOTATED, Path::Success, Threshold, form);
        let (sync, asynchronous) = (success(Form::Sync), success(Form::Async));
        let breaker = |policy| id(CORE, Path::Success, policy, Form::Sync);
        vec![
            count("success, threshold, sync: atomic operations", &sync, Measure::Atomics, 0.0),
            count("success, threshold, sync: allocations", &sync, Measure::Allocations, 0.0),
            count(
                "success, threshold, async: allocations",
                &asynchronous,
                Measure::Allocations,
                0.0,
            ),
            count("bytes of a breaker, threshold", &breaker(Threshold), Measure::Bytes, 128.0),
            count("bytes of a breaker, time window", &breaker(TimeWindow), Measure::Bytes, 4096.0),
        ]
    }
}

fn id(peer: &str, path: Path, policy: Policy, form: Form) -> String {
    format!("{peer}/{policy}/{path}/{form}").replace(' ', "-")
}
