//! Annotated functions of every kind, whose bodies follow a script.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use breakerbox::{Cause, circuit_breaker, inherit, inherit_fn};
use fastrand::Rng;

use crate::answer::{Answer, Failed, Yield};
use crate::fault;
use crate::tuning::ms;

/// The steps that a body takes.
#[derive(Clone, Debug)]
pub(super) struct Script {
    yields: u8,
    sleeps: Option<u64>,
    end: End,
}

#[derive(Clone, Debug)]
enum End {
    Answer(Answer),
    Panic,
    Hang,
}

impl Script {
    pub(super) fn choose(rng: &mut Rng) -> Self {
        let end = match rng.u8(..20) {
            0..=9 => End::Answer(Ok(())),
            10..=13 => End::Answer(Err(Failed::Down)),
            14 => End::Answer(Err(Failed::Fatal)),
            15 => End::Answer(Err(Failed::Mine)),
            16 => End::Answer(Err(Failed::Busy(rng.u64(..10)))),
            17 => End::Answer(Err(Failed::Poison)),
            18 => End::Panic,
            _ => End::Hang,
        };
        let sleeps = (rng.u8(..20) == 0).then(|| rng.u64(1..=3));
        Script { yields: rng.u8(..5), sleeps, end }
    }

    async fn play(self) -> Answer {
        for _ in 0..self.yields {
            Yield::once().await;
        }
        if let Some(length) = self.sleeps {
            tokio::time::sleep(ms(length)).await;
        }
        match self.end {
            End::Answer(answer) => answer,
            End::Panic => fault::panic_as_planned(),
            End::Hang => std::future::pending().await,
        }
    }

    /// Ends as the script says, without a runtime: it neither waits nor hangs.
    fn play_now(self) -> Answer {
        match self.end {
            End::Answer(answer) => answer,
            End::Panic => fault::panic_as_planned(),
            End::Hang => Ok(()),
        }
    }
}

fn is_bad(answer: &Answer) -> bool {
    match answer {
        Err(Failed::Poison) => fault::panic_as_planned(),
        answer => answer.is_err(),
    }
}

fn hint(answer: &Answer) -> Option<Duration> {
    if let Err(Failed::Busy(length)) = answer { Some(ms(*length)) } else { None }
}

#[circuit_breaker(name = "plain", threshold = 2, cooldown = "2ms")]
pub(super) async fn plain(script: Script) -> Answer {
    script.play().await
}

// Without the tuning, the default cooldown of 30 s would be in force until `plain` is first called.
#[circuit_breaker(name = "plain", threshold = 2, cooldown = "2ms")]
pub(super) fn at_once(script: Script) -> Answer {
    script.play_now()
}

#[circuit_breaker(
    name = "rated",
    failure_rate = 0.5,
    window = "1s",
    min_calls = 4,
    slow_call = "500ms",
    cooldown = "2ms",
    probes = 2,
    success_threshold = 3,
    on_cancel = "failure"
)]
pub(super) async fn rated(script: Script) -> Answer {
    script.play().await
}

#[circuit_breaker(
    name = "bounded",
    failure_count = 3,
    window = 20,
    cooldown = "1ms",
    timeout = "4ms",
    probe_timeout = "6ms",
    fallback_on = "failure",
    fallback = |script, cause| match cause {
        Cause::Failed(answer) => answer,
        _ => script.play_now(),
    }
)]
pub(super) async fn bounded(script: Script) -> Answer {
    script.play().await
}

#[circuit_breaker(
    name = "judged",
    threshold = 3,
    cooldown = "1ms",
    backoff = 2.0,
    cooldown_max = "8ms",
    failure = is_bad,
    ignore(Err(Failed::Mine)),
    trip(Err(Failed::Fatal)),
    retry_after = hint
)]
pub(super) async fn judged(script: Script) -> Answer {
    script.play().await
}

#[circuit_breaker(name = "left", threshold = 1, cooldown = "3ms", fallback = right)]
pub(super) async fn left(script: Script) -> Answer {
    script.play().await
}

#[circuit_breaker(name = "right", threshold = 1, cooldown = "3ms", fallback = |script| left_boxed(script).await)]
async fn right(script: Script) -> Answer {
    script.play().await
}

/// Closes the ring: a future cannot contain itself.
fn left_boxed(script: Script) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    Box::pin(left(script))
}

/// Calls itself, and hands the last part to another task.
#[circuit_breaker(name = "deep", threshold = 1, cooldown = "1ms", probes = 2)]
pub(super) fn deep(depth: u8, script: Script) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    Box::pin(async move {
        if depth > 1 {
            return deep(depth - 1, script).await;
        }
        if depth == 1 {
            let part = tokio::spawn(inherit(deep(0, script)));
            return part.await.unwrap_or(Err(Failed::Down));
        }
        script.play().await
    })
}

/// Two nested breakers, and a thread inside both.
#[circuit_breaker(name = "nested", threshold = 2, cooldown = "1ms")]
pub(super) async fn nested(script: Script) -> Answer {
    let first = plain(script.clone()).await;
    let part = inherit_fn(|| nested_at_once(script));
    let second = tokio::task::spawn_blocking(part).await;
    first.and(second.unwrap_or(Err(Failed::Down)))
}

#[circuit_breaker(name = "nested", threshold = 2, cooldown = "1ms")]
fn nested_at_once(script: Script) -> Answer {
    at_once(script)
}
