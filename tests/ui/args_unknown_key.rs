// [MAC-230]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(treshold = 5)]
fn misspelt() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cool_down = "30s")]
fn misspelt_with_a_value_of_any_kind() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(Name = "llm")]
fn capital() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retries = 3)]
fn foreign() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fn = 3)]
fn keyword() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(breaker::name = "llm")]
fn path() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(rate = 0.5)]
fn word_of_two() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rates = 0.5)]
fn plural() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry = 3)]
fn word_of_one() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(reset_timeout = 30)]
fn of_another_library() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failureRateThreshold = 50)]
fn of_another_language() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown_secs = 30)]
fn with_a_unit() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(on_open = |e| log(e))]
fn of_the_registry() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(thresh = 3, per_key = user, filter = 1)]
fn three() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
