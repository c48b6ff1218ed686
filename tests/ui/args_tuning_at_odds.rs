use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(failure_rate = 0.5, window = 20, min_calls = 50)]
fn more_calls_than_the_window() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, min_calls = 101)]
fn more_calls_than_the_default_window() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, window = 20, min_calls = 20)]
fn as_many_calls_as_the_window() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, window = "1s", min_calls = 500)]
fn many_calls_in_a_time() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = 20, failure_count = 21)]
fn more_failures_than_the_window() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_count = 101)]
fn more_failures_than_the_default_window() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_rate = 0.5)]
fn rate_of_nothing() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "1m", jitter = 0.5, cooldown_max = "30s")]
fn highest_below_the_first() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown_max = "10s", backoff = 2)]
fn highest_below_the_default() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "1.5s", backoff = 2, cooldown_max = "1s")]
fn fraction() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown_max = "30s", cooldown = "30s", backoff = 2)]
fn as_long_as_the_first() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = 5, min_calls = 10, failure_count = 6, slow_rate = 0.1, backoff = 2, cooldown_max = "1ms")]
fn all_at_once() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_rate = 0.5, slow_call = 2)]
fn what_it_is_measured_by_is_wrong() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "60", backoff = 2, cooldown_max = "40s")]
fn another_that_is_wrong() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = 10.5, failure_count = 500)]
fn a_window_that_is_wrong() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
