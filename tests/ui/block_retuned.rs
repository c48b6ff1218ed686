use breakerbox::{BreakerError, circuit_breaker};

struct Client;

#[circuit_breaker(name = "llm", threshold = 3, cooldown = "1m")]
impl Client {
    #[circuit_breaker(threshold = 5)]
    fn other(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    #[circuit_breaker(threshold = 0x3, cooldown = "60s", probes = 2)]
    fn more(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    #[circuit_breaker(threshold = 0x3, cooldown = "60s")]
    fn same(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    #[circuit_breaker(name = "own", threshold = 5)]
    fn own(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

fn main() {
    let _ = (Client.other(), Client.more(), Client.same(), Client.own());
}
