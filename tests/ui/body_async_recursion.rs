// [MAC-051]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(name = "llm")]
async fn countdown(n: u32) -> Result<u32, BreakerError> {
    if n == 0 {
        return Ok(0);
    }
    countdown(n - 1).await
}

fn main() {
    let _ = countdown(1);
}
