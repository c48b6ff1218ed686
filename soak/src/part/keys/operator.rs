//! An operator of a registry: overrides, removals, and holding keys by hand.

use std::sync::Arc;

use breakerbox::{Breaker, Isolation};

use super::{FAMILIES, Stage};
use crate::post::Doing;
use crate::run::Worker;
use crate::tuning;

const STEPS: u64 = 1_500;

pub(super) fn play(worker: &mut Worker, stage: &Stage) {
    let _entered = stage.handle.enter();
    let mut held: Vec<Isolation<Arc<Breaker>>> = Vec::new();
    for _ in 0..STEPS {
        worker.does(Doing::Controls);
        worker.tally.controls += 1;
        step(worker, stage, &mut held);
    }
}

fn step(worker: &mut Worker, stage: &Stage, held: &mut Vec<Isolation<Arc<Breaker>>>) {
    let registry = &stage.registry;
    let rng = &mut worker.rng;
    let (family, key) = (FAMILIES[rng.usize(..FAMILIES.len())], rng.u64(..10));
    let config = tuning::any(rng);
    // An override that breaks a rule together with the config below it is refused.
    match rng.u8(..24) {
        0..=3 => {
            worker.tally.reconfigurations += 1;
            _ = match rng.u8(..4) {
                0 => registry.configure(family, config),
                1 => registry.configure_all(config),
                _ => registry.configure_key(family, key, config),
            };
        }
        4 => _ = registry.remove(family),
        5..=7 => _ = registry.remove_key(family, key),
        8 => _ = registry.snapshots(),
        9 => held.extend(registry.get_key(family, key).map(|breaker| breaker.isolate_owned())),
        10 => held.truncate(held.len() / 2),
        11 => _ = format!("{registry:?} {:?}", registry.invalid_overrides()),
        12 => registry.set_max_keys(rng.usize(1..=stage.max_keys)),
        13 => _ = registry.breaker(family).map(|breaker| breaker.half_open()),
        14 => registry.iter().for_each(|breaker| _ = breaker.is_call_permitted()),
        _ => std::thread::yield_now(),
    }
}
