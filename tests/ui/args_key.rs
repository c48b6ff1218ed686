use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(key)]
fn no_value() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(key = )]
fn nothing() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(key = model +)]
fn half_an_expression() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(key = a, key = b)]
fn twice() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(key(model))]
fn parentheses() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
