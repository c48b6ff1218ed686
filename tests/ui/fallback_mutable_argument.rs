use breakerbox::{BreakerError, circuit_breaker};

fn cached(_: &mut Vec<u8>) -> Result<u8, BreakerError> {
    Ok(0)
}

#[circuit_breaker(fallback = cached, fallback_on = "failure")]
fn path(buffer: &mut Vec<u8>) -> Result<u8, BreakerError> {
    buffer.clear();
    Ok(1)
}

#[circuit_breaker(fallback = |buffer| cached(buffer), fallback_on = "failure")]
fn closure(buffer: &mut Vec<u8>) -> Result<u8, BreakerError> {
    buffer.clear();
    Ok(1)
}

#[circuit_breaker(fallback = |other| cached(other), fallback_on = "failure")]
fn closure_with_another_name(buffer: &mut Vec<u8>) -> Result<u8, BreakerError> {
    buffer.clear();
    Ok(1)
}

#[circuit_breaker(fallback = cached(buffer), fallback_on = "failure")]
async fn expression(buffer: &mut Vec<u8>) -> Result<u8, BreakerError> {
    buffer.clear();
    Ok(1)
}

struct Client(u8);

impl Client {
    fn cached(&mut self) -> Result<u8, BreakerError> {
        Ok(self.0)
    }

    #[circuit_breaker(fallback = Self::cached, fallback_on = "failure")]
    fn method(&mut self) -> Result<u8, BreakerError> {
        self.0 += 1;
        Ok(1)
    }

    #[circuit_breaker(fallback = self.cached(), fallback_on = "failure")]
    fn method_in_expression(&mut self) -> Result<u8, BreakerError> {
        self.0 += 1;
        Ok(1)
    }

    #[circuit_breaker(fallback = Ok(self.0), fallback_on = "failure")]
    fn owned(self) -> Result<u8, BreakerError> {
        Ok(1)
    }
}

fn main() {}
