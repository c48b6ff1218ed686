use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(timeout = "40s", probe_timeout = "30s")]
async fn longer() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_timeout = "100ms", timeout = "100.5ms")]
async fn a_little_longer() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_timeout = "1m", timeout = "60s")]
async fn as_long() -> Result<(), BreakerError> {
    Ok(())
}

// Without a `probe_timeout` a probe keeps its slot for the whole `timeout`.
#[circuit_breaker(cooldown = "1s", timeout = "60s")]
async fn not_given() -> Result<(), BreakerError> {
    Ok(())
}

struct Client;

#[circuit_breaker(name = "client", probe_timeout = "5s")]
impl Client {
    #[circuit_breaker(timeout = "6s")]
    async fn longer_than_on_its_block(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    #[circuit_breaker(timeout = "5s")]
    async fn as_long_as_on_its_block(&self) -> Result<(), BreakerError> {
        Ok(())
    }

    async fn without(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

#[circuit_breaker(timeout = "6s", probe_timeout = "5s")]
impl Client {
    async fn both_on_the_block(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

fn main() {}
