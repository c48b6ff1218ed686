//! The tables of what calls cost.

use super::cell::{self, count, ratio, time};
use super::table::Table;
use super::versions;
use crate::case::{Case, Form, Path, Policy};
use crate::findings::{Findings, Measure};
use crate::peer::{BARE, CORE};

/// The suffix of cases that were timed with our feature `tracing`.
pub(super) const TRACING: &str = "+tracing";

const HEAD: [&str; 7] =
    ["", "ns", "x bare", "two threads, ns each", "instructions", "atomics", "allocations"];

/// One way that calls take, under one policy: all peers that have it.
pub(super) fn compared(cases: &[Case], findings: &Findings, path: Path, policy: Policy) -> Table {
    let belongs = |case: &&Case| {
        let is_reference = case.policy == Policy::None;
        case.path == path && case.extra.is_empty() && (is_reference || case.policy == policy)
    };
    of(cases.iter().filter(belongs), findings, |case| {
        let peer = versions::named(case.peer);
        if case.form == Form::Async { format!("{peer}, async") } else { peer }
    })
}

/// Ours with more than the breaker alone.
pub(super) fn special(cases: &[Case], findings: &Findings) -> Table {
    let belongs = |case: &&Case| !case.extra.is_empty();
    of(cases.iter().filter(belongs), findings, |case| {
        format!("{}, {}, {}", case.peer, case.extra, case.path)
    })
}

/// Ours with larger windows.
pub(super) fn sizes(cases: &[Case], findings: &Findings) -> Table {
    let belongs = |case: &&Case| {
        let is_window = matches!(case.policy, Policy::CountWindow(_));
        case.peer == CORE && case.form == Form::Sync && is_window
    };
    of(cases.iter().filter(belongs), findings, |case| format!("{}, {}", case.policy, case.path))
}

fn of<'c>(
    cases: impl Iterator<Item = &'c Case>,
    findings: &Findings,
    name: impl Fn(&Case) -> String,
) -> Table {
    let mut table = Table::new(HEAD);
    for case in cases {
        let id = case.id();
        table.row([
            name(case),
            time(findings, &id, Measure::OneThread),
            ratio(findings, &id, &bare(case.path, case.form)),
            time(findings, &id, Measure::TwoThreads),
            count(findings, &id, Measure::Instructions),
            count(findings, &id, Measure::Atomics),
            count(findings, &id, Measure::Allocations),
        ]);
    }
    table
}

/// The call that a case is compared with. A rejection makes none; it is compared
/// with the call that it saves.
pub(super) fn bare(path: Path, form: Form) -> String {
    let path = if path == Path::Failure { path } else { Path::Success };
    format!("{BARE}/{}/{path}/{form}", Policy::None).replace(' ', "-")
}

/// With and without our feature `tracing`, which are two builds.
pub(super) fn tracing(cases: &[Case], findings: &Findings) -> Table {
    let mut table = Table::new(["", "ns without", "ns with `tracing`", "two threads, with"]);
    for case in cases {
        let (without, with) = (case.id(), format!("{}{TRACING}", case.id()));
        if findings.get(&with, Measure::OneThread).is_some() {
            let name = format!("{}, {}, {}", case.peer, case.path, case.form);
            table.row([
                if case.extra.is_empty() { name } else { format!("{name}, {}", case.extra) },
                time(findings, &without, Measure::OneThread),
                time(findings, &with, Measure::OneThread),
                time(findings, &with, Measure::TwoThreads),
            ]);
        }
    }
    table
}

/// What a breaker takes.
pub(super) fn bytes(cases: &[Case], findings: &Findings) -> Table {
    let mut table = Table::new(["", "bytes"]);
    for case in cases.iter().filter(|case| case.policy != Policy::None) {
        let Some(bytes) = findings.value(&case.id(), Measure::Bytes) else { continue };
        let words = [versions::named(case.peer), case.policy.to_string(), case.form.to_string()];
        let name = words.join(", ");
        let name = if case.extra.is_empty() { name } else { format!("{name}, {}", case.extra) };
        table.row([name, cell::whole(bytes)]);
    }
    table
}
