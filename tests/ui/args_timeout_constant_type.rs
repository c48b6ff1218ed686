use breakerbox::{BreakerError, circuit_breaker};

const TEXT: &str = "10s";

#[circuit_breaker(timeout = TEXT)]
async fn text() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = TEXT, fallback = Ok(()), fallback_on = "failure")]
async fn text_beside_a_fallback() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = MISSING)]
async fn missing() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
