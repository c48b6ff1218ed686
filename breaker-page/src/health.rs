//! Health, for readiness probes and load balancers.
//!
//! An open breaker is no reason to take an instance out of service: the service behind the breaker
//! is down for all instances, and fallbacks answer. So the check fails only for a name that the
//! program calls vital, and only while all breakers of the name reject calls. A breaker whose
//! cooldown is over lets the next call through. If the check failed until then, no call would come,
//! and the breaker would stay open for ever.

use std::collections::BTreeMap;

use breaker_core::{Registry, Snapshot, State};
use http::{Response, StatusCode};
use serde::Serialize;

use crate::answer;
use crate::body::Body;
use crate::view::is_rejecting;

/// In the format of draft-inadarei-api-health-check.
#[derive(Serialize)]
struct Health<'a> {
    status: Status,
    output: String,
    checks: BTreeMap<&'a str, [Check; 1]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Pass,
    Warn,
    Fail,
}

/// All breakers of a name.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    component_type: &'static str,
    status: Status,
    observed_value: &'static str,
    output: String,
    breakers: usize,
    rejecting: usize,
}

pub(crate) fn answer(registry: &Registry, vital: &[String]) -> Response<Body> {
    let snapshots = registry.snapshots();
    let mut by_name: BTreeMap<&str, Vec<&Snapshot>> = BTreeMap::new();
    for snapshot in &snapshots {
        by_name.entry(snapshot.family.as_str()).or_default().push(snapshot);
    }
    // A vital name without a breaker so far is healthy.
    for name in vital {
        by_name.entry(name).or_default();
    }
    let is_vital = |name: &str| vital.iter().any(|vital| vital == name);
    let checks = by_name.iter().map(|(name, all)| (*name, check(all, is_vital(name))));
    let checks: BTreeMap<_, _> = checks.collect();
    let status = checks.values().map(|check| check.status).max().unwrap_or(Status::Pass);
    let ill = checks.values().filter(|check| check.status != Status::Pass).count();
    let output = match status {
        Status::Pass => "no breaker turns calls away".to_owned(),
        Status::Warn => format!("names with breakers that are open: {ill}"),
        Status::Fail => "a vital name turns its calls away".to_owned(),
    };
    let shown =
        checks.into_iter().filter(|(name, check)| check.status != Status::Pass || is_vital(name));
    let health =
        Health { status, output, checks: shown.map(|(name, check)| (name, [check])).collect() };
    let code = match status {
        Status::Fail => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    answer::whole(code, "application/health+json", answer::to_json(&health).into())
}

fn check(all: &[&Snapshot], is_vital: bool) -> Check {
    let rejecting = all.iter().filter(|one| is_rejecting(one)).count();
    let is_ill = |one: &&&Snapshot| matches!(one.state, State::Open | State::Isolated);
    let status = if is_vital && rejecting == all.len() && rejecting > 0 {
        Status::Fail
    } else if all.iter().any(|one| is_ill(&one)) {
        Status::Warn
    } else {
        Status::Pass
    };
    let worst =
        all.iter().max_by_key(|one| badness(one.state)).map_or(State::Closed, |it| it.state);
    let output = match all {
        [] => "no call has asked for it yet".to_owned(),
        [_] if rejecting == 0 => "calls are let through".to_owned(),
        [_] => "calls are turned away".to_owned(),
        all => format!("{rejecting} of {} keys turn calls away", all.len()),
    };
    Check {
        component_type: "component",
        status,
        observed_value: worst.as_str(),
        output,
        breakers: all.len(),
        rejecting,
    }
}

fn badness(state: State) -> u8 {
    match state {
        State::Isolated => 5,
        State::Open => 4,
        State::HalfOpen => 3,
        State::Observing => 2,
        State::Disabled => 1,
        _ => 0,
    }
}
