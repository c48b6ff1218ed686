use breakerbox::{BreakerError, circuit_breaker};

struct Model;

#[circuit_breaker(key = model)]
fn no_display(model: Model) -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(key = model)]
async fn no_display_async(model: &Model) -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(key = model)]
fn option(model: Option<&str>) -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(key = model)]
fn generic<T>(model: T) -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(key = drop(model))]
fn moved(model: String) -> Result<(), BreakerError> {
    drop(model);
    Ok(())
}

#[circuit_breaker(key = model.missing())]
fn no_such_method(model: &str) -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
