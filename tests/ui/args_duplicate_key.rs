// [MAC-231]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(name = "llm", name = "llm")]
fn same_value() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = 5, cooldown = "1s", threshold = 6)]
fn other_value() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probes = 1, probes = 2, probes = 3)]
fn three_times() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = 0, threshold = 6)]
fn first_is_wrong_too() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure = Err(_), failure(Err(_)))]
fn two_forms() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
