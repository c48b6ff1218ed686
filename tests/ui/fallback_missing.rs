// [MAC-240]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(fallback = canned)]
fn path() -> Result<u8, BreakerError> {
    Ok(1)
}

#[circuit_breaker(fallback = canned)]
async fn path_async() -> Result<u8, BreakerError> {
    Ok(1)
}

#[circuit_breaker(fallback = Ok(canned()))]
fn expression() -> Result<u8, BreakerError> {
    Ok(1)
}

struct Client;

impl Client {
    #[circuit_breaker(fallback = Client::canned)]
    fn method(&self) -> Result<u8, BreakerError> {
        Ok(1)
    }
}

fn main() {}
