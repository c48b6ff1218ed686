// [MAC-245]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(fallback = call)]
fn call() -> Result<u8, BreakerError> {
    Ok(1)
}

#[circuit_breaker(fallback = call_async)]
async fn call_async(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

struct Client;

impl Client {
    #[circuit_breaker(fallback = Self::method)]
    fn method(&self) -> Result<u8, BreakerError> {
        Ok(1)
    }

    #[circuit_breaker(fallback = Self::function)]
    fn function() -> Result<u8, BreakerError> {
        Ok(1)
    }
}

fn main() {}
