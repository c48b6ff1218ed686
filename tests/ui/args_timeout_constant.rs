use std::time::Duration;

use breakerbox::{BreakerError, circuit_breaker};

const NONE: Duration = Duration::ZERO;

#[circuit_breaker(timeout = NONE)]
async fn zero() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = NONE, fallback = Ok(()), fallback_on = "failure")]
async fn zero_beside_a_fallback() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
