//! The load: users who come at fixed times, however the service fares.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep_until;

use crate::client::{self, Llm, LlmError, Reply};
use crate::script::Script;

/// The breaker around the calls, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    Breaker,
    None,
}

/// A user's answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The time when the user came.
    pub(crate) due: Duration,
    /// The user's wait since `due`. About a millisecond of it is the timer's, which wakes the user
    /// late.
    pub(crate) latency: Duration,
    pub(crate) outcome: Result<Reply, LlmError>,
}

impl Answer {
    /// Returns true if the model answered.
    pub(crate) fn is_real(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|reply| !reply.is_canned())
    }

    /// Returns true if the fallback did.
    pub(crate) fn is_fallback(&self) -> bool {
        self.outcome.as_ref().is_ok_and(Reply::is_canned)
    }

    /// Returns true if the user got nothing.
    pub(crate) fn is_error(&self) -> bool {
        self.outcome.is_err()
    }
}

/// The outcome of one run.
#[derive(Debug)]
pub(crate) struct Run {
    /// The times of requests, by the service's count.
    pub(crate) received: Vec<Duration>,
    pub(crate) answers: Vec<Answer>,
}

impl Run {
    /// Returns the times of refused connections, which the service cannot count.
    pub(crate) fn refused(&self) -> impl Iterator<Item = Duration> {
        let refused = |answer: &&Answer| matches!(answer.outcome, Err(LlmError::Unreachable));
        self.answers.iter().filter(refused).map(|answer| answer.due)
    }

    /// Counts the calls that the service received while sick.
    pub(crate) fn received_sick(&self, script: &Script) -> usize {
        self.received.iter().filter(|at| script.phase_at(**at).is_sick()).count()
    }
}

/// Sends the requests of these numbers until the script ends, and waits for the last answer. From
/// the script's start on, `rate` requests are due each second, evenly spaced.
///
/// A slow answer does not hold up the next request. Latency counts from the time a request was due,
/// so the figures include any time lost before it was sent.
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
