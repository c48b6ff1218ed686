use breakerbox::{BreakerError, circuit_breaker};

type Reply = Result<String, BreakerError>;

fn wants_the_error(_prompt: String, _error: BreakerError) -> Reply {
    Ok(String::new())
}

fn plain_value(prompt: String) -> String {
    prompt
}

fn of_text(prompt: &str) -> Reply {
    Ok(prompt.into())
}

async fn later(prompt: String) -> Reply {
    Ok(prompt)
}

#[circuit_breaker(fallback = wants_the_error)]
fn that_wants_the_error(prompt: String) -> Reply {
    Ok(prompt)
}

#[circuit_breaker(fallback = plain_value)]
fn of_a_plain_value(prompt: String) -> Reply {
    Ok(prompt)
}

#[circuit_breaker(fallback = of_text)]
async fn of_another_type(prompt: String) -> Reply {
    std::future::ready(Ok(prompt)).await
}

#[circuit_breaker(fallback = later)]
fn sync(prompt: String) -> Reply {
    Ok(prompt)
}

struct Client;

impl Client {
    #[circuit_breaker(fallback = spare)]
    fn method(&self, prompt: String) -> Reply {
        Ok(prompt)
    }

    fn spare(&self, prompt: String) -> Reply {
        Ok(prompt)
    }
}

#[circuit_breaker]
impl Client {
    #[circuit_breaker(fallback = local)]
    fn guarded(&self, prompt: String) -> Reply {
        Ok(prompt)
    }

    #[circuit_breaker(skip)]
    fn local(&self, prompt: String) -> Reply {
        Ok(prompt)
    }
}

enum Health {
    Unknown,
}

#[circuit_breaker(failure = Health::Unknown, fallback = Health::Unknown)]
fn unit_variant(_prompt: String) -> Health {
    Health::Unknown
}

#[circuit_breaker(fallback = async { Ok(String::new()) })]
fn block() -> Reply {
    Ok(String::new())
}

fn main() {}
