// [MAC-065]
use breakerbox::circuit_breaker;

#[circuit_breaker]
fn nothing() {}

#[circuit_breaker]
async fn nothing_async() {}

#[circuit_breaker]
fn unit() -> () {}

struct Client;

impl Client {
    #[circuit_breaker]
    pub fn method(&self, _count: u8) {}
}

fn main() {}
