// [MAC-204]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(threshold = 5u64)]
fn unsigned() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probes = 1_i32)]
fn signed() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(success_threshold = 3times)]
fn nonsense() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
