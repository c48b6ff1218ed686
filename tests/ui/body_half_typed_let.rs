use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker]
fn call() -> Result<u8, BreakerError> {
    let x =
}

fn main() {}
