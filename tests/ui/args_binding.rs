use breakerbox::{BreakerError, circuit_breaker};

enum Error {
    Code(u16),
    Other { code: u16 },
    Rejected(BreakerError),
}

impl From<BreakerError> for Error {
    fn from(error: BreakerError) -> Self {
        Error::Rejected(error)
    }
}

#[circuit_breaker(ignore = Err(is_4xx))]
fn function_in_a_variant() -> Result<u16, Error> {
    Ok(1)
}

#[circuit_breaker(trip(Err(is_4xx)))]
fn function_in_a_list() -> Result<u16, Error> {
    Ok(1)
}

#[circuit_breaker(failure(Err(_), Ok(is_bad_value)))]
fn function_beside_a_pattern() -> Result<u16, Error> {
    Ok(1)
}

#[circuit_breaker(ignore = Err(Error::Code(is_code)))]
fn function_deep_inside() -> Result<u16, Error> {
    Ok(1)
}

#[circuit_breaker(failure = Err(e))]
fn binding_in_a_variant() -> Result<u16, Error> {
    Ok(1)
}

#[circuit_breaker(ignore = Err(Error::Other { code }))]
fn field_alone() -> Result<u16, Error> {
    Ok(1)
}

#[circuit_breaker(ignore = Err(Error::Other { code: has_code, .. } | Error::Code(has_code)))]
fn alternatives() -> Result<u16, Error> {
    Ok(1)
}

#[circuit_breaker(ignore((first, &second), [third, rest @ ..], ref fourth @ Some(mut fifth)))]
fn tuples_slices_references() -> Result<u16, Error> {
    Ok(1)
}

#[circuit_breaker(ignore(error @ Err(Error::Code(400..=499))))]
fn binding_of_a_part() -> Result<u16, Error> {
    Ok(1)
}

#[circuit_breaker(failure = is_5xx(output))]
fn call_instead_of_a_path() -> Result<u16, Error> {
    Ok(1)
}

#[circuit_breaker(ignore(Err(is_4xx), Err(has_code)))]
fn several_in_a_list() -> Result<u16, Error> {
    Ok(1)
}

fn main() {}
