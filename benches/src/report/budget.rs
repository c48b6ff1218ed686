//! What a call may cost, and what it does cost.

use super::cell::{nanos, whole};
use super::table::Table;
use super::tables::bare;
use crate::case::{Form, Path, Policy};
use crate::costs::{Cost, Costs};
use crate::findings::{Findings, Measure};
use crate::peer::{ANNOTATED, CORE};

/// One line of the budget.
struct Line {
    what: String,
    budget: String,
    /// What was found, and whether it will do.
    found: Option<(String, bool)>,
}

pub(super) fn table(findings: &Findings, costs: &Costs) -> Table {
    let budget = Budget(findings);
    let mut table = Table::new(["", "budget", "found", ""]);
    for Line { what, budget, found } in budget.lines() {
        let (found, verdict) = match found {
            Some((found, true)) => (found, "met"),
            Some((found, false)) => (found, "missed"),
            None => (String::new(), "not measured"),
        };
        table.row([what, budget, found, verdict.to_owned()]);
    }
    for Cost { what, found, budget, verdict } in costs.with_budget() {
        table.row([what, budget, found, verdict].map(Clone::clone));
    }
    table
}

struct Budget<'f>(&'f Findings);

impl Budget<'_> {
    fn lines(&self) -> Vec<Line> {
        use Form::{Async, Sync};
        use Path::{Failure, Rejection, Success};
        use Policy::{Threshold, TimeWindow};

        let success = |form| id(ANNOTATED, Success, Threshold, form);
        let bytes = |policy| id(CORE, Success, policy, Sync);
        vec![
            self.over_bare(Success, Threshold, Sync, 1.5),
            self.over_bare(Success, Threshold, Async, 2.0),
            self.over_bare(Success, TimeWindow, Sync, 9.0),
            self.over_bare(Success, TimeWindow, Async, 9.0),
            self.over_bare(Failure, Threshold, Sync, 15.0),
            self.over_bare(Failure, TimeWindow, Sync, 15.0),
            self.rejection(Rejection, Threshold, Sync),
            self.rejection(Rejection, Threshold, Async),
            self.two_threads(Threshold),
            self.two_threads(TimeWindow),
            self.count(
                "success, threshold, atomic operations",
                &success(Sync),
                Measure::Atomics,
                0.0,
            ),
            self.count(
                "success, threshold, allocations",
                &success(Sync),
                Measure::Allocations,
                0.0,
            ),
            self.count("the same, async", &success(Async), Measure::Allocations, 0.0),
            self.count("bytes of a breaker, threshold", &bytes(Threshold), Measure::Bytes, 128.0),
            self.count(
                "bytes of a breaker, time window",
                &bytes(TimeWindow),
                Measure::Bytes,
                4096.0,
            ),
        ]
    }

    /// So many nanoseconds over the bare call of the same form.
    fn over_bare(&self, path: Path, policy: Policy, form: Form, more: f64) -> Line {
        let bare = self.0.value(&bare(path, form), Measure::OneThread);
        let found = self.0.value(&id(ANNOTATED, path, policy, form), Measure::OneThread);
        let judge = |(bare, found): (f64, f64)| (ns(found), found <= bare + more);
        Line {
            what: format!("{path}, {policy}, {form}"),
            budget: format!("{} bare + {more} ns", bare.map_or(String::new(), nanos)),
            found: bare.zip(found).map(judge),
        }
    }

    fn rejection(&self, path: Path, policy: Policy, form: Form) -> Line {
        const MOST: f64 = 15.0;
        let found = self.0.value(&id(ANNOTATED, path, policy, form), Measure::OneThread);
        Line {
            what: format!("{path}, {policy}, {form}"),
            budget: format!("{MOST} ns"),
            found: found.map(|found| (ns(found), found <= MOST)),
        }
    }

    /// Two threads get so much more done than one.
    fn two_threads(&self, policy: Policy) -> Line {
        const LEAST: f64 = 1.9;
        let id = id(ANNOTATED, Path::Success, policy, Form::Sync);
        let time = |measure| self.0.value(&id, measure);
        let times = time(Measure::OneThread).zip(time(Measure::TwoThreads));
        let gain = times.map(|(one, two)| 2.0 * one / two);
        Line {
            what: format!("success, {policy}, calls of two threads"),
            budget: format!("at least {LEAST} x those of one"),
            found: gain.map(|gain| (format!("{gain:.2} x"), gain >= LEAST)),
        }
    }

    fn count(&self, what: &str, id: &str, measure: Measure, most: f64) -> Line {
        Line {
            what: what.to_owned(),
            budget: whole(most),
            found: self.0.value(id, measure).map(|found| (whole(found), found <= most)),
        }
    }
}

fn ns(time: f64) -> String {
    format!("{} ns", nanos(time))
}

fn id(peer: &str, path: Path, policy: Policy, form: Form) -> String {
    format!("{peer}/{policy}/{path}/{form}").replace(' ', "-")
}
