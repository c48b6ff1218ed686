//! Functions that return a future: it is guarded, and not its making.

use std::pin::Pin;

use breakerbox::testing::Scope;
use breakerbox::{State, circuit_breaker};
use futures_util::future::{BoxFuture, LocalBoxFuture};
use support::{DOWN, Reply, now};

use crate::{SPARE, walk, walk_with_fallback};

#[circuit_breaker(name = "block", threshold = 1, cooldown = "10s")]
fn block(reply: &Reply) -> impl Future<Output = Reply> + Send {
    async move {
        std::future::ready(()).await;
        let answer = reply.clone()?;
        Ok(answer)
    }
}

#[circuit_breaker(name = "block", threshold = 1, cooldown = "10s", fallback = spare)]
fn block_or_spare<T: Into<Reply> + Send>(reply: T) -> impl Future<Output = Reply> + Send {
    async move { reply.into() }
}

fn spare<T>(_: T) -> Reply {
    Ok(SPARE)
}

#[circuit_breaker(name = "made", threshold = 1, cooldown = "10s")]
fn made(reply: &Reply) -> impl Future<Output = Reply> + 'static + use<> {
    // Outlives what it was made of.
    let reply = reply.clone();
    async move {
        std::future::ready(()).await;
        reply
    }
}

#[circuit_breaker(name = "made", threshold = 1, cooldown = "10s", fallback = Ok(*reply.as_ref().map_or(&SPARE, |_| &SPARE)))]
fn made_or_spare(reply: Reply) -> impl Future<Output = Reply> {
    std::future::ready(reply)
}

#[circuit_breaker(
    name = "made", threshold = 1, cooldown = "10s", timeout = "1s",
    fallback = |reply, spare| match spare { Some(spare) => Ok(spare), None => reply }
)]
fn made_or_given(reply: Reply, mut spare: Option<u32>) -> impl Future<Output = Reply> {
    if spare == Some(0) {
        spare = None;
    }
    std::future::ready(match spare {
        Some(_) => reply,
        None => DOWN,
    })
}

/// [MAC-016]
#[tokio::test]
async fn future_of_its_own_making_is_guarded() {
    walk("block", |reply| now(block(&reply)));
    walk("made", |reply| {
        let future = made(&reply);
        drop(reply);
        now(future)
    });
    walk_with_fallback("block", |reply| now(block_or_spare(reply)));
    walk_with_fallback("made", |reply| now(made_or_spare(reply)));
    walk_with_fallback("made", |reply| now(made_or_given(reply, Some(SPARE))));
}

type Boxed<'a> = Pin<Box<dyn Future<Output = Reply> + Send + 'a>>;

#[circuit_breaker(name = "boxed", threshold = 1, cooldown = "10s")]
fn boxed(reply: &Reply) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>> {
    Box::pin(async move {
        std::future::ready(()).await;
        reply.clone()
    })
}

#[circuit_breaker(name = "boxed", threshold = 1, cooldown = "10s")]
fn boxed_early(
    reply: Reply,
) -> std::pin::Pin<std::boxed::Box<dyn core::future::Future<Output = Reply>>> {
    if reply.is_err() {
        return Box::pin(std::future::ready(reply));
    }
    Box::pin(async { reply })
}

#[circuit_breaker(name = "boxed", threshold = 1, cooldown = "10s", fallback = |_| Ok(SPARE))]
fn box_future(reply: Reply) -> BoxFuture<'static, Reply> {
    Box::pin(async { reply })
}

struct Client(u32);

impl Client {
    #[circuit_breaker(name = "boxed", threshold = 1, cooldown = "10s", fallback = Self::local)]
    fn local_box_future<'a>(&'a self, reply: &'a Reply) -> LocalBoxFuture<'a, Reply> {
        let reply = reply.clone();
        Box::pin(async move { reply })
    }

    async fn local(&self, _: &Reply) -> Reply {
        std::future::ready(Ok(self.0)).await
    }
}

/// [MAC-017]
#[test]
fn boxed_future_is_guarded() {
    walk("boxed", |reply| now(boxed(&reply)));
    walk("boxed", |reply| now(boxed_early(reply)));
    walk_with_fallback("boxed", |reply| now(box_future(reply)));
    walk_with_fallback("boxed", |reply| now(Client(SPARE).local_box_future(&reply)));
    let _: Boxed<'static> = boxed(&DOWN);
}

#[test]
fn future_that_is_never_polled_asks_for_nothing() {
    let scope = Scope::enter();
    drop((made(&DOWN), box_future(DOWN), boxed(&DOWN)));
    assert!(scope.registry().is_empty());
}

#[circuit_breaker(name = "recursive", threshold = 1, cooldown = "10s")]
fn countdown(n: u32, reply: Reply) -> BoxFuture<'static, Reply> {
    Box::pin(async move { if n == 0 { reply } else { countdown(n - 1, reply).await } })
}

/// [MAC-050]
#[test]
fn recursion_is_one_call_inside_the_other() {
    walk("recursive", |reply| now(countdown(3, reply)));
    let scope = Scope::enter();
    assert_eq!(now(countdown(300, DOWN)), DOWN);
    assert_eq!(scope.registry().get("recursive").unwrap().state(), State::Open);
}
