// [MAC-047]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker]
fn tail() -> Result<u8, BreakerError> {
    Ok("text")
}

#[circuit_breaker(fallback = Ok(0))]
fn empty() -> Result<u8, BreakerError> {}

#[circuit_breaker]
async fn empty_async() -> Result<u8, BreakerError> {}

#[circuit_breaker]
async fn tail_async() -> Result<u8, BreakerError> {
    Ok("text")
}

#[circuit_breaker(failure = Err(_))]
fn semicolon() -> Result<u8, BreakerError> {
    Ok(1);
}

#[circuit_breaker(failure = Err(_))]
async fn semicolon_async() -> Result<u8, BreakerError> {
    Ok(1);
}

#[circuit_breaker]
fn early() -> Result<u8, BreakerError> {
    if true {
        return Ok(None);
    }
    Ok(1)
}

#[circuit_breaker]
async fn early_async() -> Result<u8, BreakerError> {
    if true {
        return 1;
    }
    Ok(1)
}

#[circuit_breaker]
fn question_mark() -> Result<u8, BreakerError> {
    let n: u8 = "1".parse()?;
    Ok(n)
}

#[circuit_breaker]
async fn question_mark_async() -> Result<u8, BreakerError> {
    let n: u8 = "1".parse()?;
    Ok(n)
}

fn main() {}
