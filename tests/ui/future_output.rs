// [MAC-016] [MAC-017]
use std::pin::Pin;

use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(name = "llm")]
fn plain() -> impl Future<Output = u32> {
    async { 1 }
}

#[circuit_breaker(name = "llm")]
fn nothing() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async {})
}

#[circuit_breaker(name = "llm")]
fn never() -> Pin<Box<dyn Future<Output = !>>> {
    Box::pin(std::future::pending())
}

#[circuit_breaker(name = "llm")]
fn no_rejection() -> impl Future<Output = Result<u32, String>> {
    let n = 1;
    async move { Ok(n) }
}

type Hidden = Pin<Box<dyn Future<Output = Result<u32, BreakerError>>>>;

#[circuit_breaker(name = "llm")]
fn hidden() -> Hidden {
    Box::pin(async { Ok(1) })
}

fn main() {
    let _ = (plain(), nothing(), never(), no_rejection(), hidden());
}
