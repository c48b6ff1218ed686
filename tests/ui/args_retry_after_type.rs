use std::time::Duration;

use breakerbox::{BreakerError, circuit_breaker};

fn seconds(_: &Result<(), BreakerError>) -> u64 {
    30
}

fn no_argument() -> Option<Duration> {
    None
}

fn of_text(_: &str) -> Option<Duration> {
    None
}

#[circuit_breaker(retry_after = |output| 30_u64)]
fn number() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry_after = |output| Duration::from_secs(30))]
fn no_option() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry_after = |output| Some(30))]
fn option_of_a_number() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry_after = |output| output.nonsense())]
fn no_such_method() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry_after = seconds)]
fn path_to_a_number() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry_after = no_argument)]
fn path_without_an_argument() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry_after = of_text)]
fn path_of_another_type() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry_after = missing)]
fn missing_path() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry_after = |output| 30_u64)]
async fn number_async() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry_after = |output| 30_u64, timeout = "1s")]
async fn number_with_a_timeout() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
