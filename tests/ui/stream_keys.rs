//! The keys inside of `stream(...)`.

use breakerbox::{BreakerError, circuit_breaker};
use futures_util::stream::BoxStream;

type Reply = Result<BoxStream<'static, Result<u8, BreakerError>>, BreakerError>;

#[circuit_breaker(stream(frist = "10s"))]
async fn misspelt() -> Reply {
    unreachable!()
}

#[circuit_breaker(stream(limit = "10s"))]
async fn unknown() -> Reply {
    unreachable!()
}

#[circuit_breaker(stream(first = "10s", stall = "1s", first = "20s"))]
async fn twice() -> Reply {
    unreachable!()
}

#[circuit_breaker(stream, stream(first = "10s"))]
async fn stream_twice() -> Reply {
    unreachable!()
}

#[circuit_breaker(stream(first = "0s", stall = 30))]
async fn zero_and_no_unit() -> Reply {
    unreachable!()
}

#[circuit_breaker(stream(until = "last"))]
async fn until() -> Reply {
    unreachable!()
}

#[circuit_breaker(stream(failure()))]
async fn no_pattern() -> Reply {
    unreachable!()
}

#[circuit_breaker(stream(failure = Ok(0)))]
async fn no_err() -> Reply {
    unreachable!()
}

#[circuit_breaker(stream(stall = "1s", error = 5))]
async fn error() -> Reply {
    unreachable!()
}

#[circuit_breaker(stream = true)]
async fn no_parentheses() -> Reply {
    unreachable!()
}

#[circuit_breaker(stream(first "10s" stall = "1s"))]
async fn no_equals() -> Reply {
    unreachable!()
}

fn main() {}
