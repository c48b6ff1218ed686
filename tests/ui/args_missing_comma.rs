// [MAC-232]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(name = "llm" threshold = 5)]
fn newline_is_no_separator() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = "llm" threshold = 0)]
fn next_argument_is_still_read() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = "llm"; threshold = 0)]
fn semicolon() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = "llm" "backup")]
fn two_literals() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure(Err(_)) threshold = 5)]
fn after_a_list() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
