use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(key = a, fallback = |_| Ok(1))]
fn part((a, _b): (String, u8)) -> Result<u32, BreakerError> {
    Ok(a.len() as u32)
}

#[circuit_breaker(key = _n, fallback = spare)]
async fn unused(_n: u32) -> Result<u32, BreakerError> {
    std::future::ready(Ok(1)).await
}

fn spare(n: u32) -> Result<u32, BreakerError> {
    Ok(n)
}

fn main() {
    let _ = (part((String::new(), 1)), unused(1));
}
