use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(key = { model })]
fn moved(model: String) -> Result<(), BreakerError> {
    drop(model);
    Ok(())
}

fn main() {}
