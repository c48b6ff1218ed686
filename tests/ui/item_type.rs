// [MAC-300]
use breakerbox::circuit_breaker;

#[circuit_breaker]
struct Client;

#[circuit_breaker(name = "llm")]
pub enum Backend {
    Primary,
}

/// Documented.
#[circuit_breaker]
#[derive(Clone, Copy)]
pub union Both {
    one: u8,
    other: i8,
}

#[circuit_breaker]
type Alias = Client;

fn main() {
    let _ = (Client, Backend::Primary);
}
