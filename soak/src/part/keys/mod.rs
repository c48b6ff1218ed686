//! Breakers by key that come and go over the limit, with calls under way, beside an operator who
//! overrides and removes.

mod caller;
mod operator;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Weak};
use std::thread;

use breakerbox::testing::{Handle, Scope};
use breakerbox::{Breaker, Event, EventKind, Registry, Subscription};
use fastrand::Rng;

use crate::fault;
use crate::post::Doing;
use crate::quiet;
use crate::run::{Run, Worker};
use crate::tuning::Time;

const PART: &str = "keys";

/// The names of the annotated functions.
const FAMILIES: [&str; 2] = ["host", "model"];

struct Stage {
    handle: Handle,
    registry: Registry,
    time: Time,
    max_keys: usize,
    /// The number of breakers that have left the registry.
    gone: Arc<AtomicU64>,
}

pub(crate) fn play(run: &Run) {
    run.rounds(|round, worker| {
        let left = play_round(run, round, worker);
        if left.iter().any(|breaker| breaker.upgrade().is_some()) {
            run.fault("a breaker by key outlives its registry and all who have called it");
        }
    });
}

/// Returns the breakers, which must be freed by the end.
fn play_round(run: &Run, round: u64, worker: &mut Worker) -> Vec<Weak<Breaker>> {
    let scope = Scope::enter();
    let stage = Stage {
        handle: scope.handle(),
        registry: scope.registry().clone(),
        time: Time::ByHand(scope.clock().clone()),
        max_keys: worker.rng.usize(run.threads.max(4)..=40),
        gone: Arc::default(),
    };
    stage.registry.set_max_keys(stage.max_keys);
    let listeners = listen(&stage, worker.rng.u64(..));
    thread::scope(|scope| {
        // An operator may remove a key with a call under way.
        let steers = worker.rng.bool();
        let operate = || operator::play(&mut run.worker(round, 1), &stage);
        let operator = steers.then(|| scope.spawn(operate));
        let all_begin = (!steers).then(|| Barrier::new(run.threads));
        worker.does(Doing::Waits);
        run.callers(round, |worker| caller::play(worker, &stage, all_begin.as_ref()));
        operator.map(thread::ScopedJoinHandle::join)
    });
    worker.does(Doing::Checks);
    drop(listeners);
    check(&stage, worker);
    stage.registry.iter().map(|breaker| Arc::downgrade(&breaker)).collect()
}

/// Listeners that count, panic, call and steer.
fn listen(stage: &Stage, seed: u64) -> Vec<Subscription> {
    let gone = Arc::clone(&stage.gone);
    let count = move |event: &Event| {
        if let EventKind::Removed = event.kind {
            gone.fetch_add(1, Ordering::Relaxed);
        }
    };
    let (registry, turns) = (stage.registry.clone(), AtomicU64::new(seed));
    let rude = move |_: &Event| {
        let turn = turns.fetch_add(1, Ordering::Relaxed);
        let mut rng = Rng::with_seed(turn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        match rng.u8(..40) {
            0 => fault::panic_as_planned(),
            1..=3 => _ = caller::get(&rng.u8(..).to_string(), Ok(())),
            4 => _ = registry.snapshots(),
            5 => drop(registry.on_event(|_| fault::panic_as_planned())),
            6 => registry.iter().for_each(|breaker| _ = breaker.is_call_permitted()),
            _ => {}
        }
    };
    vec![stage.registry.on_event(count), stage.registry.on_event(rude)]
}

fn check(stage: &Stage, worker: &mut Worker) {
    let registry = &stage.registry;
    let (all, gone) = (registry.len(), stage.gone.load(Ordering::Relaxed));
    worker.tally.keys_gone += gone;
    worker.tally.keys_made += gone + all as u64;
    // Each name also has one breaker for the keys that find no room.
    if all > FAMILIES.len() * (stage.max_keys + 1) {
        let what = format_args!("{all} breakers where {} keys are allowed", stage.max_keys);
        fault::report(PART, what);
    }
    for breaker in registry.iter() {
        let now = breaker.snapshot();
        quiet::check(PART, &now);
        if now.probes_in_flight != 0 {
            fault::report(PART, format_args!("a probe is out, all being quiet: {now:?}"));
        }
        worker.does(Doing::Recovers);
        worker.tally.episodes += now.episode;
        worker.tally.rejections += now.rejections;
        worker.tally.snapshots += 1;
        quiet::recover(PART, &breaker, &stage.time);
    }
}
