// [MAC-035]
use breakerbox::{BreakerError, circuit_breaker};

trait Client {
    #[circuit_breaker]
    fn call(&self) -> Result<(), BreakerError>;

    #[circuit_breaker(name = "llm")]
    async fn call_async(&self) -> Result<(), BreakerError>;
}

unsafe extern "C" {
    #[circuit_breaker]
    fn abs(n: i32) -> i32;
}

struct Remote;

impl Client for Remote {
    fn call(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    async fn call_async(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

fn main() {
    let _ = unsafe { abs(-1) };
}
