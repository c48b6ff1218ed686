use breakerbox::{BreakerError, circuit_breaker};

enum Failure {
    Timeout,
}

impl From<BreakerError> for Failure {
    fn from(_: BreakerError) -> Self {
        Failure::Timeout
    }
}

#[circuit_breaker(failure = Err(Failure::Overloaded))]
fn unknown_variant() -> Result<(), Failure> {
    Ok(())
}

#[circuit_breaker(failure = None)]
fn pattern_of_another_type() -> Result<(), Failure> {
    Ok(())
}

#[circuit_breaker(failure(Err(_), Ok(n) if n.is_empty()))]
fn guard_of_another_type() -> Result<u8, Failure> {
    Ok(1)
}

#[circuit_breaker(ignore = Err(error) if error)]
async fn guard_that_is_no_condition() -> Result<u8, Failure> {
    Ok(1)
}

fn main() {}
