//! With attributes of others that rewrite the function too.

use breakerbox::circuit_breaker;
use breakerbox::testing::Scope;
use cached::macros::{cached, once};
use support::{DOWN, Reply, now};

use crate::{SPARE, walk, walk_with_fallback};

#[bon::builder]
#[circuit_breaker(name = "built", threshold = 1, cooldown = "10s")]
fn built(#[builder(default = 0)] plus: u32, reply: Reply) -> Reply {
    reply.map(|n| n + plus)
}

#[circuit_breaker(name = "built", threshold = 1, cooldown = "10s", fallback = |_, _| Ok(SPARE))]
#[bon::builder]
async fn built_below(#[builder(default = 0)] plus: u32, reply: Reply) -> Reply {
    std::future::ready(()).await;
    reply.map(|n| n + plus)
}

/// [MAC-125]
#[test]
fn function_with_a_builder_is_guarded() {
    walk("built", |reply| built().reply(reply).call());
    walk_with_fallback("built", |reply| now(built_below().reply(reply).call()));
}

#[cached(key = "u32", convert = "{ n }")]
#[circuit_breaker(name = "cached", threshold = 1, cooldown = "10s")]
fn cached_above(n: u32, reply: Reply) -> Reply {
    reply.map(|answer| answer + n)
}

#[circuit_breaker(name = "cached", threshold = 1, cooldown = "10s")]
#[once]
fn cached_below(reply: Reply) -> Reply {
    reply
}

/// [MAC-125] `#[cached]` hands attributes below it to its own wrapper, so the
/// breaker is asked before the cache; above it, the breaker guards what fills it.
#[test]
fn breaker_is_asked_before_the_cache_or_behind_it() {
    let scope = Scope::enter();
    assert_eq!((cached_above(1, Ok(1)), cached_below(Ok(7))), (Ok(2), Ok(7)));
    assert_eq!(cached_above(2, DOWN), DOWN, "trips");
    assert!(cached_above(1, Ok(1)).is_err(), "though it is in the cache");
    assert_eq!(cached_below(DOWN), Ok(7), "the cache answers");
    assert_eq!(scope.registry().get("cached").unwrap().snapshot().rejections, 1);
}
