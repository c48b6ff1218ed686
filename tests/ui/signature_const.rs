// [MAC-062]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker]
pub const fn call() -> Result<(), BreakerError> {
    Ok(())
}

const _: Result<(), BreakerError> = call();

fn main() {}
