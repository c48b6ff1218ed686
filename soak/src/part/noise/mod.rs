//! Callers and an operator on a few breakers, under listeners that misbehave.

mod caller;
mod listener;
mod operator;

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;

use breakerbox::{Breaker, Registry};

use self::caller::{Caller, Wandering};
use crate::chain::Chains;
use crate::post::Doing;
use crate::quiet;
use crate::run::{Run, Worker, join};
use crate::tally::Tally;
use crate::tuning::{self, Time};

const PART: &str = "noise";
const NAMES: [&str; 3] = ["one", "two", "three"];

/// The steps of each worker in a round.
const STEPS: u64 = 3_000;

/// The breakers of one round and their surroundings, which its workers share.
struct Stage {
    registry: Registry,
    breakers: Vec<Arc<Breaker>>,
    time: Time,
    /// Futures that one caller has begun, for another to poll or to drop.
    wandering: Wandering,
    /// The rejections of each breaker that callers and listeners have seen.
    rejections: Mutex<[u64; NAMES.len()]>,
}

impl Stage {
    fn new(worker: &mut Worker) -> Self {
        let (clock, time) = Time::choose(&mut worker.rng);
        let registry = Registry::with_clock(clock);
        let breakers = NAMES.iter().map(|name| {
            let config = tuning::any(&mut worker.rng).build().expect("just built");
            registry.get_or_insert(name, config).expect("a new name")
        });
        let breakers = breakers.collect();
        Stage {
            registry,
            breakers,
            time,
            wandering: Wandering::default(),
            rejections: Mutex::default(),
        }
    }

    fn add_rejections(&self, seen: [u64; NAMES.len()]) {
        let mut all = self.rejections.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter_mut().zip(seen).for_each(|(all, seen)| *all += seen);
    }
}

pub(crate) fn play(run: &Run) {
    run.rounds(|round, worker| {
        let leaked = play_round(run, round, worker);
        if leaked.iter().any(|breaker| breaker.upgrade().is_some()) {
            run.fault("a breaker outlives its registry and all who have held it");
        }
    });
}

/// Returns the breakers, which must be freed by the end.
fn play_round(run: &Run, round: u64, worker: &mut Worker) -> Vec<Weak<Breaker>> {
    let stage = Stage::new(worker);
    let chains = Chains::new(PART);
    let checked = chains.listen(&stage.registry, &stage.breakers);
    let rude = listener::subscribe(&stage, &mut worker.rng);
    let forgotten = Mutex::new(0);
    thread::scope(|scope| {
        let (stage, forgotten) = (&stage, &forgotten);
        let mut threads: Vec<_> = (0..run.threads)
            .map(|number| {
                scope.spawn(move || {
                    let mut worker = run.worker(round, 2 + number);
                    let left = Caller::new(stage, &mut worker).play();
                    *forgotten.lock().unwrap_or_else(PoisonError::into_inner) += left;
                })
            })
            .collect();
        threads.push(scope.spawn(|| operator::play(&mut run.worker(round, 1), stage)));
        worker.does(Doing::Waits);
        join(threads);
    });
    worker.does(Doing::Checks);
    stage.wandering.drop_all();
    stage.add_rejections(rude.rejections());
    drop(rude);
    let forgotten = forgotten.into_inner().unwrap_or_else(PoisonError::into_inner);
    check(&stage, &chains, forgotten, worker);
    worker.does(Doing::Recovers);
    recover(&stage, &chains);
    drop(checked);
    stage.breakers.iter().map(Arc::downgrade).collect()
}

/// Checks, while all is quiet, that the counts equal what was seen.
fn check(stage: &Stage, chains: &Chains, forgotten: u64, worker: &mut Worker) {
    let rejections = *stage.rejections.lock().unwrap_or_else(PoisonError::into_inner);
    for (breaker, rejections) in stage.breakers.iter().zip(rejections) {
        let now = breaker.snapshot();
        quiet::check(PART, &now);
        chains.check(&now, rejections, &mut worker.tally);
        if u64::from(now.probes_in_flight) > forgotten {
            crate::fault::report(PART, format_args!("a probe is out, all being quiet: {now:?}"));
        }
        worker.tally.rejections += rejections;
    }
}

fn recover(stage: &Stage, chains: &Chains) {
    let mut rejections = *stage.rejections.lock().unwrap_or_else(PoisonError::into_inner);
    for (breaker, rejections) in stage.breakers.iter().zip(&mut rejections) {
        *rejections += quiet::recover(PART, breaker, &stage.time);
        chains.check(&breaker.snapshot(), *rejections, &mut Tally::default());
    }
}
