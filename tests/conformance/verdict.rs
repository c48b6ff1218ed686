//! The check of a claim against the breaker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use breakerbox::{Reason, Snapshot, State};

use crate::claim::{Claim, Measure, Shown};
use crate::log::{Entry, attempts, last_cooldown, name, rejections, since_transition, transitions};
use crate::player::{Moment, Player};
use crate::subject::Subject;

/// Returns the fact that contradicts the claim, if the claim does not hold.
pub(crate) fn contradiction(claim: &Claim, player: &Player, moment: &Moment) -> Option<String> {
    match claim {
        Claim::Admission(wanted) => {
            let got = match moment.admitted {
                Some(true) => "allowed",
                Some(false) => "rejected",
                None => "no call",
            };
            unless(got == wanted, got)
        }
        Claim::Result(wanted) => {
            let got = moment.reply.map_or("no call", |reply| reply.as_str());
            unless(got == wanted, got)
        }
        Claim::Error(wanted) => {
            let got = moment.error.as_deref().unwrap_or("no error");
            unless(got == wanted, got)
        }
        Claim::Built => {
            let got = moment.error.as_deref().unwrap_or("nothing was built");
            unless(moment.built, got)
        }
        // Every transition by hand is legal from every state.
        Claim::Illegal => Some("it was done".to_owned()),
        Claim::Identity { same, names } => identity(player, *same, names),
        Claim::State(_) | Claim::Transitions(_) | Claim::Measure { .. } => {
            of_subject(claim, player, moment).unwrap_or_else(Some)
        }
    }
}

fn of_subject(claim: &Claim, player: &Player, moment: &Moment) -> Result<Option<String>, String> {
    let subject = match claim {
        Claim::Measure { of: Measure::Registered, .. } => None,
        _ => Some(player.current()?),
    };
    Ok(match (claim, subject) {
        (Claim::State(wanted), Some(subject)) => {
            let got = name(subject.breaker.state());
            unless(got == wanted, got)
        }
        (Claim::Transitions(wanted), Some(subject)) => {
            let got = transitions(&subject.log.remembered());
            unless(got == *wanted, &got)
        }
        (Claim::Measure { of, op, wanted }, subject) => {
            let got = match subject {
                Some(subject) => measure(*of, subject, moment)?,
                None => Some(exact(player.registry.len() as u64)),
            };
            let tolerance = if of.is_rate() { 0.005 } else { 1e-9 };
            let holds = match (got, wanted) {
                (Some(got), Some(wanted)) => op.holds(got, *wanted, tolerance),
                (got, wanted) => got.is_none() && wanted.is_none(),
            };
            unless(holds, &Shown(got).to_string())
        }
        _ => None,
    })
}

/// The number, or `None` for `none`.
fn measure(of: Measure, subject: &Subject, moment: &Moment) -> Result<Option<f64>, String> {
    let snapshot = subject.breaker.snapshot();
    let windowed = |count: Option<u64>| count.ok_or_else(|| "no window".to_owned());
    let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let tally = &*subject.tally;
    let crowd = |at: usize| moment.crowd.map(|crowd| crowd[at] as u64).ok_or("no `par`");
    let events = || subject.log.remembered();
    let number = match of {
        Measure::FailureRate => return rate(subject, &snapshot, Part::Failures),
        Measure::SlowRate => return rate(subject, &snapshot, Part::Slow),
        Measure::Remaining => {
            return Ok(match snapshot.state {
                State::Open => snapshot.remaining_cooldown.map(ms),
                State::Isolated => None,
                _ => Some(0.0),
            });
        }
        Measure::Cooldown => {
            let open = snapshot.state == State::Open;
            let last = || last_cooldown(&subject.log.all());
            return Ok(if open { snapshot.cooldown } else { last() }.map(ms));
        }
        Measure::Total => windowed(snapshot.calls)?,
        Measure::Failures => windowed(snapshot.failures)?,
        Measure::Successes => windowed(snapshot.calls)? - windowed(snapshot.failures)?,
        Measure::Slow => windowed(snapshot.slow_calls)?,
        Measure::Ignored => count(&tally.ignored),
        Measure::Consecutive => match snapshot.state {
            State::Closed | State::Observing => snapshot.consecutive_failures.into(),
            state => return Err(format!("no count while {state}")),
        },
        Measure::Rejections => snapshot.rejections - count(&tally.own_rejections),
        Measure::RecentRejections => rejections(since_transition(&subject.log.all())),
        Measure::Late => snapshot.late_outcomes,
        Measure::Executed => count(&tally.executed),
        Measure::Admitted => crowd(0)?,
        Measure::Denied => crowd(1)?,
        Measure::Attempts => attempts(&subject.log.all()),
        Measure::SuccessEvents => count(&tally.success_events),
        Measure::FailureEvents => count(&tally.failure_events),
        Measure::IgnoredEvents => count(&tally.ignored_events),
        Measure::SlowEvents => count(&tally.slow_events),
        Measure::FallbackEvents => count(&tally.fallback_events),
        Measure::RejectedEvents => rejections(&events()),
        Measure::ResetEvents => {
            let is_reset =
                |entry: &&Entry| matches!(entry, Entry::Transition { reason: Reason::Reset, .. });
            events().iter().filter(is_reset).count() as u64
        }
        Measure::Registered => return Err("a number of the registry".to_owned()),
    };
    Ok(Some(exact(number)))
}

#[derive(Clone, Copy)]
enum Part {
    Failures,
    Slow,
}

/// A share of the window: under a policy of rates, as the breaker tells it, which
/// it does from the minimum on; under another, or while open, of what is there.
fn rate(subject: &Subject, snapshot: &Snapshot, part: Part) -> Result<Option<f64>, String> {
    let (told, part) = match part {
        Part::Failures => (snapshot.failure_rate, snapshot.failures),
        Part::Slow => (snapshot.slow_rate, snapshot.slow_calls),
    };
    if subject.header.get("policy") == Some("rate") && snapshot.state != State::Open {
        return Ok(told);
    }
    let (Some(part), Some(calls)) = (part, snapshot.calls) else {
        return Err("no window".to_owned());
    };
    Ok((calls > 0).then(|| exact(part) / exact(calls)))
}

fn identity(player: &Player, same: bool, names: &[String; 2]) -> Option<String> {
    let [first, second] = names.each_ref().map(|name| player.registry.get(name));
    let (Some(first), Some(second)) = (first, second) else {
        return Some("no breaker of that name".to_owned());
    };
    let are_same = Arc::ptr_eq(&first, &second);
    unless(are_same == same, if are_same { "the same breaker" } else { "two breakers" })
}

fn unless(holds: bool, got: &str) -> Option<String> {
    (!holds).then(|| got.to_owned())
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn exact(number: u64) -> f64 {
    number as f64
}

fn ms(length: Duration) -> f64 {
    length.as_secs_f64() * 1_000.0
}
