// [MAC-303] [MAC-304]
use breakerbox::circuit_breaker;

fn main() {
    let call = #[circuit_breaker]
    || Ok::<(), ()>(());
    #[circuit_breaker]
    let reply = call();
    #[circuit_breaker]
    {
        drop(reply);
    }
}
