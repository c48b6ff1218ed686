use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(, name = "llm")]
fn leading_comma() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = "llm",, threshold = 5)]
fn doubled_comma() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(= 5)]
fn equals_first() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker("llm")]
fn literal() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker("name" = "llm", threshold = 0)]
fn literal_key() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker((name = "llm"))]
fn group() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(;)]
fn semicolon() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
