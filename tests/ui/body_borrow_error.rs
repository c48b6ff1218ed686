// [MAC-047]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker]
fn local() -> Result<&'static str, BreakerError> {
    let text = String::from("text");
    Ok(&text)
}

#[circuit_breaker]
async fn local_async() -> Result<&'static str, BreakerError> {
    let text = String::from("text");
    Ok(&text)
}

#[circuit_breaker]
fn moved_twice(text: String) -> Result<u8, BreakerError> {
    drop(text);
    drop(text);
    Ok(1)
}

#[circuit_breaker(fallback = Ok(0))]
async fn moved_twice_async(text: String) -> Result<u8, BreakerError> {
    drop(text);
    drop(text);
    Ok(1)
}

#[circuit_breaker]
fn not_mutable(text: String) -> Result<u8, BreakerError> {
    text.push('a');
    Ok(1)
}

#[circuit_breaker(fallback = Ok(0), fallback_on = "failure")]
async fn not_mutable_async(text: String) -> Result<u8, BreakerError> {
    text.push('a');
    Ok(1)
}

#[circuit_breaker]
fn lifetime<'a>(one: &'a str, other: &str) -> Result<&'a str, BreakerError> {
    Ok(if one.is_empty() { other } else { one })
}

fn main() {}
