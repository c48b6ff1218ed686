// [MAC-047]
use std::pin::Pin;

use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker]
fn binding() -> Result<u8, BreakerError> {
    let z
}

#[circuit_breaker]
async fn condition() -> Result<u8, BreakerError> {
    std::future::ready(()).await;
    if
}

#[circuit_breaker]
fn boxed(n: u8) -> Pin<Box<dyn Future<Output = Result<u8, BreakerError>>>> {
    Box::pin(async move { n. })
}

fn main() {
    let _ = (binding(), condition(), boxed(1));
}
