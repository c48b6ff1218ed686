// [MAC-215] [MAC-216]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(cooldown = 30)]
fn integer() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = 1.5)]
fn float() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = 30s)]
fn unit_without_quotes() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_timeout = 1m30s)]
fn units_without_quotes() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = 30u64)]
fn suffix() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = b"30s")]
fn byte_string() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_timeout = false)]
fn boolean() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = -30)]
fn negative_integer() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = Duration::from_secs(30))]
fn call() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
