// [MAC-233]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(name)]
fn bare_key() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold, cooldown = "30s")]
fn bare_key_before_another() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown =)]
fn nothing_after_equals() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probes = , name = "llm")]
fn comma_after_equals() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure)]
fn bare_pattern() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback, fallback_on = "failure")]
fn bare_fallback() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(error)]
fn bare_error() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(crate)]
fn bare_crate() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
