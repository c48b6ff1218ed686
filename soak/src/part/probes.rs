//! Probes of a half-open breaker: never more than `probes` hold a slot at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use breakerbox::{Breaker, Config, Outcome, Permit, Snapshot, State};

use crate::answer::{Answer, DOWN, Failed};
use crate::fault;
use crate::post::Doing;
use crate::quiet;
use crate::run::{Run, Worker};
use crate::tuning::{Time, ms};

const PART: &str = "probes";

/// The steps of each caller in a round.
const STEPS: u64 = 5_000;

const COOLDOWN: u64 = 2;

struct Stage {
    breaker: Breaker,
    time: Time,
    probes: u64,
    /// The number of probes that hold a slot, by episode.
    holders: Mutex<HashMap<u64, u64>>,
}

impl Stage {
    fn new(worker: &mut Worker) -> Self {
        let rng = &mut worker.rng;
        let probes = rng.u64(1..=3);
        let config = Config::builder()
            .threshold(rng.u64(1..=3))
            .cooldown(ms(COOLDOWN))
            .probes(probes)
            .success_threshold(rng.u64(1..=5))
            // No probe loses its slot.
            .probe_timeout(ms(3_600_000));
        let (clock, time) = Time::by_hand();
        let config = config.build().expect("within all limits");
        let breaker = Breaker::new(PART, config).with_clock(clock);
        Stage { breaker, time, probes, holders: Mutex::default() }
    }

    fn holders(&self) -> MutexGuard<'_, HashMap<u64, u64>> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more holder of a slot, and checks that there are not too many.
    fn enter(&self, episode: u64) {
        let holders = {
            let mut all = self.holders();
            let holders = all.entry(episode).or_default();
            *holders += 1;
            *holders
        };
        if holders > self.probes {
            let (probes, now) = (self.probes, self.breaker.snapshot());
            let what = format_args!("{holders} of {probes} slots are held in {episode}: {now:?}");
            fault::report(PART, what);
        }
    }

    /// Stops counting the holder. Must be called before its slot is given back.
    fn leave(&self, episode: u64) {
        let mut all = self.holders();
        let holders = all.entry(episode).or_default();
        *holders -= 1;
        if *holders == 0 {
            all.remove(&episode);
        }
    }
}

pub(crate) fn play(run: &Run) {
    run.rounds(|round, worker| {
        let stage = Stage::new(worker);
        worker.does(Doing::Waits);
        run.callers(round, |worker| (0..STEPS).for_each(|_| step(worker, &stage)));
        worker.does(Doing::Checks);
        let now = stage.breaker.snapshot();
        quiet::check(PART, &now);
        if now.probes_in_flight != 0 {
            run.fault(format_args!("a probe is out, all being quiet: {now:?}"));
        }
        worker.tally.episodes += now.episode;
        worker.tally.rejections += now.rejections;
        worker.does(Doing::Recovers);
        quiet::recover(PART, &stage.breaker, &stage.time);
    });
}

fn step(worker: &mut Worker, stage: &Stage) {
    worker.does(Doing::Calls);
    worker.tally.calls += 1;
    let before = stage.breaker.snapshot();
    match stage.breaker.try_acquire() {
        Err(_) if worker.rng.bool() => stage.time.pass(ms(COOLDOWN)),
        Err(_) => {}
        Ok(permit) if permit.is_probe() => probe(worker, stage, &before, permit),
        Ok(permit) if worker.rng.u8(..3) == 0 => permit.failure(),
        Ok(permit) => permit.success(),
    }
}

/// Plays a probe, and counts it while it holds its slot, if its episode is known.
fn probe(worker: &mut Worker, stage: &Stage, before: &Snapshot, permit: Permit<&Breaker>) {
    worker.tally.probes += 1;
    let episode = episode(before, &stage.breaker.snapshot());
    if let Some(episode) = episode {
        stage.enter(episode);
    }
    for _ in 0..worker.rng.u8(..4) {
        std::thread::yield_now();
    }
    let leave = || {
        if let Some(episode) = episode {
            stage.leave(episode);
        }
    };
    let end = worker.rng.u8(..16);
    if end >= 8 {
        let is_elsewhere = end == 15;
        let fails = end > 12;
        worker.tally.panics += u64::from(end == 8);
        fault::survive(|| {
            let judge = |answer: &Answer| {
                leave();
                if answer.is_err() { Outcome::Failure } else { Outcome::Success }
            };
            permit.run(|| body(stage, (end == 8, fails, is_elsewhere), leave), judge)
        });
        return;
    }
    leave();
    match end {
        0..=1 => permit.failure(),
        2..=3 => permit.ignore(),
        4 => {
            worker.tally.cancels += 1;
            drop(permit);
        }
        _ => permit.success(),
    }
}

/// The body of a probe, which calls its own breaker: that call is part of the probe.
fn body(
    stage: &Stage,
    (panics, fails, is_elsewhere): (bool, bool, bool),
    leave: impl Fn(),
) -> Answer {
    let inner = || stage.breaker.call(|| if fails { DOWN } else { Ok(()) });
    let answer = if is_elsewhere {
        let inner = breakerbox::inherit_fn(inner);
        std::thread::scope(|scope| scope.spawn(inner).join()).unwrap_or(DOWN)
    } else {
        inner()
    };
    // With one slot, no other call can end the half-open while this probe is out.
    if let (1, Err(Failed::Rejected(rejection))) = (stage.probes, &answer) {
        fault::report(PART, format_args!("a call inside of a probe is rejected: {rejection}"));
    }
    if panics {
        leave();
        fault::panic_as_planned();
    }
    answer
}

/// Returns the episode of a probe, from the breaker's state before and after its admission. Returns
/// `None` if too much has happened meanwhile.
fn episode(before: &Snapshot, after: &Snapshot) -> Option<u64> {
    let is_half_open = after.state == State::HalfOpen;
    let is_first = before.state == State::Open && after.episode == before.episode + 1;
    let is_known = is_half_open && (after.episode == before.episode || is_first);
    is_known.then_some(after.episode)
}
