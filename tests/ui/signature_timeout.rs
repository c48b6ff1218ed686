use breakerbox::circuit_breaker;

#[circuit_breaker(timeout = "1s", failure = 0, fallback = 1)]
async fn plain_value() -> u8 {
    0
}

#[circuit_breaker(timeout = "1s", failure = 0, fallback = 1, fallback_on = "failure")]
async fn plain_value_answered() -> u8 {
    0
}

#[circuit_breaker(timeout = "1s")]
async fn error_type() -> Result<u8, String> {
    Ok(1)
}

#[circuit_breaker(timeout = "1s", fallback = Ok(1))]
async fn error_type_with_a_fallback() -> Result<u8, String> {
    Ok(1)
}

#[circuit_breaker(timeout = "1s", fallback = Ok(1), error = |e| e.to_string())]
async fn mapped_with_a_fallback() -> Result<u8, String> {
    Ok(1)
}

#[circuit_breaker(timeout = "1s", error = |e| e.code())]
async fn mapping_by_a_missing_method() -> Result<u8, String> {
    Ok(1)
}

#[circuit_breaker(timeout = "1s", error = |e| 5)]
async fn mapping_to_another_type() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
