use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(retry_after = || None)]
fn no_argument() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry_after = |output, error| None)]
fn two_arguments() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry_after = "30s")]
fn duration() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry_after = 30)]
fn integer() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry_after = hint())]
fn call() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry_after)]
fn no_value() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
