// [MAC-234]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(name = "", treshold = 5, cooldown = "30", probes = 0, fallback_on = "always")]
fn every_argument() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = 0, cooldown = 30)]
const fn argument_and_signature() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(threshold = 0)]
struct ArgumentAndItem;

#[circuit_breaker(fallback = |a, b| { f(a, b) }, probes = 0, error = |e| Wrong(e), nmae = "llm")]
fn after_commas_in_values() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(
    failure_rate = 50,
    window = "5ms",
    min_calls = 0,
    slow_rate = 2.0,
    cooldown_max = "1s",
    jitter = "10%",
    on_cancel = "fail",
    timeout = 3,
    key = model +,
    trip(),
    retry_after = 30,
)]
async fn windows_and_verdicts(model: &str) -> Result<(), BreakerError> {
    let _ = model;
    Ok(())
}

fn main() {}
