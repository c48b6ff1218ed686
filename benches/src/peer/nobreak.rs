//! nobreak: failures in a row.

use nobreak::{CircuitBreaker, CircuitError};

use super::Cases;
use crate::case::{COOLDOWN, Path, Policy};
use crate::subject::{Answer, shared};
use crate::work::{Sick, ready, work, work_later};

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.row("nobreak", Policy::Threshold);
    for path in Path::ALL {
        row.sync(path, move || {
            let breaker = breaker(path);
            shared(move |task| breaker.call(|| work(task)), answer)
        });
        row.later(path, move || {
            let breaker = breaker(path);
            shared(move |task| ready(breaker.call_async(|| work_later(task))), answer)
        });
    }
}

fn breaker(path: Path) -> CircuitBreaker {
    nobreak::builder()
        .with_failure_threshold(path.threshold().into())
        .with_open_duration(COOLDOWN)
        .build()
}

fn answer(reply: &Result<u64, CircuitError<Sick>>) -> Answer {
    match reply {
        Ok(_) => Answer::Success,
        Err(CircuitError::Failed { .. }) => Answer::Failure,
        Err(CircuitError::Open) => Answer::Rejection,
    }
}
