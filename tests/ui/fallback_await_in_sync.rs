use breakerbox::{BreakerError, circuit_breaker};

async fn later(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

#[circuit_breaker(fallback = |n| later(n).await)]
fn closure(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

#[circuit_breaker(fallback = async |n| later(n).await)]
fn async_closure(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

#[circuit_breaker(fallback = async move |n| Ok(n))]
fn async_move_closure(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

fn main() {}
