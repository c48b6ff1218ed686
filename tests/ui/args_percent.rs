use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(failure_rate = "25%")]
fn quoted() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 50%, window = 100)]
fn bare() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(jitter = "0.2", probes = "2")]
fn number_in_quotes() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = "1s", slow_rate = "150 %")]
fn too_much() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(backoff = "200%")]
fn factor() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "99999999999999999999s")]
fn longer_than_a_duration() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "1 min", slow_call = "1d")]
fn as_people_write() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
