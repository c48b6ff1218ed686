use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(error = |e| e, fallback = Ok(()))]
fn beside_a_fallback() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(error = |e| e, fallback = Ok(()), fallback_on = "failure", timeout = "1s")]
async fn beside_a_fallback_for_failures() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(error = || BreakerError::from("no"))]
fn no_argument() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(error = |name, e| e)]
fn two_arguments() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(error = convert())]
fn call() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(error = "down")]
fn string() -> Result<(), BreakerError> {
    Ok(())
}

const NOTHING: Result<(), BreakerError> = Ok(());

#[circuit_breaker(fallback = NOTHING, error = |e| e)]
fn beside_a_constant() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback = |_| Ok(()), error = |e| e)]
fn beside_a_closure_that_calls_nothing() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
