use breakerbox::{BreakerError, circuit_breaker};

struct Client;

#[circuit_breaker(name = "llm")]
impl Client {
    fn call(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    fn oth
}

fn main() {
    let _ = Client.call();
}
