//! Keys of `stream(...)` that do not fit one another, or others.

use breakerbox::{BreakerError, circuit_breaker};
use futures_util::Stream;
use futures_util::stream::BoxStream;

type Item = Result<u8, BreakerError>;
type Reply = Result<BoxStream<'static, Item>, BreakerError>;

#[circuit_breaker(probe_timeout = "5s", stream(first = "10s"))]
async fn first_beyond_probe_timeout() -> Reply {
    unreachable!()
}

#[circuit_breaker(stream(stall = "10s", until = "first"))]
async fn nothing_to_limit() -> Reply {
    unreachable!()
}

#[circuit_breaker(stream(error = |error| error))]
async fn nothing_to_convert() -> Reply {
    unreachable!()
}

#[circuit_breaker(failure = Err(_), stream)]
fn judged_head() -> BoxStream<'static, Item> {
    unreachable!()
}

#[circuit_breaker(stream, error = |error| error)]
fn error_of_no_result() -> impl Stream<Item = Item> {
    futures_util::stream::empty()
}

#[circuit_breaker(timeout = "5s", stream)]
fn sync_timeout() -> BoxStream<'static, Item> {
    unreachable!()
}

fn main() {}
