// [MAC-046]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker]
fn empty() -> Result<(), BreakerError> {}

#[circuit_breaker]
async fn empty_async() -> Result<(), BreakerError> {}

#[circuit_breaker(fallback = Ok(()))]
fn empty_with_a_fallback() -> Result<(), BreakerError> {}

fn main() {
    let _ = (empty(), empty_async(), empty_with_a_fallback());
}
