use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(crate = ::my_reexport)]
fn not_there() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
