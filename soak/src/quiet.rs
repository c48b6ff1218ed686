//! Checks that must hold for one breaker at any time, and its recovery once nobody else uses it.

use std::fmt;

use breakerbox::{Breaker, BreakerError, Snapshot, State};

use crate::fault;
use crate::tuning::Time;

/// The number of good calls that closes any breaker of the soak. Each call may have to wait for a
/// cooldown, or for a forgotten probe.
const ATTEMPTS: u32 = 100;

/// Checks that a snapshot does not contradict itself.
pub(crate) fn check(part: &'static str, now: &Snapshot) {
    let wrong = |what: &str| fault::report(part, format_args!("{what}: {now:?}"));
    if now.failures > now.calls || now.slow_calls > now.calls {
        wrong("a snapshot has more failures or slow calls than calls");
    }
    let is_share = |rate: Option<f64>| rate.is_none_or(|rate| (0.0..=1.0).contains(&rate));
    if !is_share(now.failure_rate) || !is_share(now.slow_rate) {
        wrong("a rate in a snapshot is no share");
    }
    if now.state != State::Open && (now.cooldown, now.remaining_cooldown) != (None, None) {
        wrong("a breaker that is not open has a cooldown");
    }
    if now.state != State::HalfOpen && (now.probes_in_flight, now.probe_successes) != (0, 0) {
        wrong("a breaker that is not half-open has probes");
    }
}

/// Makes good calls until the breaker is closed. It is reset first if it waits for an operator.
/// Returns the number of rejections.
pub(crate) fn recover(part: &'static str, breaker: &Breaker, time: &Time) -> u64 {
    let mut rejections = 0;
    for _ in 0..ATTEMPTS {
        let now = breaker.snapshot();
        check(part, &now);
        let is_for_ever = now.state == State::Open && now.remaining_cooldown.is_none();
        let is_held = matches!(now.state, State::Isolated | State::Disabled | State::Observing);
        if is_for_ever || is_held {
            breaker.reset();
        }
        match breaker.try_acquire() {
            Ok(permit) => permit.success(),
            Err(rejection) => {
                rejections += 1;
                wait(part, breaker, &rejection, time);
            }
        }
        if breaker.state() == State::Closed {
            return rejections;
        }
    }
    stuck(part, breaker, &format_args!("{ATTEMPTS} good calls do not close it"));
    rejections
}

/// Waits as long as a rejection asks for.
fn wait(part: &'static str, breaker: &Breaker, rejection: &BreakerError, time: &Time) {
    match rejection.retry_after() {
        Some(length) => {
            time.pass(length);
            // Nobody else calls, so only the cooldown can be the reason for a rejection.
            let is_over = matches!(rejection, BreakerError::Open { .. });
            if is_over && !breaker.is_call_permitted() {
                stuck(part, breaker, &format_args!("it is open beyond {rejection}"));
            }
        }
        None => stuck(part, breaker, &format_args!("it never lets a call in: {rejection}")),
    }
}

fn stuck(part: &'static str, breaker: &Breaker, what: &dyn fmt::Display) {
    fault::report(part, format_args!("{what}: {:?}", breaker.snapshot()));
}
