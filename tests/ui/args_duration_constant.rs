use breakerbox::{BreakerError, circuit_breaker};

use std::time::Duration;

const NONE: Duration = Duration::ZERO;
const SOME: Duration = Duration::from_secs(1);

#[circuit_breaker(cooldown = NONE)]
fn no_cooldown() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = SOME, probe_timeout = NONE)]
fn no_probe_timeout() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
