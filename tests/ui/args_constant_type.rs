use breakerbox::{BreakerError, circuit_breaker};

const TEXT: &str = "30s";
const NUMBER: u32 = 5;

#[circuit_breaker(threshold = TEXT)]
fn text_for_a_number() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = NUMBER)]
fn number_for_a_name() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = TEXT)]
fn text_for_a_duration() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = format!("llm-{}", 1))]
fn owned_text_for_a_name() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
