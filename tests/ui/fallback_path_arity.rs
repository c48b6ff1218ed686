// [MAC-249]
use breakerbox::{BreakerError, circuit_breaker};

fn none() -> Result<u8, BreakerError> {
    Ok(0)
}

fn two(_: u8, _: u8) -> Result<u8, BreakerError> {
    Ok(0)
}

#[circuit_breaker(fallback = none)]
fn fewer(_n: u8) -> Result<u8, BreakerError> {
    Ok(1)
}

#[circuit_breaker(fallback = two)]
async fn more(_n: u8) -> Result<u8, BreakerError> {
    Ok(1)
}

#[circuit_breaker(fallback = two, fallback_on = "failure")]
fn more_on_failure(_n: u8) -> Result<u8, BreakerError> {
    Ok(1)
}

struct Client;

impl Client {
    #[circuit_breaker(fallback = none)]
    fn self_counts(&self) -> Result<u8, BreakerError> {
        Ok(1)
    }
}

fn main() {}
