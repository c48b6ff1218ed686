//! `stream` on functions whose types the compiler finds out to be wrong.

use breakerbox::{BreakerError, circuit_breaker};
use futures_util::Stream;
use futures_util::stream::{self, Empty};

#[circuit_breaker(stream)]
fn concrete() -> Result<Empty<u8>, BreakerError> {
    Ok(stream::empty())
}

#[circuit_breaker(stream)]
fn no_rejection() -> impl Stream<Item = u8> {
    stream::empty()
}

#[circuit_breaker(stream)]
fn foreign_error() -> impl Stream<Item = Result<u8, std::fmt::Error>> {
    stream::empty()
}

fn main() {}
