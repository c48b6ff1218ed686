// [MAC-123]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(name = "llm", threshold = 3)]
#[circuit_breaker(name = "llm")]
fn named() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker]
#[breakerbox::circuit_breaker(threshold = 3)]
fn nameless() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = "llm", key = model)]
#[circuit_breaker(name = "llm")]
fn by_key(model: &str) -> Result<(), BreakerError> {
    let _ = model;
    Ok(())
}

fn main() {
    let _ = (named(), nameless(), by_key(""));
}
