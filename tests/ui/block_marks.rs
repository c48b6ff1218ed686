use breakerbox::{BreakerError, circuit_breaker};

struct Client;

#[circuit_breaker(name = "llm", treshold = 3)]
impl Client {
    #[circuit_breaker(skip, threshold = 5)]
    fn both(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    #[circuit_breaker(threshold = 0)]
    #[inline]
    #[circuit_breaker(skip)]
    fn two(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    #[cfg_attr(unix, circuit_breaker(skip))]
    fn conditional(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    #[circuit_breaker = "skip"]
    fn value(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

#[circuit_breaker(skip)]
fn free() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(skip)]
impl Clone for Client {
    fn clone(&self) -> Self {
        Client
    }
}

fn main() {
    let _ = (Client.both(), Client.two(), Client.conditional(), Client.value(), free());
}
