use breakerbox::{BreakerError, circuit_breaker};

struct Client;

#[circuit_breaker(name = "llm", timeout = "1s", on_cancel = "failure")]
impl Client {
    async fn call(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    fn sync(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    #[circuit_breaker(timeout = "2s")]
    fn own(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

fn main() {
    let _ = (Client.call(), Client.sync(), Client.own());
}
