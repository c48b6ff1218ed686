// [MAC-300] [MAC-309]
use breakerbox::circuit_breaker;

struct Client;

#[circuit_breaker]
unsafe impl Send for Client {}

#[circuit_breaker(name = "llm")]
trait Call {
    fn call(&self) -> Result<(), ()>;
}

#[circuit_breaker]
pub unsafe trait Marker {}

fn main() {}
