use breakerbox::{BreakerError, circuit_breaker};

const WINDOW: u32 = 100;

#[circuit_breaker(slow_call = "1s", slow_rate = 0.1, window = 1)]
fn lowest() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = 0)]
fn no_calls() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = -1)]
fn negative() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = "1s", slow_rate = 0.1, window = 1_000_000)]
fn highest() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = 1_000_001)]
fn more_than_the_highest() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = 100u32)]
fn suffix() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = 10s)]
fn time_without_quotes() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = 1.5s)]
fn fraction_of_time_without_quotes() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = 10.5)]
fn float() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = "100")]
fn no_unit() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = "9ms")]
fn too_short() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = "25h")]
fn too_long() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = "1s", slow_rate = 0.1, window = "10ms")]
fn shortest() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = "0s")]
fn no_time() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = "-1s")]
fn negative_time() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = "last 100 calls")]
fn words() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = true)]
fn boolean() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = WINDOW)]
fn constant() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = Duration::from_secs(10))]
fn call() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = ("10s", 10))]
fn tuple() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
