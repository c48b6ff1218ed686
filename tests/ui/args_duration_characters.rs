// [MAC-214]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(cooldown = "30 s")]
fn space() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "\u{663}\u{660}s")]
fn arabic_digits() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "30\u{455}")]
fn cyrillic_unit() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_timeout = "30s\0")]
fn zero_byte() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
