use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(failure_rate = 0)]
fn no_rate() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.0)]
fn no_rate_as_a_float() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.000001)]
fn lowest_rate() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 1.0)]
fn highest_rate() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 1)]
fn highest_rate_as_an_integer() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 1.1)]
fn more_than_the_highest_rate() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 50)]
fn percent() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = -0.5)]
fn negative_rate() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 1e400)]
fn beyond_every_float() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 1e-400)]
fn too_near_to_nothing() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5f64)]
fn suffix() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 1u8)]
fn suffix_of_an_integer() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = "0.5")]
fn string() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = "50%")]
fn string_of_percent() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 50%)]
fn bare_percent() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 1.0 / 2.0)]
fn sum() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = "1s", slow_rate = 0)]
fn no_slow_rate() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = "1s", slow_rate = 1.0)]
fn highest_slow_rate() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = "1s", slow_rate = 1.5)]
fn more_than_the_highest_slow_rate() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = "1s", slow_rate = true)]
fn boolean() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(jitter = 0)]
fn no_jitter() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(jitter = 1.0)]
fn highest_jitter() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(jitter = 1.1)]
fn more_than_the_highest_jitter() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(jitter = 20)]
fn jitter_in_percent() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(jitter = -0.1)]
fn negative_jitter() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(jitter = "200ms")]
fn jitter_as_a_duration() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff = 1)]
fn no_backoff() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff = 0.99)]
fn shrinking_backoff() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff = -2)]
fn negative_backoff() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff = 1e400)]
fn infinite_backoff() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff = "2s")]
fn backoff_as_a_duration() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff = 'x')]
fn character() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
