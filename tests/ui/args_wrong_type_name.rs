use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(name = 5)]
fn integer() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = b"llm")]
fn byte_string() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = 'l')]
fn character() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = ["llm", "backup"])]
fn array() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = &NAME)]
fn borrowed() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
