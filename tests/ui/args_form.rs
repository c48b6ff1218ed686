// [MAC-222]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker = "llm"]
fn key_and_value() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
