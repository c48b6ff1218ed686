// [MAC-066] [MAC-070]
use breakerbox::circuit_breaker;

// A fallback answers a rejection, but nothing says which calls failed.

#[circuit_breaker(fallback = 0)]
fn plain() -> u64 {
    1
}

#[circuit_breaker(fallback = 0)]
async fn plain_async() -> u64 {
    1
}

#[circuit_breaker(fallback = None)]
fn option() -> Option<u64> {
    None
}

#[circuit_breaker(fallback = None, fallback_on = "failure")]
async fn option_async() -> Option<u64> {
    None
}

#[circuit_breaker(ignore = Some(0), fallback = None)]
fn option_with_ignore() -> Option<u64> {
    None
}

#[circuit_breaker(fallback = ())]
fn nothing() {}

fn main() {}
