use breakerbox::{BreakerError, circuit_breaker};

const SINGLE: f32 = 0.5;
const WHOLE: u64 = 1;
const TEXT: &str = "10";

#[circuit_breaker(failure_rate = SINGLE)]
fn single_precision() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = WHOLE)]
fn integer() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_count = TEXT)]
fn text() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = WHOLE)]
fn integer_for_a_duration() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(jitter = MISSING)]
fn missing() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
