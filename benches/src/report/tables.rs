//! The tables of the costs of calls.

use super::cell::{self, count, ratio, time};
use super::table::Table;
use super::versions;
use crate::case::{Case, Form, Group, Path, Policy};
use crate::costs::{Cost, Costs};
use crate::findings::{Findings, Measure};
use crate::peer::{BARE, CORE};

/// Another build, whose cases have a suffix.
pub(super) struct Build {
    pub(super) suffix: &'static str,
    pub(super) without: &'static str,
    pub(super) with: &'static str,
}

/// A build with our feature `tracing`.
pub(super) const TRACING: Build =
    Build { suffix: "+tracing", without: "without", with: "with `tracing`" };
/// A build with Cargo's default release profile.
pub(super) const USERS: Build = Build { suffix: "+users", without: "one unit", with: "16 units" };

const HEAD: [&str; 7] =
    ["", "ns", "x bare", "two threads, ns each", "instructions", "atomics", "allocations"];

/// One path under one policy: all peers that have it.
pub(super) fn compared(cases: &[Case], findings: &Findings, path: Path, policy: Policy) -> Table {
    let belongs = |case: &&Case| {
        let is_reference = case.policy == Policy::None;
        let is_compared = case.group == Group::Compared && case.path == path;
        is_compared && (is_reference || case.policy == policy)
    };
    of(cases.iter().filter(belongs), findings, |case| {
        let peer = versions::named(case.peer);
        if case.form == Form::Async { format!("{peer}, async") } else { peer }
    })
}

/// The cases of a group, each with its addition.
pub(super) fn grouped(cases: &[Case], findings: &Findings, group: Group) -> Table {
    let belongs = |case: &&Case| case.group == group;
    of(cases.iter().filter(belongs), findings, |case| {
        let mut words = vec![versions::named(case.peer)];
        // The headings of other tables name the policy.
        if matches!(group, Group::Slow | Group::Layers) && case.policy != Policy::None {
            words.push(case.policy.to_string());
        }
        if !matches!(group, Group::Llm | Group::Layers) {
            words.push(case.extra.to_owned());
        }
        words.push(case.path.to_string());
        if case.form == Form::Async {
            words.push(case.form.to_string());
        }
        words.join(", ")
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
            ratio(findings, &id, &bare_of(case, findings)),
            time(findings, &id, Measure::TwoThreads),
            count(findings, &id, Measure::Instructions),
            count(findings, &id, Measure::Atomics),
            count(findings, &id, Measure::Allocations),
        ]);
    }
    table
}

/// The bare call with a special reply, if the case has one.
fn bare_of(case: &Case, findings: &Findings) -> String {
    let plain = bare(case.path, case.form);
    let special = format!("{plain}/{}", case.extra).replace(' ', "-");
    let is_there = findings.get(&special, Measure::OneThread).is_some();
    if is_there { special } else { plain }
}

/// The call that a case is compared with. A rejection makes no call; it is compared with the call
/// that it saves.
pub(super) fn bare(path: Path, form: Form) -> String {
    let path = if path == Path::Failure { path } else { Path::Success };
    format!("{BARE}/{}/{path}/{form}", Policy::None).replace(' ', "-")
}

/// Equal cases in two builds.
pub(super) fn builds(cases: &[Case], findings: &Findings, build: &Build) -> Table {
    let Build { suffix, without, with } = build;
    let heads = [format!("instructions, {without}"), format!("ns, {without}")];
    let mut table = Table::new(["", &heads[0], with, &heads[1], with]);
    for case in cases {
        let (without, with) = (case.id(), format!("{}{suffix}", case.id()));
        if findings.get(&with, Measure::OneThread).is_none() {
            continue;
        }
        let name = format!("{}, {}, {}, {}", case.peer, case.policy, case.path, case.form);
        table.row([
            if case.extra.is_empty() { name } else { format!("{name}, {}", case.extra) },
            count(findings, &without, Measure::Instructions),
            count(findings, &with, Measure::Instructions),
            time(findings, &without, Measure::OneThread),
            time(findings, &with, Measure::OneThread),
        ]);
    }
    table
}

/// A hundred threads on one breaker.
pub(super) fn crowd(cases: &[Case], findings: &Findings) -> Table {
    let mut table = Table::new(["", "ns a call and core", "one thread"]);
    for case in cases {
        let id = case.id();
        if findings.get(&id, Measure::HundredThreads).is_none() {
            continue;
        }
        let mut words = vec![versions::named(case.peer), case.policy.to_string()];
        words.extend((!case.extra.is_empty()).then(|| case.extra.to_owned()));
        words.push(case.form.to_string());
        table.row([
            words.join(", "),
            time(findings, &id, Measure::HundredThreads),
            time(findings, &id, Measure::OneThread),
        ]);
    }
    table
}

/// The bytes that a breaker takes.
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

/// Builds of users of the attribute.
pub(super) fn compile(costs: &Costs) -> Table {
    let mut table = Table::new(["", "found", "budget", ""]);
    for Cost { what, found, budget, verdict } in &costs.0 {
        table.row([what, found, budget, verdict].map(Clone::clone));
    }
    table
}
