use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(name("llm"))]
fn parentheses() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold(5))]
fn parentheses_of_a_number() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name: "llm")]
fn colon() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown "30s")]
fn value_at_once() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold == 5)]
fn comparison() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure { Err(_) })]
fn braces() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(ignore[Err(_)])]
fn brackets_of_patterns() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
