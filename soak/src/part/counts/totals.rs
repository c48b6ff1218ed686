//! All outcomes of a window that never trips, beside changes of the tuning that keep the window.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use breakerbox::{Breaker, Config, ConfigBuilder, Outcome};

use super::PART;
use crate::fault;
use crate::post::Doing;
use crate::quiet;
use crate::run::{Run, Worker};
use crate::tuning::{Time, ms};

/// The calls of each caller in a round.
const CALLS: u64 = 5_000;

/// The time in milliseconds that passes with each thousandth call of a caller.
const STEP_MS: u64 = 500;

/// The outcomes of all callers, as they note them.
#[derive(Default)]
struct Noted {
    successes: AtomicU64,
    failures: AtomicU64,
}

pub(super) fn play(run: &Run, round: u64, worker: &mut Worker) {
    // One success is added at the end, and no round may fill the window.
    let most = CALLS * run.threads as u64 + 1;
    // Much longer than the time that all callers let pass.
    let length = 2 * STEP_MS * run.threads as u64 * (CALLS / 1_000 + 1);
    let window = match worker.rng.u8(..3) {
        0 => Config::builder().window_calls(most),
        1 => Config::builder().window_time(ms(length)),
        _ => Config::builder().window_buckets(ms(length), worker.rng.u64(2..=60)),
    };
    let timed = if worker.rng.bool() { window.slow_call(ms(3_600_000)) } else { window };
    let build = |config: ConfigBuilder| config.build().expect("within all limits");
    let tunings = [
        build(timed.threshold(65_535)),
        build(timed.failure_rate(1.0).min_calls(most)),
        build(timed.threshold(65_535).failure_count(most).cooldown(ms(1))),
    ];
    let (clock, time) = Time::by_hand();
    let breaker = Arc::new(Breaker::new(PART, tunings[0]).with_clock(clock));
    let (noted, done) = (Noted::default(), AtomicBool::new(false));
    thread::scope(|scope| {
        let retunes = worker.rng.bool();
        let retune = || retune(&mut run.worker(round, 1), &breaker, &tunings, &done);
        let retuning = retunes.then(|| scope.spawn(retune));
        worker.does(Doing::Waits);
        run.callers(round, |worker| call(worker, &breaker, &time, &noted));
        done.store(true, Ordering::Relaxed);
        retuning.map(thread::ScopedJoinHandle::join)
    });
    worker.does(Doing::Checks);
    check(&breaker, &noted);
}

/// Changes the tuning and listens to outcomes, by turns.
fn retune(worker: &mut Worker, breaker: &Arc<Breaker>, tunings: &[Config], done: &AtomicBool) {
    let mut listens = None;
    while !done.load(Ordering::Relaxed) {
        worker.does(Doing::Reconfigures);
        worker.tally.reconfigurations += 1;
        if let Some(tuning) = worker.rng.choice(tunings) {
            breaker.reconfigure(*tuning);
        }
        if worker.rng.u8(..10) == 0 {
            listens = match listens {
                None => Some(breaker.on_outcome(|_| {})),
                Some(_) => None,
            };
        }
        quiet::check(PART, &breaker.snapshot());
    }
}

fn call(worker: &mut Worker, breaker: &Breaker, time: &Time, noted: &Noted) {
    let (mut successes, mut failures) = (0, 0);
    for call in 0..CALLS {
        worker.does(Doing::Calls);
        if call % 1_000 == 0 {
            time.pass(ms(STEP_MS));
        }
        let Ok(permit) = breaker.try_acquire() else {
            fault::report(PART, format_args!("it has tripped: {:?}", breaker.snapshot()));
            return;
        };
        match worker.rng.u8(..20) {
            0..=13 => {
                permit.success();
                successes += 1;
            }
            14..=16 => {
                permit.failure();
                failures += 1;
            }
            17 => {
                fault::survive(|| permit.run(|| fault::panic_as_planned(), |()| Outcome::Success));
                worker.tally.panics += 1;
                failures += 1;
            }
            18 => permit.ignore(),
            _ => {
                drop(permit);
                worker.tally.cancels += 1;
            }
        }
    }
    worker.tally.calls += CALLS;
    noted.successes.fetch_add(successes, Ordering::Relaxed);
    noted.failures.fetch_add(failures, Ordering::Relaxed);
}

fn check(breaker: &Breaker, noted: &Noted) {
    // Every tuning in force has begun its window by now.
    if let Ok(permit) = breaker.try_acquire() {
        permit.success();
    }
    let now = breaker.snapshot();
    let failures = noted.failures.load(Ordering::Relaxed);
    let calls = noted.successes.load(Ordering::Relaxed) + failures + 1;
    let counted = (now.calls, now.failures, now.slow_calls);
    if counted != (Some(calls), Some(failures), Some(0)) {
        let what = format_args!("{failures} failures in {calls} calls are counted as {now:?}");
        fault::report(PART, what);
    }
    if (now.consecutive_failures, now.rejections, now.late_outcomes) != (0, 0, 0) {
        fault::report(PART, format_args!("after a success, with no rejection: {now:?}"));
    }
}
