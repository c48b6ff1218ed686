//! With `#[tracing::instrument]`, above and below.

use breakerbox::circuit_breaker;
use tracing::instrument;

use crate::{Reply, SPARE, now, walk, walk_with_fallback};

#[instrument(skip_all)]
#[circuit_breaker(name = "above", threshold = 1, cooldown = "10s")]
fn above(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "below", threshold = 1, cooldown = "10s", fallback = |_| Ok(SPARE))]
#[instrument(err)]
fn below(reply: Reply) -> Reply {
    reply
}

#[instrument(ret)]
#[circuit_breaker(name = "above", threshold = 1, cooldown = "10s", fallback = |_| Ok(SPARE))]
async fn above_async(reply: Reply) -> Reply {
    std::future::ready(()).await;
    reply
}

#[circuit_breaker(name = "below", threshold = 1, cooldown = "10s")]
#[instrument(level = "debug", fields(attempt = 1))]
async fn below_async(reply: Reply) -> Reply {
    std::future::ready(()).await;
    reply
}

/// [MAC-125]
#[test]
fn instrumented_function_is_guarded_in_either_order() {
    walk("above", above);
    walk_with_fallback("below", below);
    walk_with_fallback("above", |reply| now(above_async(reply)));
    walk("below", |reply| now(below_async(reply)));
}
