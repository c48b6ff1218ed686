// [MAC-242]
use breakerbox::{BreakerError, circuit_breaker};

fn borrowed(_: &str) -> Result<u8, BreakerError> {
    Ok(0)
}

#[circuit_breaker(fallback = borrowed)]
fn path(text: String) -> Result<u8, BreakerError> {
    Ok(text.len() as u8)
}

#[circuit_breaker(fallback = borrowed)]
async fn path_async(text: String) -> Result<u8, BreakerError> {
    Ok(text.len() as u8)
}

#[circuit_breaker(fallback = |text: &str| borrowed(text))]
fn closure(text: String) -> Result<u8, BreakerError> {
    Ok(text.len() as u8)
}

#[circuit_breaker(fallback = |text| borrowed(text))]
fn closure_body(text: String) -> Result<u8, BreakerError> {
    Ok(text.len() as u8)
}

#[circuit_breaker(fallback = |_, cause: String| Ok(cause.len() as u8))]
fn cause(text: String) -> Result<u8, BreakerError> {
    Ok(text.len() as u8)
}

fn main() {}
