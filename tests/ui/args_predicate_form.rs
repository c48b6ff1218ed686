use breakerbox::{BreakerError, circuit_breaker};

type Reply = Result<u8, BreakerError>;

fn is_5xx(_: &Reply) -> bool {
    true
}

#[circuit_breaker(failure = || true)]
fn no_argument() -> Reply {
    Ok(1)
}

#[circuit_breaker(ignore(Err(_), |a, b| a == b))]
fn two_arguments() -> Reply {
    Ok(1)
}

#[circuit_breaker(trip = async |o| o.is_err())]
async fn awaiting() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure = async { true })]
async fn no_closure() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure = | Err(_) | Ok(3))]
fn leading_bar() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure = Err(_) | is_5xx)]
fn function_in_a_pattern() -> Reply {
    Ok(1)
}

#[circuit_breaker(ignore(is_5xx | is_5xx))]
fn functions_in_a_pattern() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure = &is_5xx)]
fn reference() -> Reply {
    Ok(1)
}

#[circuit_breaker(ignore(ref output))]
fn binding() -> Reply {
    Ok(1)
}

#[circuit_breaker(trip = output @ _)]
fn binding_of_anything() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure = (&Ok(503)))]
fn only_ok() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure(_reply @ Ok(1), Ok { 0: 2 }))]
fn list_of_ok() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure = |)]
fn half_a_closure() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure(|o| , Err(_)))]
fn no_body() -> Reply {
    Ok(1)
}

fn main() {}
