// [MAC-207]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(cooldown = "30")]
fn none() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "1m30")]
fn none_at_the_end() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "30sec")]
fn long() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_timeout = "30S")]
fn capital() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "2d")]
fn days() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "5ns")]
fn nanoseconds() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "30%")]
fn per_cent() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
