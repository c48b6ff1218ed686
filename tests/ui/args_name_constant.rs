// [MAC-225]
use breakerbox::{BreakerError, circuit_breaker};

const EMPTY: &str = "";

mod names {
    pub const BLANK: &str = "llm backup";
}

#[circuit_breaker(name = EMPTY)]
fn empty() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = names::BLANK)]
fn blank() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = concat!("llm", " ", "backup"))]
fn put_together() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = concat!("llm", "\u{202e}"))]
fn written_from_right_to_left() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
