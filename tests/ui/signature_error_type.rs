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

#[circuit_breaker]
async fn awaiting(prompt: &str) -> Result<u8, LlmError> {
    std::future::ready(()).await;
    Ok(1)
}

#[circuit_breaker(failure = Err(LlmError))]
async fn awaiting_with_failure(prompt: &str) -> Result<u8, LlmError> {
    std::future::ready(()).await;
    Ok(1)
}

#[circuit_breaker]
fn boxed() -> std::pin::Pin<Box<dyn Future<Output = Result<u8, LlmError>>>> {
    Box::pin(async { Ok(1) })
}

#[circuit_breaker]
fn made() -> impl Future<Output = Result<u8, LlmError>> {
    std::future::ready(Ok(1))
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
fn foreign() -> Result<u8, std::fmt::Error> {
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
