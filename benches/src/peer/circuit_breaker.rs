//! `circuit_breaker`: sync only. While closed it counts failures and never forgets one, so closed
//! calls get the highest threshold possible.

use std::error::Error;

use circuit_breaker::{CircuitBreaker, CircuitBreakerError};

use super::Cases;
use crate::case::{COOLDOWN, Path, Policy};
use crate::subject::{Answer, shared};
use crate::work::work;

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.row("circuit_breaker", Policy::Threshold);
    for path in Path::ALL {
        row.sync(path, move || {
            let threshold = if path == Path::Rejection { 1 } else { u32::MAX };
            let breaker = CircuitBreaker::new(threshold, COOLDOWN);
            shared(move |task| breaker.execute(|| work(task)), answer)
        });
    }
}

fn answer(reply: &Result<u64, Box<dyn Error>>) -> Answer {
    match reply {
        Ok(_) => Answer::Success,
        Err(error) if error.is::<CircuitBreakerError>() => Answer::Rejection,
        Err(_) => Answer::Failure,
    }
}
