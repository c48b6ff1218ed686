use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(trip())]
fn empty_list() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(trip)]
fn no_value() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(trip = )]
fn nothing() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(trip = 4 +)]
fn half_a_pattern() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(trip(Err(_), if true))]
fn guard_without_a_pattern() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(trip = Err(_) if)]
fn pattern_without_a_guard() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(trip = |error, output| true)]
fn closure() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
