use std::time::Duration;

use breakerbox::{Breaker, BreakerError, Config, circuit_breaker};

const TUNING: Config =
    Config::builder().window_calls(20).failure_rate(0.5).probe_timeout(Duration::from_secs(5)).build_const();
const CAPPED: Config =
    Config::builder().backoff(2.0).cooldown_max(Duration::from_secs(60)).build_const();
const NUMBER: u32 = 5;
const MANY: u32 = 50;
static OWN: Breaker = Breaker::new("own", TUNING);

#[circuit_breaker(config = NUMBER)]
fn wrong_type() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(config = 5)]
fn no_path() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(config = Config::builder().threshold(2).build_const())]
fn expression() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(config = MISSING)]
fn missing() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(config = make)]
fn no_constant() -> Result<(), BreakerError> {
    Ok(())
}

fn make() -> Config {
    TUNING
}

trait Tuned {
    const TUNING: Config;
}

#[circuit_breaker(config = T::TUNING)]
fn generic<T: Tuned>(_: T) -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(breaker = OWN, config = TUNING)]
fn beside_breaker() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(config = TUNING, min_calls = 21)]
fn literal_beyond_the_window() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(config = TUNING, failure_count = MANY)]
fn constant_beyond_the_window() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(config = CAPPED, cooldown = "2m")]
fn beyond_the_cap() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(config = TUNING, timeout = "10s")]
async fn longer_than_a_probe() -> Result<(), BreakerError> {
    std::future::ready(()).await;
    Ok(())
}

#[circuit_breaker(config = TUNING, config = CAPPED)]
fn twice() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
