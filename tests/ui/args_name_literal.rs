// [MAC-223]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(name = "")]
fn empty() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = "  ")]
fn blank() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = "llm backup")]
fn space_inside() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = "llm\u{a0}backup")]
fn no_break_space() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = "llm\n")]
fn control_character() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(
    name = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
)]
fn longest() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(
    name = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
)]
fn too_long() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = "\u{200b}")]
fn of_no_width() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = "llm\u{ad}\u{fe0f}")]
fn soft_hyphen() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
