use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(trip = Some(_))]
fn another_type() -> Result<u8, BreakerError> {
    Ok(1)
}

#[circuit_breaker(trip = Err(401))]
fn another_error() -> Result<u8, BreakerError> {
    Ok(1)
}

#[circuit_breaker(trip = Ok(n) if n)]
fn guard_of_another_type() -> Result<u8, BreakerError> {
    Ok(1)
}

#[circuit_breaker(trip = Err(BreakerError::Unauthorized))]
fn missing_variant() -> Result<u8, BreakerError> {
    Ok(1)
}

#[circuit_breaker(trip = Ok(n) if n.is_odd(), timeout = "1s")]
async fn missing_method() -> Result<u8, BreakerError> {
    Ok(1)
}

#[circuit_breaker(trip = 0)]
fn without_failure() -> u8 {
    0
}

#[circuit_breaker(trip = 0, failure = 1)]
fn without_fallback() -> u8 {
    0
}

fn main() {}
