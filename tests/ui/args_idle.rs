use std::time::Duration;

use breakerbox::{BreakerError, circuit_breaker};

const LIMIT: u32 = 3;
const MOST: Duration = Duration::from_secs(60);

#[circuit_breaker(threshold = 3, window = "1m30s")]
fn window_beside_threshold() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = 50)]
fn window_alone() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = LIMIT, min_calls = 20)]
fn min_calls_beside_threshold() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(min_calls = 20, window = 100)]
async fn both() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = "1s", window = 100)]
async fn slow_calls_that_are_failures() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "5s", cooldown_max = MOST)]
fn bound_of_nothing() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = 3, cooldown_max = "10s")]
fn bound_below_the_default_cooldown() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff = 1.0, jitter = 0, cooldown_max = "5m")]
fn bound_of_what_does_not_grow() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff = 1, jitter = 0.1, cooldown_max = "5m", backoff_reset = "10m")]
fn reset_of_what_does_not_grow() -> Result<(), BreakerError> {
    Ok(())
}

struct Client;

#[circuit_breaker(name = "block", threshold = 3, window = "10s")]
impl Client {
    fn get(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

#[circuit_breaker(threshold = 3)]
impl Client {
    #[circuit_breaker(window = "10s")]
    fn put(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    #[circuit_breaker(name = "own", failure_rate = 0.5, min_calls = 3, window = "10s")]
    fn post(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

fn main() {}
