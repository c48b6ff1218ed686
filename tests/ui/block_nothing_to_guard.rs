use breakerbox::{BreakerError, circuit_breaker};

struct Client;

#[circuit_breaker(name = "llm")]
impl Client {
    const LIMIT: u8 = 1;

    fn new() -> Self {
        Client
    }

    #[circuit_breaker(skip)]
    fn call(&self) -> Result<u8, BreakerError> {
        Ok(Self::LIMIT)
    }
}

fn main() {
    let _ = Client::new().call();
}
