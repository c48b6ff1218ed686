use std::time::Duration;

use breakerbox::{BreakerError, circuit_breaker};

const HALF: f64 = 0.5;
const MORE: f64 = 1.5;
const NEVER: f64 = f64::NAN;
const MANY: usize = 200;
const NONE: Duration = Duration::ZERO;
const MINUTE: Duration = Duration::from_secs(60);

#[circuit_breaker(failure_rate = HALF, window = 20, min_calls = 50)]
fn literal_beside_a_constant() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = HALF, min_calls = 101)]
fn literal_and_the_default_window() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, window = 20, min_calls = MANY)]
fn too_many_calls() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(min_calls = MANY, slow_rate = 0.5, slow_call = "1s")]
fn too_many_for_the_default_window() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_count = MANY)]
fn too_many_failures() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = MORE)]
fn more_than_all() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = NEVER)]
fn not_a_number() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = NONE)]
fn no_slow_call() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_rate = HALF)]
fn rate_of_nothing() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = MINUTE, slow_rate = MORE)]
fn more_than_all_slow() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff = HALF)]
fn shrinking_backoff() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(jitter = MORE)]
fn more_jitter_than_cooldown() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = MINUTE, backoff = 2, cooldown_max = "30s")]
fn literal_below_a_constant() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown_max = MINUTE, backoff = 2, cooldown = "2m")]
fn constant_below_a_literal() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = MINUTE, backoff = 2, cooldown_max = "2m", slow_call = MINUTE, slow_rate = 0.5)]
fn in_order() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
