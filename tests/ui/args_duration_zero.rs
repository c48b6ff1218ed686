// [MAC-209] [MAC-210]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(cooldown = "0s")]
fn cooldown() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "0m0s")]
fn cooldown_of_zero_parts() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_timeout = "0ms")]
fn probe_timeout() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "-1s")]
fn negative() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
