use breakerbox::{BreakerError, circuit_breaker};

struct Client;

#[circuit_breaker(name = "llm")]
impl Client {
    fn call(&self) -> Result<u8, BreakerError> {
        Ok("one")
    }

    async fn call_async(&self) -> Result<u8, BreakerError> {
        let n: u8 = missing(self).await;
        Ok(n)
    }
}

fn main() {
    let _ = (Client.call(), Client.call_async());
}
