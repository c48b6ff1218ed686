// [MAC-063]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker]
unsafe extern "C" fn print(_format: *const u8, _: ...) -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
