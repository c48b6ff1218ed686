//! The registry, and the scopes that give a test its own.

mod api;
mod control;
mod early;
mod outcomes;
mod removal;
mod restore;
mod saved;
mod scope;
mod snapshot;
mod window;

use std::sync::Arc;

use breakerbox::{Breaker, BreakerError, Registry, circuit_breaker};

type Reply = Result<u32, Box<dyn std::error::Error + Send + Sync>>;

#[circuit_breaker(name = "parse", threshold = 1, cooldown = "1s")]
fn parse(text: &str) -> Reply {
    Ok(text.parse()?)
}

fn is_rejection(reply: &Reply) -> bool {
    reply.as_ref().is_err_and(|error| error.is::<BreakerError>())
}

/// The breaker of that name in the registry that is global here and now.
fn global(name: &str) -> Arc<Breaker> {
    Registry::global().get(name).expect("registered")
}
