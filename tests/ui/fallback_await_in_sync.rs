use breakerbox::{BreakerError, circuit_breaker};

async fn later(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

#[circuit_breaker(fallback = |n| later(n).await)]
fn closure(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

fn main() {}
