//! Ours: a registry with ten thousand breakers.

use std::hint::black_box;
use std::sync::Arc;

use breakerbox::{Breaker, Config, Registry, circuit_breaker};

use super::{ANNOTATED, BARE, CORE, Cases, answer};
use crate::case::{Group, Path, Policy};
use crate::subject::{Subject, cloned, in_passes};
use crate::work::{Reply, work};

const BREAKERS: u32 = 10_000;

const CALLED: &str = "one of 10,000";
/// Cases that find the breaker by its name on each call.
const FOUND: &str = "found among 10,000";
const ITER: &str = "iter";
const SNAPSHOTS: &str = "snapshots";

#[circuit_breaker(breaker = breaker)]
fn guarded(breaker: &Breaker, task: u64) -> Reply {
    work(task)
}

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.grouped(Group::Registry, BARE, Policy::None, CALLED);
    row.sync(Path::Success, || {
        in_turn(|breaker, task| {
            black_box(breaker);
            work(task)
        })
    });

    let mut row = cases.grouped(Group::Registry, ANNOTATED, Policy::Threshold, CALLED);
    row.sync(Path::Success, || in_turn(guarded));

    let mut row = cases.grouped(Group::Registry, CORE, Policy::Threshold, CALLED);
    row.sync(Path::Success, || in_turn(|breaker, task| breaker.call(|| work(task))));

    let mut row = cases.grouped(Group::Registry, CORE, Policy::Threshold, FOUND);
    row.sync(Path::Success, || {
        let registry = filled();
        // The program has the name already, so making the name is not measured.
        in_turn(move |breaker, task| match registry.get(breaker.family().as_str()) {
            Some(found) => found.call(|| work(task)),
            None => work(0),
        })
    });

    // Looking at one breaker counts as one call here.
    let mut row = cases.grouped(Group::Registry, "Registry", Policy::Threshold, ITER);
    row.sync(Path::Success, || {
        let registry = filled();
        in_passes(BREAKERS.into(), move || {
            registry.iter().for_each(|breaker| {
                black_box(breaker.state());
            });
        })
    });
    let mut row = cases.grouped(Group::Registry, "Registry", Policy::Threshold, SNAPSHOTS);
    row.sync(Path::Success, || {
        let registry = filled();
        in_passes(BREAKERS.into(), move || {
            black_box(registry.snapshots());
        })
    });
}

/// Calls all breakers in turn.
fn in_turn(call: impl Fn(&Breaker, u64) -> Reply + Send + Sync + 'static) -> Box<dyn Subject> {
    let breakers: Arc<[_]> = filled().iter().collect();
    let call = move |next: &mut usize, task| {
        *next = if *next + 1 == breakers.len() { 0 } else { *next + 1 };
        call(&breakers[*next], task)
    };
    cloned(0, call, answer)
}

#[allow(clippy::expect_used, reason = "a benchmark without its subject is none")]
fn filled() -> Registry {
    let registry = Registry::new();
    let config = Config::builder().threshold(60_000).build_const();
    for number in 0..BREAKERS {
        let breaker = registry.get_or_insert(&format!("service-{number}"), config);
        drop(breaker.expect("a name that it accepts"));
    }
    registry
}
