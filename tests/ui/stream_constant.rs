//! Constants for the limits of a stream.

use std::time::Duration;

use breakerbox::{BreakerError, Config, circuit_breaker};
use futures_util::stream::BoxStream;

type Reply = Result<BoxStream<'static, Result<u8, BreakerError>>, BreakerError>;

const NONE: Duration = Duration::ZERO;
const LONG: Duration = Duration::from_secs(60);
const TUNING: Config = Config::builder().probe_timeout(Duration::from_secs(5)).build_const();

#[circuit_breaker(stream(stall = NONE))]
async fn zero() -> Reply {
    unreachable!()
}

#[circuit_breaker(probe_timeout = "5s", stream(first = LONG))]
async fn beyond_probe_timeout() -> Reply {
    unreachable!()
}

#[circuit_breaker(config = TUNING, stream(first = "10s"))]
async fn beyond_config() -> Reply {
    unreachable!()
}

fn main() {}
