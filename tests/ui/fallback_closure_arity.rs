// [MAC-249]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(fallback = || Ok(0))]
fn fewer(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

#[circuit_breaker(fallback = |a, cause, more| Ok(0))]
fn more(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

#[circuit_breaker(fallback = |one| Ok(0))]
async fn fewer_patterns((a, b): (u8, u8), mut c: u8) -> Result<u8, BreakerError> {
    c += a;
    Ok(b + c)
}

#[circuit_breaker(fallback = |a, b| Ok(0))]
fn more_than_none() -> Result<u8, BreakerError> {
    Ok(1)
}

struct Client;

impl Client {
    #[circuit_breaker(fallback = |this, n, cause| Ok(0))]
    fn self_is_in_scope(&self, n: u8) -> Result<u8, BreakerError> {
        Ok(n)
    }
}

fn main() {}
