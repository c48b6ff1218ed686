use breakerbox::{BreakerError, circuit_breaker};

struct Request;

fn cached(_: Request) -> Result<u8, BreakerError> {
    Ok(0)
}

#[circuit_breaker(fallback = cached, fallback_on = "failure")]
fn path(request: Request) -> Result<u8, BreakerError> {
    drop(request);
    Ok(1)
}

#[circuit_breaker(fallback = |request| cached(request), fallback_on = "failure")]
async fn closure(request: Request) -> Result<u8, BreakerError> {
    drop(request);
    Ok(1)
}

#[circuit_breaker(fallback = cached(request), fallback_on = "failure")]
fn expression(request: Request) -> Result<u8, BreakerError> {
    drop(request);
    Ok(1)
}

#[circuit_breaker(fallback = Ok(0), fallback_on = "failure")]
fn unused(request: Request) -> Result<u8, BreakerError> {
    drop(request);
    Ok(1)
}

fn main() {}
