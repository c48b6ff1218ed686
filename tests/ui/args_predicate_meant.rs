use breakerbox::{BreakerError, circuit_breaker};

type Reply = Result<u8, BreakerError>;

#[circuit_breaker(failure = &is_bad)]
fn reference() -> Reply {
    Ok(1)
}

#[circuit_breaker(ignore = &rules::is_bad)]
fn reference_of_a_path() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure = Err(_) || Ok(0))]
fn two_bars() -> Reply {
    Ok(1)
}

#[circuit_breaker(failure = Err(_), Ok(0), threshold = 3)]
fn list_without_parentheses() -> Reply {
    Ok(1)
}

struct Client;

impl Client {
    #[circuit_breaker(failure = self.bad)]
    fn field(&self) -> Reply {
        Ok(1)
    }

    #[circuit_breaker(failure(Err(_), self.rules.is_bad(output)))]
    fn method(&self) -> Reply {
        Ok(1)
    }
}

#[circuit_breaker(failure = bad)]
impl Client {
    fn get(&self) -> Reply {
        Ok(1)
    }

    #[circuit_breaker(ignore(Err(_), of_self))]
    fn put(&self) -> Reply {
        Ok(1)
    }

    #[circuit_breaker(skip)]
    fn bad(_: &Reply) -> bool {
        true
    }

    #[circuit_breaker(skip)]
    fn of_self(&self, _: &Reply) -> bool {
        true
    }
}

fn main() {}
