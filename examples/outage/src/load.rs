//! The load: users who come at fixed times, however the service fares.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep_until;

use crate::client::{self, Llm, LlmError, Reply};
use crate::script::Script;

/// Whether the calls go through the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    Breaker,
    None,
}

/// What a user got.
#[derive(Debug)]
pub(crate) struct Answer {
    /// When the user came.
    pub(crate) due: Duration,
    /// How long the user waited, from then on. About a millisecond of it is
    /// the timer's, which wakes the user late.
    pub(crate) latency: Duration,
    pub(crate) outcome: Result<Reply, LlmError>,
}

impl Answer {
    /// Whether the model itself answered.
    pub(crate) fn is_real(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|reply| !reply.is_canned())
    }

    /// Whether the fallback did.
    pub(crate) fn is_fallback(&self) -> bool {
        self.outcome.as_ref().is_ok_and(Reply::is_canned)
    }

    /// Whether the user got nothing.
    pub(crate) fn is_error(&self) -> bool {
        self.outcome.is_err()
    }
}

/// What came of one run.
#[derive(Debug)]
pub(crate) struct Run {
    /// When the service received requests, by its own count.
    pub(crate) received: Vec<Duration>,
    pub(crate) answers: Vec<Answer>,
}

impl Run {
    /// When the client was refused a connection: these the service cannot count.
    pub(crate) fn refused(&self) -> impl Iterator<Item = Duration> {
        let refused = |answer: &&Answer| matches!(answer.outcome, Err(LlmError::Unreachable));
        self.answers.iter().filter(refused).map(|answer| answer.due)
    }

    /// How many calls the service received while it was sick.
    pub(crate) fn received_sick(&self, script: &Script) -> usize {
        self.received.iter().filter(|at| script.phase_at(**at).is_sick()).count()
    }
}

/// Sends the requests of these numbers until the script ends, and waits for the last answer. They
/// are due one after the other from the start of the script on, `rate` in each second.
///
/// Nobody waits for anybody: a slow answer does not hold up the next request.
/// Latency counts from the time a request was due, so that time lost before it
/// could be sent is not lost from the figures.
pub(crate) async fn send(
    llm: Llm,
    guard: Guard,
    rate: u32,
    script: Script,
    numbers: impl Iterator<Item = u32>,
) -> Result<Vec<Answer>, JoinError> {
    let llm = Arc::new(llm);
    let mut users = JoinSet::new();
    for number in numbers {
        let due = Duration::from_secs(1) * number / rate;
        if due >= script.length() {
            break;
        }
        sleep_until(script.instant(due)).await;
        let llm = Arc::clone(&llm);
        users.spawn(async move {
            let outcome = ask(&llm, guard, number).await;
            Answer { due, latency: script.now().saturating_sub(due), outcome }
        });
    }
    let mut answers = Vec::new();
    while let Some(answer) = users.join_next().await {
        answers.push(answer?);
    }
    Ok(answers)
}

async fn ask(llm: &Llm, guard: Guard, number: u32) -> Result<Reply, LlmError> {
    let prompt = format!("question {number}");
    match guard {
        Guard::Breaker => client::complete(llm, &prompt).await,
        Guard::None => llm.complete(&prompt).await,
    }
}
