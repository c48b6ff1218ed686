// [MAC-227]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(name = llm)]
fn name_without_quotes() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = THRESHOLD)]
fn number() -> Result<(), BreakerError> {
    Ok(())
}

trait Backend {
    const NAME: &str;
}

#[circuit_breaker(name = B::NAME)]
fn generic<B: Backend>() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
