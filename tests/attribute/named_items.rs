//! Items with the names that an expansion might bind. A pattern resolves to a static, a constant
//! or a unit struct of its name, whatever the hygiene of the binding.

#![allow(non_upper_case_globals, non_camel_case_types, dead_code, reason = "that is the point")]

use std::time::Duration;

use breakerbox::{Breaker, BreakerError, Cause, circuit_breaker};
use support::{DOWN, Reply, now};

static error: u8 = 1;
static site: u8 = 1;
static outcome: u8 = 1;
static future: u8 = 1;
static falling: u8 = 1;
static kept0: u8 = 1;
const permit: u8 = 1;
const cause: u8 = 1;
const trips: u8 = 1;
const handle: u8 = 1;
const ended: u8 = 1;
const kept_self: u8 = 1;
const length: u8 = 1;
const arg0: u8 = 1;
const kept1: u8 = 1;
const source: u8 = 1;
const judge: u8 = 1;
struct output;
struct answer;
struct breaker;
struct body;
struct arg1;
struct entered;
struct _entered;
struct key;
struct hint;

const LIMIT: Duration = Duration::from_secs(5);

#[circuit_breaker]
fn plain(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker]
async fn plain_async(reply: Reply) -> Reply {
    std::future::ready(reply).await
}

#[circuit_breaker(
    failure(Err(_), |o| o.is_err()),
    trip = Ok(9),
    retry_after = |_| None,
    fallback_on = "failure",
    fallback = |reply, why| { drop(why); reply },
)]
fn all(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(
    failure = Err(_),
    ignore = Ok(9),
    timeout = LIMIT,
    on_cancel = "failure",
    key = reply.is_ok(),
    fallback_on = "failure",
    fallback = |reply, _, why: Cause<Reply>| { drop(why); reply },
)]
async fn all_async(reply: Reply, (_a, mut b): (u8, u8)) -> Reply {
    b += 1;
    std::future::ready(()).await;
    let _ = b;
    reply
}

#[circuit_breaker(timeout = LIMIT, error = crate::Fault::from, key = 1)]
async fn with_error(reply: Reply) -> Reply {
    std::future::ready(reply).await
}

#[circuit_breaker(error = from)]
fn with_error_by_path((reply, _): (Reply, u8)) -> Reply {
    reply
}

#[circuit_breaker(fallback = fall, key = 2)]
fn with_path((reply, _): (Reply, u8)) -> Reply {
    reply
}

#[circuit_breaker(fallback = fall, fallback_on = "failure")]
async fn with_path_async((reply, _): (Reply, u8)) -> Reply {
    std::future::ready(reply).await
}

#[circuit_breaker(fallback = fall)]
fn made((reply, _): (Reply, u8)) -> impl Future<Output = Reply> {
    std::future::ready(reply)
}

fn fall((reply, _): (Reply, u8)) -> Reply {
    reply
}

fn from(e: BreakerError) -> crate::Fault {
    e.into()
}

#[derive(Clone)]
struct Client(std::sync::Arc<Breaker>);

#[circuit_breaker(breaker = self.0)]
impl Client {
    fn get(&self, reply: Reply) -> Reply {
        reply
    }

    #[circuit_breaker(fallback = Self::fall, fallback_on = "failure")]
    async fn put(self, reply: Reply) -> Reply {
        std::future::ready(reply).await
    }

    #[circuit_breaker(skip)]
    fn fall(self, reply: Reply) -> Reply {
        drop(self);
        reply
    }
}

#[test]
fn items_named_like_bindings_are_not_matched() {
    let _scope = breakerbox::testing::Scope::enter();
    for reply in [Ok(1), DOWN] {
        let client = Client(std::sync::Arc::new(Breaker::new("own", breakerbox::Config::new())));
        let again = || reply.clone();
        assert_eq!(plain(again()), reply);
        assert_eq!(now(plain_async(again())), reply);
        assert_eq!(all(again()), reply);
        assert_eq!(with_error_by_path((again(), 1)), reply);
        assert_eq!(with_path((again(), 1)), reply);
        assert_eq!(now(with_path_async((again(), 1))), reply);
        assert_eq!(now(made((again(), 1))), reply);
        assert_eq!(client.get(again()), reply);
        assert_eq!(now(client.put(again())), reply);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        assert_eq!(runtime.block_on(all_async(again(), (1, 2))), reply);
        assert_eq!(runtime.block_on(with_error(again())), reply);
    }
}
