use breakerbox::{BreakerError, circuit_breaker};

#[circuit_breaker(key = a, fallback = |_pair| Ok(1))]
fn part((a, _): (String, u8)) -> Result<u32, BreakerError> {
    Ok(a.len() as u32)
}

#[circuit_breaker(key = n, fallback = spare)]
async fn borrowed(ref n: u32) -> Result<u32, BreakerError> {
    std::future::ready(Ok(*n)).await
}

#[circuit_breaker(key = n, fallback = Ok(1))]
fn made((mut n, _): (u32, u32)) -> impl Future<Output = Result<u32, BreakerError>> {
    n += 1;
    std::future::ready(Ok(n))
}

fn spare(n: u32) -> Result<u32, BreakerError> {
    Ok(n)
}

fn main() {
    let _ = (part((String::new(), 1)), borrowed(1), made((1, 2)));
}
