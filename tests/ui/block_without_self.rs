use breakerbox::{Breaker, BreakerError, circuit_breaker};

struct Client {
    breaker: Breaker,
}

#[circuit_breaker(breaker = self.breaker)]
impl Client {
    fn connect(breaker: Breaker) -> Result<Self, BreakerError> {
        Ok(Client { breaker })
    }

    fn call(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

fn main() {
    let _ = Client::connect(Breaker::new("llm", breakerbox::Config::new())).unwrap().call();
}
