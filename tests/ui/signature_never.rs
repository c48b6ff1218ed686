// [MAC-064]
use breakerbox::circuit_breaker;

#[circuit_breaker]
fn serve() -> ! {
    loop {}
}

#[circuit_breaker(failure = _, fallback = panic!())]
async fn serve_async() -> ! {
    loop {}
}

fn main() {}
