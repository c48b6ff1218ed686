use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(count_calls = "true")]
fn string() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(count_calls = 1)]
fn integer() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(count_calls = yes())]
fn call() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(count_calls = !true)]
fn operator() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(count_calls = true, count_calls = false)]
fn repeated() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(count_calls)]
fn no_value() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
