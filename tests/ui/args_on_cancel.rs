use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(on_cancel = "ignored")]
async fn unknown() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(on_cancel = "success")]
async fn success() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(on_cancel = failure)]
async fn path() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(on_cancel = true)]
async fn boolean() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(on_cancel("failure"))]
async fn parentheses() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(on_cancel = "failure")]
fn in_a_sync_function() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(on_cancel = "always")]
fn unknown_in_a_sync_function() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
