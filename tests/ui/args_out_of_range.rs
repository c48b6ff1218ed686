// [MAC-200] [MAC-201]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(threshold = 0)]
fn no_threshold() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = 65535)]
fn highest_threshold() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = 65536)]
fn more_than_the_highest_threshold() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = 0x1_0000)]
fn hexadecimal() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = -1)]
fn negative_threshold() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = 99999999999999999999999999)]
fn beyond_every_integer() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probes = 0)]
fn no_probes() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probes = 256)]
fn too_many_probes() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(success_threshold = 0)]
fn no_success() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(success_threshold = 256)]
fn too_many_successes() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
