//! Slow calls: those that return late, and those that are counted while they hang.

use std::sync::Mutex;

use breakerbox::{Breaker, Config, Outcome, Permit};

use super::PART;
use crate::fault;
use crate::post::Doing;
use crate::run::{Run, Worker};
use crate::tuning::{Time, ms};

/// The calls of each caller that are out at once.
const OUT: u64 = 300;

const SLOW: u64 = 1_000;

pub(super) fn play(run: &Run, round: u64, worker: &mut Worker) {
    let all = OUT * run.threads as u64;
    // A slow rate of one is never reached, since there are quick calls too. Without a slow rate, a
    // slow call counts as a failure.
    let config = Config::builder().slow_call(ms(SLOW)).threshold(65_535).min_calls(1);
    let has_rate = worker.rng.bool();
    let config = if has_rate { config.slow_rate(1.0) } else { config };
    let config = match worker.rng.u8(..2) {
        0 => config.window_calls(10 * all),
        _ => config.window_time(ms(3_600_000)),
    };
    let (clock, time) = Time::by_hand();
    let config = config.build().expect("within all limits");
    let breaker = Breaker::new(PART, config).with_clock(clock);
    call(&breaker, Outcome::Success);
    let permits = Mutex::new(Vec::new());
    worker.does(Doing::Waits);
    run.callers(round, |worker| begin(worker, &breaker, &permits));
    let is_slow = worker.rng.bool();
    let length = if is_slow { 2 * SLOW } else { SLOW / 2 };
    time.pass(ms(length));
    let hangs = worker.rng.bool();
    if hangs {
        // The breaker counts all hanging calls before it admits this one.
        call(&breaker, Outcome::Success);
    }
    run.callers(round, |worker| end(worker, &permits));
    worker.does(Doing::Checks);
    let failures = all / 3;
    let failed = if is_slow && !has_rate { all } else { failures };
    let slow = if is_slow { all } else { 0 };
    let now = breaker.snapshot();
    let wanted = (Some(all + 1 + u64::from(hangs)), Some(failed), Some(slow));
    if (now.calls, now.failures, now.slow_calls) != wanted {
        let what = format_args!("{wanted:?} are counted as {now:?} (hangs: {hangs})");
        fault::report(PART, what);
    }
}

fn call(breaker: &Breaker, outcome: Outcome) {
    match breaker.try_acquire() {
        Ok(permit) => permit.record(outcome),
        Err(rejection) => fault::report(PART, format_args!("it has tripped: {rejection}")),
    }
}

fn begin<'a>(worker: &mut Worker, breaker: &'a Breaker, permits: &Mutex<Vec<Permit<&'a Breaker>>>) {
    worker.does(Doing::Calls);
    worker.tally.calls += OUT;
    let out: Result<Vec<_>, _> = (0..OUT).map(|_| breaker.try_acquire()).collect();
    match out {
        Ok(out) => lock(permits).extend(out),
        Err(rejection) => fault::report(PART, format_args!("it has tripped: {rejection}")),
    }
}

/// Ends as many calls as the caller has begun, one in three as a failure.
fn end(worker: &mut Worker, permits: &Mutex<Vec<Permit<&Breaker>>>) {
    worker.does(Doing::Calls);
    for call in 0..OUT {
        let permit = lock(permits).pop();
        let outcome = if call % 3 == 0 { Outcome::Failure } else { Outcome::Success };
        if let Some(permit) = permit {
            permit.record(outcome);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
