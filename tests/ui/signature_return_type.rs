// [MAC-065] [MAC-066]
use breakerbox::circuit_breaker;

#[circuit_breaker]
fn plain() -> u64 {
    1
}

#[circuit_breaker]
async fn plain_async() -> u64 {
    1
}

#[circuit_breaker]
fn option() -> Option<u64> {
    None
}

#[circuit_breaker(name = "llm")]
async fn option_async() -> Option<u64> {
    None
}

#[circuit_breaker]
fn shown() -> impl std::fmt::Display {
    1
}

fn main() {}
