use breakerbox::{Breaker, BreakerError, Config, circuit_breaker};

static LLM: Breaker = Breaker::new("llm", Config::new());

#[circuit_breaker(breaker = LLM, name = "llm", threshold = 3)]
fn tuned() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(key = model, window = "10s", breaker = LLM)]
fn keyed(model: &str) -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(breaker)]
fn nothing() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(breaker = "llm")]
fn named() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = (tuned(), keyed(""), nothing(), named());
}
