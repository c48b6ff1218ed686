use breakerbox::{BreakerError, circuit_breaker};

struct Client;

#[circuit_breaker(name = "llm", fallback = Self::spare)]
impl Client {
    const fn constant(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    fn plain(&self) -> u8 {
        1
    }

    fn nothing(&self) {}

    fn spare(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    #[circuit_breaker(fallback = |_| Ok(()))]
    fn arity(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

fn main() {
    // All of them are still there.
    let _ = (Client.constant(), Client.plain(), Client.spare(), Client.arity());
    Client.nothing();
}
