use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(failure_count = 0)]
fn no_failures() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_count = 1)]
fn lowest_count() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_count = 1_000_000, window = "10s")]
fn highest_count() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_count = 1_000_001, window = "10s")]
fn more_than_the_highest_count() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_count = -1)]
fn negative_count() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_count = 5u32)]
fn suffix() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_count = 2.5)]
fn float() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_count = "5")]
fn string() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, min_calls = 0)]
fn no_calls() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, min_calls = 1_000_000, window = "10s")]
fn most_calls() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, min_calls = 1_000_001, window = "10s")]
fn more_than_the_most_calls() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, min_calls = "10")]
fn string_of_calls() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, min_calls = 0.5)]
fn share_of_calls() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
