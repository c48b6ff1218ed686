// [MAC-066] [MAC-070]
use breakerbox::circuit_breaker;

// The failures are told, but a rejected call has nothing to return.

#[circuit_breaker(failure = 0)]
fn plain() -> u64 {
    1
}

#[circuit_breaker(failure = 0)]
async fn plain_async() -> u64 {
    1
}

#[circuit_breaker(failure = None)]
fn option() -> Option<u64> {
    None
}

#[circuit_breaker(failure = ())]
fn nothing() {}

fn main() {}
