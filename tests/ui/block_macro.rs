use breakerbox::{BreakerError, circuit_breaker};

macro_rules! method {
    ($name:ident) => {
        fn $name(&self) -> Result<(), BreakerError> {
            Ok(())
        }
    };
}

struct Client;

#[circuit_breaker(name = "llm", threshold = 4)]
#[circuit_breaker(name = "llm")]
impl Client {
    method!(hidden);

    fn call(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

fn main() {
    let _ = (Client.hidden(), Client.call());
}
