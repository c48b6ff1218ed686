//! Breakers that trip. Each outcome has tripped one, has ended a half-open, is in the count of
//! failures, or came late.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use breakerbox::{Breaker, Config, EventKind, Outcome, State, Subscription};

use super::PART;
use crate::fault;
use crate::post::Doing;
use crate::run::{Run, Worker};
use crate::tuning::{Time, ms};

/// The calls of each caller in a round.
const CALLS: u64 = 5_000;

const COOLDOWN: u64 = 5;

#[derive(Default)]
struct Told {
    trips: AtomicU64,
    /// Half-opens that have ended.
    verdicts: AtomicU64,
    late: AtomicU64,
    outcomes: AtomicU64,
    late_outcomes: AtomicU64,
}

#[derive(Default)]
struct Noted {
    ended: AtomicU64,
    rejected: AtomicU64,
}

impl Told {
    fn listen(self: &Arc<Self>, breaker: &Arc<Breaker>) -> Subscription {
        let told = Arc::clone(self);
        breaker.on_event(move |event| match event.kind {
            EventKind::Transition { from: State::Closed, to: State::Open, .. } => add(&told.trips),
            EventKind::Transition { from: State::HalfOpen, .. } => add(&told.verdicts),
            EventKind::Late => add(&told.late),
            _ => {}
        })
    }

    fn listen_to_outcomes(self: &Arc<Self>, breaker: &Arc<Breaker>) -> Subscription {
        let told = Arc::clone(self);
        breaker.on_outcome(move |call| {
            add(&told.outcomes);
            if !call.counted {
                add(&told.late_outcomes);
            }
        })
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Consecutive failures trip, and one probe decides.
pub(super) fn play(run: &Run, round: u64, worker: &mut Worker) {
    let threshold = worker.rng.u64(1..=20);
    let config = Config::builder().threshold(threshold).cooldown(ms(COOLDOWN));
    let config = config.probes(worker.rng.u64(1..=4)).probe_timeout(ms(3_600_000));
    let (clock, time) = Time::by_hand();
    let config = config.build().expect("within all limits");
    let breaker = Arc::new(Breaker::new(PART, config).with_clock(clock));
    let (told, noted) = (Arc::new(Told::default()), Noted::default());
    let _events = told.listen(&breaker);
    let outcomes = worker.rng.bool().then(|| told.listen_to_outcomes(&breaker));
    worker.does(Doing::Waits);
    run.callers(round, |worker| call(worker, &breaker, Some(&time), &noted));
    worker.does(Doing::Checks);
    let now = breaker.snapshot();
    let [trips, verdicts, late, ended, rejected] =
        [&told.trips, &told.verdicts, &told.late, &noted.ended, &noted.rejected]
            .map(|counter| counter.load(Ordering::Relaxed));
    let counted = threshold * trips + verdicts + u64::from(now.consecutive_failures);
    if ended != counted + now.late_outcomes || late != now.late_outcomes {
        let told = format_args!("{trips} trips, {verdicts} verdicts, {late} late");
        let what = format_args!("of {ended} outcomes some are lost: {told}, {now:?}");
        fault::report(PART, what);
    }
    if rejected != now.rejections {
        fault::report(PART, format_args!("{rejected} rejections are counted as {now:?}"));
    }
    let reported = told.outcomes.load(Ordering::Relaxed);
    let reported_late = told.late_outcomes.load(Ordering::Relaxed);
    if outcomes.is_some() && (reported, reported_late) != (ended, late) {
        let what = format_args!("{ended} outcomes, {late} late: reported are {reported}");
        fault::report(PART, format_args!("{what}, and {reported_late} as not counted"));
    }
    worker.tally.episodes += now.episode;
    worker.tally.events += now.episode + late;
    worker.tally.rejections += rejected;
}

/// The window trips once, and holds all outcomes that have not come late.
pub(super) fn play_one_trip(run: &Run, round: u64, worker: &mut Worker) {
    let count = worker.rng.u64(2..=2_000);
    let config = Config::builder().failure_count(count);
    let config = match worker.rng.u8(..3) {
        0 => config.window_calls(10_000 * run.threads as u64),
        1 => config.window_time(ms(10_000)),
        _ => Config::builder().threshold(count).window_time(ms(10_000)),
    };
    let (clock, _time) = Time::by_hand();
    let config = config.build().expect("within all limits");
    let breaker = Arc::new(Breaker::new(PART, config).with_clock(clock));
    let noted = Noted::default();
    worker.does(Doing::Waits);
    run.callers(round, |worker| call(worker, &breaker, None, &noted));
    worker.does(Doing::Checks);
    let now = breaker.snapshot();
    let [ended, rejected] =
        [&noted.ended, &noted.rejected].map(|counter| counter.load(Ordering::Relaxed));
    let is_one_trip = (now.state, now.episode) == (State::Open, 1);
    let stand = now.failures.unwrap_or_default();
    if !is_one_trip || stand < count || ended != stand + now.late_outcomes {
        fault::report(PART, format_args!("{ended} failures with a limit of {count}: {now:?}"));
    }
    if rejected != now.rejections {
        fault::report(PART, format_args!("{rejected} rejections are counted as {now:?}"));
    }
    worker.tally.episodes += 1;
    worker.tally.rejections += rejected;
}

/// Makes calls that all fail, except for some probes. Without a clock to move, a caller stops at
/// the first rejection.
fn call(worker: &mut Worker, breaker: &Breaker, time: Option<&Time>, noted: &Noted) {
    let (mut ended, mut rejected) = (0, 0);
    for _ in 0..CALLS {
        worker.does(Doing::Calls);
        worker.tally.calls += 1;
        let Ok(permit) = breaker.try_acquire() else {
            rejected += 1;
            let Some(time) = time else { break };
            time.pass(ms(worker.rng.u64(..2)));
            continue;
        };
        ended += 1;
        let is_probe = permit.is_probe();
        worker.tally.probes += u64::from(is_probe);
        match worker.rng.u8(..20) {
            0..=9 if is_probe => permit.success(),
            0 => {
                worker.tally.panics += 1;
                fault::survive(|| permit.run(|| fault::panic_as_planned(), |()| Outcome::Success));
            }
            _ => permit.failure(),
        }
    }
    noted.ended.fetch_add(ended, Ordering::Relaxed);
    noted.rejected.fetch_add(rejected, Ordering::Relaxed);
}
