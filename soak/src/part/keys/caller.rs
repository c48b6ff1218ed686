//! Callers with many keys.

use std::future::Future;
use std::pin::Pin;
use std::sync::Barrier;
use std::task::{Context, Poll, Waker};

use breakerbox::{State, circuit_breaker};

use super::{PART, Stage};
use crate::answer::{Answer, DOWN, Yield};
use crate::fault;
use crate::post::Doing;
use crate::run::Worker;
use crate::tuning::ms;

/// The steps of each caller in a round.
const STEPS: u64 = 3_000;

#[circuit_breaker(name = "host", key = key, threshold = 2, cooldown = "3ms")]
pub(super) fn get(key: &str, answer: Answer) -> Answer {
    let _ = key;
    answer
}

#[circuit_breaker(name = "host", key = key, threshold = 2, cooldown = "3ms")]
async fn get_later(key: String, yields: u8, answer: Answer) -> Answer {
    let _ = &key;
    for _ in 0..yields {
        Yield::once().await;
    }
    answer
}

#[circuit_breaker(
    name = "model",
    key = key,
    failure_rate = 0.5,
    window = "1s",
    min_calls = 3,
    slow_call = "600ms",
    cooldown = "5ms"
)]
fn complete(key: u64, panics: bool, answer: Answer) -> Answer {
    let _ = key;
    if panics {
        fault::panic_as_planned();
    }
    answer
}

type Call = Pin<Box<dyn Future<Output = Answer>>>;

/// Makes calls with many keys. An operator might remove a key with a call under way. If there is
/// none, the callers meet at `all_begin` once each has begun calls with a key of its own.
pub(super) fn play(worker: &mut Worker, stage: &Stage, all_begin: Option<&Barrier>) {
    let _entered = stage.handle.enter();
    let own = format!("own-{:x}", worker.rng.u64(..));
    let long = all_begin.map(|all_begin| {
        // Two of these failures open the key's breaker.
        let calls = [(); 2].map(|()| begin(&own));
        worker.does(Doing::Waits);
        all_begin.wait();
        calls
    });
    let mut out: Vec<Call> = Vec::new();
    for _ in 0..STEPS {
        worker.does(Doing::Calls);
        worker.tally.calls += 1;
        step(worker, stage, &mut out);
    }
    drop(out);
    if let Some(calls) = long {
        end_own(stage, &own, calls);
    }
}

fn step(worker: &mut Worker, stage: &Stage, out: &mut Vec<Call>) {
    let rng = &mut worker.rng;
    let keys = stage.max_keys as u64 * 2;
    // Some keys are asked for often, and most of them seldom.
    let key = if rng.bool() { rng.u64(..4) } else { rng.u64(..keys) };
    let answer = if rng.u8(..4) == 0 { DOWN } else { Ok(()) };
    match rng.u8(..16) {
        0..=7 => _ = get(&key.to_string(), answer),
        8..=11 => {
            let panics = rng.u8(..20) == 0;
            worker.tally.panics += u64::from(panics);
            fault::survive(|| complete(key, panics, answer));
        }
        12 => {
            let yields = rng.u8(..3);
            out.push(Box::pin(get_later(key.to_string(), yields, answer)));
        }
        13..=14 if !out.is_empty() => {
            let at = rng.usize(..out.len());
            if poll(&mut out[at]).is_ready() || out.len() > 8 {
                worker.tally.cancels += 1;
                drop(out.swap_remove(at));
            }
        }
        _ => stage.time.pass(ms(rng.u64(..3))),
    }
}

/// Begins a call that fails when it is polled again.
fn begin(key: &str) -> Call {
    let mut call: Call = Box::pin(get_later(key.to_owned(), 1, DOWN));
    if poll(&mut call).is_ready() {
        fault::report(PART, "a new key was turned away, or shared a breaker, in an empty registry");
    }
    call
}

fn poll(call: &mut Call) -> Poll<Answer> {
    call.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// The key with calls under way has kept its breaker, and their failures open it.
fn end_own(stage: &Stage, key: &str, calls: [Call; 2]) {
    // The breaker is held from here on: once the calls have ended and the cooldown is over, a new
    // key may take the place of this one.
    let Some(breaker) = stage.registry.get_key("host", key) else {
        return fault::report(PART, "a key with calls under way has lost its breaker");
    };
    for mut call in calls {
        _ = poll(&mut call);
    }
    let found = breaker.state();
    if found != State::Open {
        fault::report(PART, format_args!("a key whose calls have failed is now {found:?}"));
    }
}
