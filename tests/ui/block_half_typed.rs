// [MAC-047]
use breakerbox::{BreakerError, circuit_breaker};

struct Client {
    name: String,
}

#[circuit_breaker(name = "llm")]
impl Client {
    fn call(&self) -> Result<(), BreakerError> {
        self.name.
    }

    fn other(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

fn main() {
    let client = Client { name: String::new() };
    let _ = (client.call(), client.other());
}
