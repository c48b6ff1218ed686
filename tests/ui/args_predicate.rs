use breakerbox::{BreakerError, circuit_breaker};

type Reply = Result<u8, BreakerError>;

fn is_5xx(_: &Reply) -> bool {
    true
}

fn of_code(_: &u8) -> bool {
    true
}

fn by_value(_: Reply) -> bool {
    true
}

fn no_bool(_: &Reply) -> u8 {
    1
}

fn of_nothing() -> bool {
    true
}

fn of_two(_: &Reply, _: u8) -> bool {
    true
}

async fn later(_: &Reply) -> bool {
    true
}

#[circuit_breaker(failure = is_6xx)]
fn misspelt() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure = of_code)]
fn of_another_type() -> Reply {
    Ok(1)
}

#[circuit_breaker(ignore = by_value)]
async fn takes_the_output() -> Reply {
    Ok(1)
}

#[circuit_breaker(trip(Err(_), no_bool))]
fn returns_no_bool() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure(of_nothing, of_two))]
fn takes_none_or_two() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure = later)]
async fn is_async() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure = |o| o.status())]
fn unknown_method() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure = |o| o.as_ref().ok())]
async fn closure_of_another_type() -> Reply {
    Ok(1)
}

fn main() {}
