use std::sync::{Arc, Mutex};

use breakerbox::{Breaker, BreakerError, Config, circuit_breaker};

#[circuit_breaker(breaker = Breaker::new("llm", Config::new()))]
fn new() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(breaker = &Breaker::new("llm", Config::new()))]
async fn new_by_reference() -> Result<(), BreakerError> {
    std::future::ready(()).await;
    Ok(())
}

static LOCKED: Mutex<Vec<Arc<Breaker>>> = Mutex::new(Vec::new());

#[circuit_breaker(breaker = LOCKED.lock().unwrap())]
fn guard() -> Result<(), BreakerError> {
    Ok(())
}

struct Client {
    breaker: Mutex<Breaker>,
}

impl Client {
    #[circuit_breaker(breaker = *self.breaker.lock().unwrap())]
    fn behind_a_lock(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

fn main() {
    let client = Client { breaker: Mutex::new(Breaker::new("llm", Config::new())) };
    let _ = (new(), new_by_reference(), guard(), client.behind_a_lock());
}
