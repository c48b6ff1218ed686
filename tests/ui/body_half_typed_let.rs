// [MAC-047]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker]
fn call() -> Result<u8, BreakerError> {
    let x =
}

fn main() {}
