// [MAC-025]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(fallback = Ok(0))]
fn call(#[cfg(all())] n: u8, #[cfg(any())] text: String) -> Result<u8, BreakerError> {
    Ok(n)
}

fn main() {}
