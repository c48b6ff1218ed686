use breakerbox::{BreakerError, circuit_breaker};

#[derive(Debug)]
struct Wrong;

fn to_string(error: BreakerError) -> String {
    error.to_string()
}

fn no_argument() -> Wrong {
    Wrong
}

#[circuit_breaker(error = to_string)]
fn path_to_another_type() -> Result<(), Wrong> {
    Ok(())
}

#[circuit_breaker(error = no_argument)]
fn path_without_the_argument() -> Result<(), Wrong> {
    Ok(())
}

#[circuit_breaker(error = |e| e.to_string())]
fn closure_to_another_type() -> Result<(), Wrong> {
    Ok(())
}

#[circuit_breaker(error = |e| e.to_string())]
async fn closure_to_another_type_async() -> Result<(), Wrong> {
    Ok(())
}

fn main() {}
