use std::time::Duration;

use breakerbox::{BreakerError, circuit_breaker};

const LONG: Duration = Duration::from_secs(600);

#[circuit_breaker(backoff_reset = "5m")]
fn alone() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff = 2, backoff_reset = "5m")]
fn without_a_bound() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(jitter = 0.5, cooldown_max = "10m", backoff_reset = "5m")]
fn without_growth() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff = 2, cooldown_max = "10m", backoff_reset = "0s")]
fn zero() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff_reset = 300)]
fn no_unit() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff_reset = LONG)]
fn constant_alone() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff = 2, cooldown_max = LONG, backoff_reset = "5m")]
fn right() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff_reset = LONG, backoff = 2, cooldown_max = "10m")]
fn right_with_a_constant() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
