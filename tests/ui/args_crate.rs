use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(crate = breakerbox)]
fn relative() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(crate = my::breaker)]
fn relative_path() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(crate = "breakerbox")]
fn string() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(crate = <Type>::breaker)]
fn of_a_type() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(crate = ::my::breaker<u8>)]
fn generic() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
