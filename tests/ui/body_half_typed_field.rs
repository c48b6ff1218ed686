// [MAC-047]
use breakerbox::{BreakerError, circuit_breaker};

struct Client {
    name: String,
}

#[circuit_breaker]
fn call(client: Client) -> Result<u8, BreakerError> {
    client.
}

#[circuit_breaker]
async fn call_async(client: Client) -> Result<u8, BreakerError> {
    client.
}

fn main() {}
