use breakerbox::{Breaker, BreakerError, Config, circuit_breaker};

struct Client {
    breaker: Breaker,
    calls: u32,
}

impl Client {
    #[circuit_breaker(breaker = self.breaker)]
    fn by_mutable_reference(&mut self) -> Result<u32, BreakerError> {
        self.calls += 1;
        Ok(self.calls)
    }

    #[circuit_breaker(breaker = &self.breaker)]
    async fn by_value(self) -> Result<u32, BreakerError> {
        Ok(self.calls)
    }
}

fn main() {
    let mut client = Client { breaker: Breaker::new("llm", Config::new()), calls: 0 };
    let _ = client.by_mutable_reference();
    let _ = client.by_value();
}
