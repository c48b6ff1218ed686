use std::time::Duration;

use breakerbox::{BreakerError, circuit_breaker};

const SHORT: Duration = Duration::from_secs(5);
const LONG: Duration = Duration::from_secs(6);

#[circuit_breaker(timeout = LONG, probe_timeout = SHORT)]
async fn both() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = LONG, probe_timeout = "5s")]
async fn timeout() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "6s", probe_timeout = SHORT)]
async fn bound() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = SHORT, probe_timeout = LONG)]
async fn right() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "6s", probe_timeout = LONG)]
async fn as_long() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
