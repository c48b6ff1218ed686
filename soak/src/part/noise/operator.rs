//! An operator who tries every control.

use std::sync::Arc;

use breakerbox::{Breaker, Isolation, Snapshot};

use super::{NAMES, PART, STEPS, Stage};
use crate::fault;
use crate::post::Doing;
use crate::quiet;
use crate::run::Worker;
use crate::tuning::{self, Time, ms};

/// The things that the operator keeps from one step to the next.
#[derive(Default)]
struct Hands<'a> {
    isolations: Vec<Isolation<&'a Breaker>>,
    owned: Vec<Isolation<Arc<Breaker>>>,
    saved: Vec<Snapshot>,
}

pub(super) fn play(worker: &mut Worker, stage: &Stage) {
    let mut hands = Hands::default();
    for _ in 0..STEPS / 2 {
        worker.does(Doing::Controls);
        worker.tally.controls += 1;
        let number = worker.rng.usize(..NAMES.len());
        match worker.rng.u8(..12) {
            0..=3 => steer(worker, &stage.breakers[number], &mut hands),
            4 => retune(worker, stage, number),
            5 => save(worker, &stage.breakers[number], &mut hands),
            6 => pass(worker, &stage.time),
            // Gives the callers time to use the present settings.
            _ => std::thread::yield_now(),
        }
    }
}

fn steer<'a>(worker: &mut Worker, breaker: &'a Arc<Breaker>, hands: &mut Hands<'a>) {
    let rng = &mut worker.rng;
    match rng.u8(..16) {
        0 => breaker.open(),
        1 => breaker.half_open(),
        2 => breaker.close(),
        3 => breaker.force_open(),
        4 => hands.isolations.push(breaker.isolate()),
        5 => hands.owned.push(breaker.isolate_owned()),
        6 if !hands.isolations.is_empty() => {
            drop(hands.isolations.swap_remove(rng.usize(..hands.isolations.len())));
        }
        7 => hands.owned.truncate(hands.owned.len() / 2),
        8 => breaker.open_for(ms(rng.u64(..20))),
        9 => breaker.disable(),
        10 => breaker.observe(),
        11 => {
            if let Some(saved) = rng.choice(&hands.saved) {
                breaker.restore(saved);
            }
        }
        _ => breaker.reset(),
    }
}

fn retune(worker: &mut Worker, stage: &Stage, number: usize) {
    worker.does(Doing::Reconfigures);
    worker.tally.reconfigurations += 1;
    let config = tuning::any(&mut worker.rng);
    // An override that breaks a rule together with the config below it is refused.
    match worker.rng.u8(..4) {
        0 => _ = stage.registry.configure(NAMES[number], config),
        1 => _ = stage.registry.configure_all(config),
        _ => stage.breakers[number].reconfigure(config.build().unwrap_or_default()),
    }
}

/// Saves a snapshot, and reads it again.
fn save(worker: &mut Worker, breaker: &Breaker, hands: &mut Hands<'_>) {
    worker.does(Doing::Snapshots);
    worker.tally.snapshots += 1;
    let mut now = breaker.snapshot();
    quiet::check(PART, &now);
    // The last digit of a share may differ.
    (now.failure_rate, now.slow_rate) = (None, None);
    let saved = serde_json::to_string(&now).and_then(|text| serde_json::from_str(&text));
    match saved {
        Ok(saved) if saved == now => hands.saved.push(saved),
        other => fault::report(PART, format_args!("{now:?} is saved as {other:?}")),
    }
    hands.saved.truncate(8);
}

fn pass(worker: &mut Worker, time: &Time) {
    let length = match (time, worker.rng.u8(..50)) {
        (Time::Real, _) => 1,
        (Time::ByHand(_), 0) => 10_000,
        (Time::ByHand(_), _) => worker.rng.u64(..20),
    };
    time.pass(ms(length));
}
