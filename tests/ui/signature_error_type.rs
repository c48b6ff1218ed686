// [MAC-071]
use breakerbox::circuit_breaker;

#[derive(Debug)]
struct LlmError;

#[circuit_breaker]
fn plain() -> Result<u8, LlmError> {
    Ok(1)
}

#[circuit_breaker]
async fn plain_async() -> Result<u8, LlmError> {
    Ok(1)
}

#[circuit_breaker(failure = Err(LlmError))]
fn with_failure() -> Result<u8, LlmError> {
    Ok(1)
}

#[circuit_breaker(failure = Err(LlmError))]
async fn with_failure_async() -> Result<u8, LlmError> {
    Ok(1)
}

#[circuit_breaker]
fn io() -> std::io::Result<u8> {
    Ok(1)
}

#[circuit_breaker]
fn generic<E>(error: E) -> Result<u8, E> {
    Err(error)
}

struct Client;

impl Client {
    #[circuit_breaker]
    async fn method(&mut self, argument: &str) -> Result<&mut Self, LlmError> {
        let _ = argument;
        Ok(self)
    }
}

fn main() {}
