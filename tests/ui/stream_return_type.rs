//! `stream` on functions that visibly return no stream.

use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(stream)]
async fn number() -> Result<u8, BreakerError> {
    Ok(1)
}

#[circuit_breaker(stream(first = "10s"))]
fn list() -> Vec<u8> {
    Vec::new()
}

#[circuit_breaker(stream)]
fn nothing() {}

struct Client;

#[circuit_breaker(stream)]
impl Client {
    fn models(&self) -> Result<Vec<String>, BreakerError> {
        Ok(Vec::new())
    }
}

fn main() {}
