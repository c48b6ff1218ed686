use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(fallback = async || Ok(()))]
fn called() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback = async move |cause| Err(cause))]
fn moved() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
