// [MAC-226]
use breakerbox::{BreakerError, circuit_breaker};

trait Named {
    const NAME: &'static str;
    const LIMIT: u32;
}

#[circuit_breaker(name = T::NAME, threshold = T::LIMIT)]
fn by_type<T: Named>() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_count = N)]
fn by_number<const N: u32>() -> Result<(), BreakerError> {
    Ok(())
}

struct Client;

impl Client {
    const NAME: &'static str = "llm";

    #[circuit_breaker(name = Self::NAME)]
    fn by_self() -> Result<(), BreakerError> {
        Ok(())
    }

    #[circuit_breaker(name = Client::NAME)]
    fn by_its_type() -> Result<(), BreakerError> {
        Ok(())
    }
}

impl Named for Client {
    const NAME: &'static str = Client::NAME;
    const LIMIT: u32 = 3;
}

fn main() {
    let _ = (by_type::<Client>(), by_number::<3>(), Client::by_self(), Client::by_its_type());
}
