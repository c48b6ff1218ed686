use breakerbox::{BreakerError, circuit_breaker};

struct Client;

#[circuit_breaker(name = "llm")]
impl Client {
    fn call(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    fn plain(&self) -> u8 {
        1
    }

    fn nothing(&self) {}

    fn found(&self) -> Option<u8> {
        None
    }

    fn shared() -> std::sync::Arc<Self> {
        std::sync::Arc::new(Client)
    }
}

fn main() {
    let _ = (Client.call(), Client.plain());
    Client.nothing();
    let _ = (Client.found(), Client::shared());
}
