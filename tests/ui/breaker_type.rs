use breakerbox::{Breaker, BreakerError, Config, circuit_breaker};

const NAME: &str = "llm";

#[circuit_breaker(breaker = NAME)]
fn text() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(breaker = NAME.trim())]
async fn awaited() -> Result<(), BreakerError> {
    std::future::ready(()).await;
    Ok(())
}

#[circuit_breaker(breaker = LLM)]
fn missing() -> Result<(), BreakerError> {
    Ok(())
}

struct Client {
    breaker: Option<Breaker>,
}

impl Client {
    #[circuit_breaker(breaker = self.breaker)]
    fn option(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    #[circuit_breaker(breaker = self.braker)]
    fn misspelled(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

fn main() {
    let client = Client { breaker: Some(Breaker::new("llm", Config::new())) };
    let _ = (text(), awaited(), missing(), client.option(), client.misspelled());
}
