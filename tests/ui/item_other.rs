// [MAC-300]
use breakerbox::circuit_breaker;

#[circuit_breaker]
mod inner {
    pub const LIMIT: u8 = 1;
}

#[circuit_breaker]
const LIMIT: u8 = inner::LIMIT;

#[circuit_breaker]
static COUNT: u8 = LIMIT;

#[circuit_breaker]
unsafe extern "C" {
    fn abs(n: i32) -> i32;
}

#[circuit_breaker]
use std::time::Duration;

#[circuit_breaker]
macro_rules! empty {
    () => {};
}

empty!();

fn main() {
    let _: Duration = Duration::from_secs(COUNT.into());
    let _ = unsafe { abs(-1) };
}
