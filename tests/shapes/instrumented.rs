//! With `#[tracing::instrument]`, above and below.

use breakerbox::circuit_breaker;
use breakerbox::testing::Scope;
use support::{DOWN, Reply, Trace, now};
use tracing::instrument;

use crate::{SPARE, walk, walk_with_fallback};

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

#[test]
fn span_above_is_the_bodys_and_below_the_whole_calls() {
    let trace = Trace::default();
    let count = || trace.spans().len();
    trace.watch(|| {
        let _scope = Scope::enter();
        assert_eq!(above(DOWN), DOWN);
        assert_eq!(now(above_async(Ok(1))), Ok(SPARE));
        assert!(above(Ok(1)).is_err());
        assert_eq!(count(), 1, "rejected calls have none");
        assert_eq!(below(DOWN), DOWN);
        assert_eq!(below(Ok(1)), Ok(SPARE));
        assert!(now(below_async(Ok(1))).is_err());
        assert_eq!(count(), 4);
    });
}
