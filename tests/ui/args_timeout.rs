use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(timeout = 10)]
async fn integer() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "10")]
async fn no_unit() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "0s")]
async fn zero() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = true)]
async fn boolean() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = Duration::from_secs(10))]
async fn call() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "10s")]
fn in_a_sync_function() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "10s", on_cancel = "failure")]
fn both_in_a_sync_function() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = 10)]
fn integer_in_a_sync_function() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
