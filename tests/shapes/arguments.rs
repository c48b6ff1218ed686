//! Arguments that other keys name too, however they are bound; types that are
//! repeated in the body.

use std::sync::Arc;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError, Cause, Config, circuit_breaker};
use futures_util::future::BoxFuture;
use support::{DOWN, Fault, Reply, now};

use crate::{SPARE, walk, walk_with_fallback};

#[circuit_breaker(name = "model", key = model, threshold = 1, cooldown = "10s")]
fn key(mut model: String, reply: Reply) -> Reply {
    model.push('x');
    reply
}

#[circuit_breaker(name = "named", threshold = 1, cooldown = "10s", fallback = Ok(n))]
fn inline(mut n: u32, reply: Reply) -> Reply {
    n += 1;
    reply.map(|m| m + n)
}

#[circuit_breaker(
    name = "named", threshold = 1, cooldown = "10s", error = |e| format!("{n}: {}", e.name())
)]
fn error(mut n: u32, reply: Reply) -> Result<u32, String> {
    n += 1;
    reply.map(|m| m + n).map_err(|_| "down".to_owned())
}

#[circuit_breaker(
    name = "named", threshold = 1, cooldown = "10s",
    failure = Err(_) if n < 10, retry_after = |_| (n > 5).then_some(std::time::Duration::from_secs(1))
)]
fn patterns(mut n: u32, reply: Reply) -> Reply {
    n += 1;
    reply.map(|m| m + n)
}

#[circuit_breaker(breaker = own)]
fn breaker(mut own: Arc<Breaker>, reply: Reply) -> Reply {
    reply?;
    let first = own.name().as_str().len();
    own = Arc::new(Breaker::new("another", Config::new()));
    Ok((first + own.name().as_str().len()) as u32)
}

#[circuit_breaker(name = "named", threshold = 1, cooldown = "10s", fallback = |n, _| Ok(n))]
async fn closure(mut n: u32, reply: Reply) -> Reply {
    n += 1;
    std::future::ready(()).await;
    reply.map(|m| m + n)
}

#[test]
fn mutable_argument_is_there_for_other_keys_as_it_was_given() {
    walk("model/large", |reply| key("large".into(), reply));
    walk_with_fallback("named", |reply| {
        if reply == Ok(2) || reply == Ok(3) {
            inline(SPARE, reply)
        } else {
            inline(0, reply).map(|n| n - 1)
        }
    });
    walk_with_fallback("named", |reply| {
        if reply == Ok(2) || reply == Ok(3) {
            now(closure(SPARE, reply))
        } else {
            now(closure(0, reply)).map(|n| n - 1)
        }
    });
    let _scope = Scope::enter();
    assert_eq!((error(7, DOWN), error(7, Ok(1))), (Err("down".into()), Err("7: named".into())));
    let _scope = Scope::enter();
    assert_eq!((patterns(10, DOWN), patterns(0, Ok(1))), (DOWN, Ok(2)), "no failure");
    let own = Arc::new(Breaker::new("own", Config::builder().threshold(1).build().unwrap()));
    assert_eq!(breaker(Arc::clone(&own), DOWN), DOWN);
    assert!(breaker(Arc::clone(&own), Ok(1)).is_err());
    own.reset();
    assert_eq!(breaker(own, Ok(1)), Ok(10));
}

#[circuit_breaker(name = "references", threshold = 1, cooldown = "10s")]
fn by_mutable_reference(
    ref mut all: Vec<Reply>,
    (first, ref mut second): (u32, Vec<u32>),
) -> Reply {
    second.push(first);
    all.remove(0)
}

#[circuit_breaker(name = "references", threshold = 1, cooldown = "10s")]
fn conditional(#[cfg(not(test))] mut gone: Missing, #[cfg(test)] mut reply: Reply) -> Reply {
    if reply == Ok(9) {
        reply = DOWN;
    }
    reply
}

#[test]
fn mutable_bindings_of_every_kind_are_the_bodys() {
    walk("references", |reply| by_mutable_reference(vec![reply], (0, Vec::new())));
    walk("references", conditional);
}

type Choose<'a> = Box<dyn Fn(&'a str) -> &'a str + 'a>;

#[circuit_breaker(name = "lifetimes")]
fn choose<'a>(default: &'a str) -> Result<Box<dyn Fn(&'a str) -> &'a str + 'a>, BreakerError> {
    Ok(Box::new(move |text| if text.is_empty() { default } else { text }))
}

#[circuit_breaker(name = "lifetimes")]
async fn pass<'a>(f: fn(&'a str) -> &'a str) -> Result<fn(&'a str) -> &'a str, BreakerError> {
    std::future::ready(()).await;
    Ok(f)
}

#[circuit_breaker(name = "lifetimes")]
fn debug(n: u8) -> Result<Box<dyn Iterator<Item = impl std::fmt::Debug>>, BreakerError> {
    Ok(Box::new([n].into_iter()))
}

#[test]
fn lifetimes_of_functions_and_hidden_items_are_kept_in_the_return_type() {
    let _scope = Scope::enter();
    let chosen: Choose<'_> = choose("default").unwrap();
    assert_eq!((chosen(""), chosen("text")), ("default", "text"));
    assert_eq!(now(pass(str::trim)).unwrap()(" a "), "a");
    assert_eq!(format!("{:?}", debug(1).unwrap().next()), "Some(1)");
}

struct Service {
    breaker: Arc<Breaker>,
    name: &'static str,
}

impl Service {
    /// As `tower` and `spawn` want it: the future outlives the call.
    #[circuit_breaker(breaker = self.breaker)]
    fn call(&mut self, reply: &Reply) -> BoxFuture<'static, Reply> {
        let reply = reply.clone();
        Box::pin(async move { reply })
    }

    #[circuit_breaker(breaker = self.breaker)]
    fn block(&self, reply: Reply) -> BoxFuture<'static, Reply> {
        Box::pin(async move { reply })
    }

    #[circuit_breaker(name = "service", key = self.name, threshold = 1, cooldown = "10s")]
    fn keyed(&self, reply: Reply) -> impl Future<Output = Reply> + 'static + use<> {
        async move { reply }
    }

    #[circuit_breaker(breaker = self.breaker.clone())]
    fn consumed(self: Arc<Self>, reply: Reply) -> impl Future<Output = Reply> {
        let name = self.name;
        drop(self);
        async move { if name.is_empty() { DOWN } else { reply } }
    }
}

#[circuit_breaker(name = "consumed", key = text, threshold = 1, cooldown = "10s")]
fn consumed(text: String, reply: Reply) -> impl Future<Output = Reply> {
    let length = text;
    async move { if length.is_empty() { DOWN } else { reply } }
}

#[tokio::test]
async fn breaker_of_a_future_is_found_before_its_arguments_are_taken() {
    let config = Config::builder().threshold(1).build().unwrap();
    let mut service = Service { breaker: Arc::new(Breaker::new("service", config)), name: "large" };
    let future = service.call(&DOWN);
    assert_eq!(tokio::spawn(future).await.unwrap(), DOWN);
    assert!(matches!(service.block(Ok(1)).await, Err(Fault::Rejected(_))));
    let service = Arc::new(service);
    let future = Arc::clone(&service).consumed(Ok(1));
    assert!(matches!(future.await, Err(Fault::Rejected(_))));
    walk("service/large", |reply| now(service.keyed(reply)));
    walk("consumed/text", |reply| now(consumed("text".into(), reply)));
}

#[circuit_breaker(
    name = "all", key = model, threshold = 1, cooldown = "10s", timeout = "1s",
    fallback_on = "failure", fallback = |_, _, cause| match cause {
        Cause::Rejected(_) | Cause::TimedOut(_) => Ok(SPARE),
        Cause::Failed(output) => output,
    }
)]
fn all(model: &str, reply: Reply) -> BoxFuture<'_, Reply> {
    let reply = if model.is_empty() { DOWN } else { reply };
    Box::pin(std::future::ready(reply))
}

#[tokio::test]
async fn every_key_may_stand_on_a_function_that_returns_a_future() {
    walk_with_fallback("all/large", |reply| now(all("large", reply)));
}
