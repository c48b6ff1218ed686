// [MAC-047]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker]
fn variable() -> Result<u8, BreakerError> {
    Ok(missing)
}

#[circuit_breaker(fallback = Ok(0))]
async fn generated_names_cannot_be_reached() -> Result<u8, BreakerError> {
    let _ = (permit, error, SITE);
    Ok(1)
}

fn main() {}
