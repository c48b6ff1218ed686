use breakerbox::{BreakerError, circuit_breaker};

const NONE: u32 = 0;
const NEGATIVE: i32 = -1;
const MANY: usize = 256;

#[circuit_breaker(threshold = NONE)]
fn no_threshold() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = NEGATIVE)]
fn negative() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = "llm", probes = MANY, cooldown = "1s")]
fn too_many_probes() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(success_threshold = MANY)]
fn too_many_successes() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
