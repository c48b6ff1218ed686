// [MAC-047]
use breakerbox::{BreakerError, circuit_breaker};

struct Client {
    log: String,
}

impl Client {
    #[circuit_breaker]
    fn write(&self) -> Result<u8, BreakerError> {
        self.log.push('c');
        Ok(1)
    }

    #[circuit_breaker]
    fn lend(&self, n: u8) -> Result<Box<dyn Fn() -> u8>, BreakerError> {
        Ok(Box::new(|| n))
    }
}

fn main() {
    let client = Client { log: String::new() };
    let _ = (client.write(), client.lend(1));
}
