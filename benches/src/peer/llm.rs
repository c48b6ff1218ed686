//! The call that the README shows for an LLM: a key, a rate over a minute, slow calls, hints,
//! patterns, and a cooldown that grows. Each peer runs with those of these features that it has.

use std::hint::black_box;
use std::time::Duration;

use breakerbox::{BreakerError, circuit_breaker};

use super::{ANNOTATED, BARE, Cases};
use crate::case::{Group, Path, Policy};
use crate::subject::{Answer, Subject, cloned};
use crate::work::ready;

pub(crate) const EXTRA: &str = "LLM call";
pub(super) const WINDOW: Duration = Duration::from_mins(1);
pub(super) const SLOW: Duration = Duration::from_secs(20);

/// Names of models, called in turn.
pub(super) const MODELS: [&str; 8] = [
    "o3",
    "small",
    "gpt-4o",
    "gpt-4o-mini",
    "claude-sonnet",
    "mistral-large-2411",
    "llama-3.3-70b-instruct",
    "qwen2.5-coder-32b-instruct",
];

pub(super) type Completion = Result<u64, LlmError>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LlmError {
    /// The service is overloaded, and may ask for a time.
    Overloaded(Option<Duration>),
    Unauthorized,
    BadRequest,
    /// The breaker rejected the call.
    Rejected,
}

/// Fails if the task is zero.
#[inline(never)]
pub(super) fn ask(model: &str, task: u64) -> Completion {
    let (model, task) = black_box((model, task));
    match task {
        0 => Err(LlmError::Overloaded(None)),
        1 => Ok(task.rotate_left(7) ^ model.len() as u64),
        2 => Err(LlmError::BadRequest),
        _ => Err(LlmError::Unauthorized),
    }
}

#[allow(clippy::unused_async, reason = "it is the plain one")]
pub(super) async fn ask_later(model: &str, task: u64) -> Completion {
    ask(model, task)
}

/// Calls each model in turn.
pub(super) fn asking<R: 'static>(
    call: impl Fn(&'static str, u64) -> R + Send + Sync + 'static,
    answer: fn(&R) -> Answer,
) -> Box<dyn Subject> {
    cloned(Models::default(), move |models, task| call(models.next(), task), answer)
}

/// Chooses the model of the next call. Each is called sixteen times in turn, so that in closed
/// failure one call in sixteen succeeds for each model.
#[derive(Clone, Default)]
pub(super) struct Models {
    calls: usize,
}

impl Models {
    #[inline]
    pub(super) fn next(&mut self) -> &'static str {
        MODELS[self.next_index()]
    }

    #[inline]
    pub(super) fn next_index(&mut self) -> usize {
        let calls = self.calls;
        self.calls += 1;
        calls / 16 % MODELS.len()
    }
}

pub(super) fn answer(completion: &Completion) -> Answer {
    match completion {
        Ok(_) => Answer::Success,
        Err(LlmError::Rejected) => Answer::Rejection,
        Err(_) => Answer::Failure,
    }
}

impl From<BreakerError> for LlmError {
    fn from(_: BreakerError) -> Self {
        LlmError::Rejected
    }
}

/// A sync and an async function, with the README's keys except those that decide when to trip.
macro_rules! guard {
    ($cases:ident, $path:expr, $name:literal, $($keys:tt)*) => {{
        const LATER: &str = concat!($name, "-later");

        #[circuit_breaker(
            name = $name, key = model, window = "1m", slow_call = "20s",
            cooldown = "1h", backoff = 2.0, cooldown_max = "5h", jitter = 0.2,
            trip = Err(LlmError::Unauthorized), ignore = Err(LlmError::BadRequest),
            retry_after = |output| match output { Err(LlmError::Overloaded(wait)) => *wait, _ => None },
            $($keys)*
        )]
        fn complete(model: &str, task: u64) -> Completion {
            ask(model, task)
        }

        #[circuit_breaker(
            name = LATER, key = model, window = "1m", slow_call = "20s",
            cooldown = "1h", backoff = 2.0, cooldown_max = "5h", jitter = 0.2,
            trip = Err(LlmError::Unauthorized), ignore = Err(LlmError::BadRequest),
            retry_after = |output| match output { Err(LlmError::Overloaded(wait)) => *wait, _ => None },
            $($keys)*
        )]
        async fn complete_later(model: &str, task: u64) -> Completion {
            ask_later(model, task).await
        }

        let mut row = $cases.grouped(Group::Llm, ANNOTATED, Policy::TimeWindow, EXTRA);
        row.sync($path, || asking(complete, answer));
        row.later($path, || asking(|model, task| ready(complete_later(model, task)), answer));
    }};
}

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.grouped(Group::Llm, BARE, Policy::None, EXTRA);
    for path in [Path::Success, Path::Failure] {
        row.sync(path, || asking(ask, answer));
        row.later(path, || asking(|model, task| ready(ask_later(model, task)), answer));
    }
    guard!(cases, Path::Success, "llm-success", failure_rate = 0.99);
    guard!(cases, Path::Failure, "llm-failure", failure_rate = 0.99);
    guard!(cases, Path::Rejection, "llm-rejection", failure_rate = 0.5, min_calls = 1);
}
