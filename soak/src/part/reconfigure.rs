//! Outcomes beside constant changes of the tuning, between a window of calls and none.
//!
//! A success beside a change clears the failures, wherever they are counted at that moment.
//! Failures beside a change are all counted, once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use breakerbox::{Breaker, Clock, Config, ConfigBuilder, Outcome};

use crate::post::Doing;
use crate::run::{Run, Worker};

/// The rows of one caller in a round: some failures, then a success.
const ROWS: usize = 2_000;

/// The bursts of all callers in a round.
const BURSTS: usize = 40;

/// The failures of a burst: too few for any of the tunings to trip.
const BURST: u64 = 300;

pub(crate) fn play(run: &Run) {
    run.rounds(|round, main| {
        let tunings = Tunings::choose(&mut main.rng);
        let (clock, _hand) = Clock::manual();
        let breaker = Breaker::new("reconfigure", tunings.threshold).with_clock(clock);
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let toggle = || toggle(run.worker(round, 1), &breaker, &tunings, &done);
            let toggling = scope.spawn(toggle);
            if main.rng.bool() {
                successes(run, main, &breaker);
            } else {
                failures(run, round, main, &breaker);
            }
            done.store(true, Ordering::Relaxed);
            main.does(Doing::Waits);
            let _ = toggling.join();
        });
    });
}

/// The tunings that take turns. None of them trips by the callers' outcomes.
struct Tunings {
    threshold: Config,
    windows: [Config; 2],
}

impl Tunings {
    fn choose(rng: &mut fastrand::Rng) -> Self {
        let calls = rng.choice([1_000, 5_000, 20_000]).unwrap_or(5_000);
        let min_calls = rng.u64(500..=1_000);
        let build = |config: ConfigBuilder| config.build().expect("within all limits");
        let window = |calls| {
            let config = Config::builder().failure_rate(1.0).window_calls(calls);
            build(config.min_calls(min_calls))
        };
        let threshold = build(Config::builder().threshold(60_000));
        Tunings { threshold, windows: [window(calls), window(calls + 1)] }
    }
}

/// Changes the tuning without a pause.
fn toggle(mut worker: Worker, breaker: &Breaker, tunings: &Tunings, done: &AtomicBool) {
    worker.does(Doing::Reconfigures);
    while !done.load(Ordering::Relaxed) {
        for window in tunings.windows {
            breaker.reconfigure(window);
            breaker.reconfigure(tunings.threshold);
        }
        worker.tally.reconfigurations += 4;
    }
}

/// One caller fails a few times, and then succeeds: nothing is left of its failures.
fn successes(run: &Run, worker: &mut Worker, breaker: &Breaker) {
    for row in 0..ROWS {
        let failures = worker.rng.u64(1..=5);
        worker.does(Doing::Fails);
        for _ in 0..failures {
            call(run, breaker, Outcome::Failure);
        }
        worker.does(Doing::Succeeds);
        call(run, breaker, Outcome::Success);
        worker.does(Doing::Snapshots);
        let left = breaker.snapshot().consecutive_failures;
        worker.tally.calls += failures + 1;
        worker.tally.snapshots += 1;
        if left != 0 {
            run.fault(format_args!(
                "{failures} failures, then a success, leave {left} consecutive failures \
                 (row {row})"
            ));
        }
    }
}

/// All callers fail at once: none of their failures is lost, and none is counted twice.
fn failures(run: &Run, round: u64, worker: &mut Worker, breaker: &Breaker) {
    let each = BURST / run.threads as u64;
    for burst in 0..BURSTS {
        breaker.reset();
        worker.does(Doing::Waits);
        run.callers(round, |worker| {
            worker.does(Doing::Fails);
            for _ in 0..each {
                call(run, breaker, Outcome::Failure);
            }
            worker.tally.calls += each;
        });
        worker.does(Doing::Checks);
        let counted = breaker.snapshot().consecutive_failures;
        let noted = each * run.threads as u64;
        if u64::from(counted) != noted {
            run.fault(format_args!(
                "{noted} failures in a row are counted as {counted} (burst {burst})"
            ));
        }
    }
}

fn call(run: &Run, breaker: &Breaker, outcome: Outcome) {
    match breaker.try_acquire() {
        Ok(permit) => permit.record(outcome),
        Err(rejection) => run.fault(format_args!("it has tripped: {rejection}")),
    }
}
