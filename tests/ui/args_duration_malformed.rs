// [MAC-213]
use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(cooldown = "")]
fn empty() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "s")]
fn no_number() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "forever")]
fn word() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_timeout = "+1s")]
fn plus() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "1.s")]
fn no_digit_after_the_point() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = ".5s")]
fn no_digit_before_the_point() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "1.2.3s")]
fn two_points() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "1.5m3s")]
fn fraction_before_the_last() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "1s1h")]
fn smaller_unit_first() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(cooldown = "1s1s")]
fn unit_twice() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
