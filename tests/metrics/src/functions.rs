//! Functions behind breakers, which fail on demand.

use breakerbox::{BreakerError, circuit_breaker};

/// Why a call has no answer.
enum Error {
    Down,
    Rejected,
}

impl From<BreakerError> for Error {
    fn from(_: BreakerError) -> Self {
        Error::Rejected
    }
}

fn answer(fails: bool) -> Result<(), Error> {
    if fails { Err(Error::Down) } else { Ok(()) }
}

/// Opens for a moment, again and again while the service is down.
#[circuit_breaker(name = "llm", key = model, threshold = 2, cooldown = "100ms")]
fn ask(model: &str, fails: bool) -> Result<(), Error> {
    answer(fails)
}

/// Has a window, and counts its calls.
#[circuit_breaker(
    name = "stt",
    failure_rate = 0.5,
    window = "5s",
    min_calls = 4,
    slow_call = "1s",
    slow_rate = 0.5,
    cooldown = "2s",
    count_calls = true
)]
fn listen(fails: bool) -> Result<(), Error> {
    answer(fails)
}

/// Calls each function once, and returns how many calls were rejected.
pub(crate) fn all(model: &str, fails: bool) -> usize {
    let answers = [ask(model, fails), listen(fails)];
    answers.iter().filter(|answer| matches!(answer, Err(Error::Rejected))).count()
}
