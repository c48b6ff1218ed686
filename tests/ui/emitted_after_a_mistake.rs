// [MAC-235]
use breakerbox::{BreakerError, circuit_breaker};

struct Client;

impl Client {
    #[circuit_breaker(treshold = 5)]
    fn method(&self) -> Result<u8, BreakerError> {
        Ok(1)
    }
}

trait Call {
    fn call(&self) -> Result<u8, BreakerError>;
}

impl Call for Client {
    #[circuit_breaker(cooldown = 30)]
    fn call(&self) -> Result<u8, BreakerError> {
        Ok(1)
    }
}

#[circuit_breaker(name = "")]
async fn function(n: u8) -> Result<u8, BreakerError> {
    Ok(n)
}

// Nothing here is missing: each of the above is still there, unguarded.
fn main() {
    #[circuit_breaker(probes = 0)]
    fn inside() -> Result<u8, BreakerError> {
        Ok(1)
    }

    let _ = Client.method();
    let _ = Call::call(&Client);
    let _ = inside();
    drop(function(1));
}
