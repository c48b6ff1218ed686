use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(key = modle)]
fn misspelt(model: &str) -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(key = self.model)]
fn no_self(model: &str) -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(key = reply)]
fn of_the_body() -> Result<(), BreakerError> {
    let reply = 1;
    Ok(())
}

fn main() {}
