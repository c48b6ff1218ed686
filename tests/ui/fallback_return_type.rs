// [MAC-242]
use breakerbox::{BreakerError, circuit_breaker};

fn text(_: u8) -> Result<String, BreakerError> {
    Ok(String::new())
}

async fn text_async(_: u8) -> Result<String, BreakerError> {
    Ok(String::new())
}

#[circuit_breaker(fallback = text)]
fn path(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

#[circuit_breaker(fallback = text_async)]
async fn path_async(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

#[circuit_breaker(fallback = |_| 0)]
fn closure(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

#[circuit_breaker(fallback = async |_n| "none")]
async fn closure_async(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

#[circuit_breaker(fallback = 0)]
fn expression(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

#[circuit_breaker(fallback = "text")]
fn name_of_a_function(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

#[circuit_breaker(fallback = text, fallback_on = "failure")]
fn path_on_failure(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

fn main() {}
