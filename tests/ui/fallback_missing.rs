use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(fallback = cached)]
fn path() -> Result<u8, BreakerError> {
    Ok(1)
}

#[circuit_breaker(fallback = cached)]
async fn path_async() -> Result<u8, BreakerError> {
    Ok(1)
}

#[circuit_breaker(fallback = Ok(cached()))]
fn expression() -> Result<u8, BreakerError> {
    Ok(1)
}

struct Client;

impl Client {
    #[circuit_breaker(fallback = Client::cached)]
    fn method(&self) -> Result<u8, BreakerError> {
        Ok(1)
    }
}

fn main() {}
