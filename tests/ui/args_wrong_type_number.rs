// [MAC-203]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(threshold = "5")]
fn string() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probes = 1.0)]
fn float() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(success_threshold = true)]
fn boolean() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = '5')]
fn character() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = b'5')]
fn byte() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = c"5")]
fn c_string() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = b"5")]
fn byte_string() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = 2 + 3)]
fn sum() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probes = probes())]
fn call() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probes = -1.5)]
fn negative_float() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
