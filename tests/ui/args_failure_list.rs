use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(failure())]
fn empty_failure() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(ignore())]
fn empty_ignore() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure = Ok(_))]
fn only_ok() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure = Ok(0) if true)]
fn only_ok_with_guard() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure(Ok(r) if r.len() == 1, Result::Ok(ref _r @ 2..=3) | Ok(_r)))]
fn list_of_ok() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure = 1 + 1)]
fn no_pattern() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure = Err(_) if, name = "llm")]
fn guard_without_condition() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure(Err(_) Ok(_)))]
fn no_comma_in_list() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(ignore(Err(_), Ok(1..=2) if))]
fn pattern_breaks_off() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure(, Err(_)))]
fn stray_comma_in_list() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
