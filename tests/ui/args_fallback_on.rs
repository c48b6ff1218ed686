use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(fallback = Ok(()), fallback_on = "always")]
fn unknown() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback = Ok(()), fallback_on = "failures")]
fn plural() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback = Ok(()), fallback_on = true)]
fn no_string() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback = Ok(()), fallback_on = Failure)]
fn path() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback_on = "failure")]
fn without_fallback() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback_on = "always")]
fn without_fallback_and_unknown() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
