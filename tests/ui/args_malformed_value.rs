use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(threshold = -)]
fn operator_without_operand() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = !, probes = 0)]
fn operator_before_the_next() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback = f(1 +), probes = 0)]
fn call_breaks_off() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = struct)]
fn keyword() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure = =>)]
fn pattern() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(ignore = Err(_) if)]
fn guard() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = ; probes = 0)]
fn semicolon() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(crate = ::)]
fn path() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(error = |e|)]
fn closure() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
