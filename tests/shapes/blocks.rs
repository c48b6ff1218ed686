//! The attribute on `impl` blocks.

use std::time::Duration;

use async_trait::async_trait;
use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, State, circuit_breaker};
use support::{DOWN, Fault, Reply, now};

use crate::{SPARE, walk, walk_with_fallback};

struct Cat {
    calls: u32,
}

#[circuit_breaker(name = "cat", threshold = 1, cooldown = "10s")]
impl Cat {
    const LIMIT: u32 = { 3 };

    /// Cannot fail, and is left alone.
    const fn new() -> Self {
        Self { calls: 0 }
    }

    fn recall(&self, reply: Reply) -> Reply {
        reply.map(|n| n + self.calls)
    }

    async fn store(&self, reply: Reply) -> Reply {
        std::future::ready(()).await;
        reply
    }

    fn made(&self, reply: Reply) -> impl Future<Output = Reply> {
        std::future::ready(reply)
    }

    /// [MAC-309] `skip`
    #[circuit_breaker(skip)]
    fn count(&mut self, reply: &Reply) -> u32 {
        self.calls += u32::from(reply.is_err());
        self.calls
    }

    #[circuit_breaker(fallback = Self::local)]
    fn recall_or_spare(&self, reply: Reply) -> Reply {
        self.recall_unguarded(reply)
    }

    #[circuit_breaker(skip)]
    fn recall_unguarded(&self, reply: Reply) -> Reply {
        reply.map(|n| n % (Self::LIMIT * 100) + self.calls)
    }

    #[circuit_breaker(skip)]
    fn local(&self, _reply: Reply) -> Reply {
        Ok(SPARE + self.calls)
    }

    #[breakerbox::circuit_breaker(name = "cat/slow", threshold = 2)]
    fn consolidate(&self, reply: Reply) -> Reply {
        reply.map(|n| n + self.calls)
    }
}

#[test]
fn methods_of_a_block_share_what_it_says() {
    let mut cat = Cat::new();
    walk("cat", |reply| cat.recall(reply));
    walk("cat", |reply| now(cat.store(reply)));
    walk("cat", |reply| now(cat.made(reply)));
    walk_with_fallback("cat", |reply| cat.recall_or_spare(reply));

    let scope = Scope::enter();
    assert_eq!(cat.recall(DOWN), DOWN);
    assert!(matches!(now(cat.store(Ok(1))), Err(Fault::Rejected(_))), "one for all");
    assert_eq!(cat.recall_or_spare(Ok(1)), Ok(SPARE));
    assert_eq!(cat.count(&DOWN), 1, "left out");
    assert_eq!(cat.recall_unguarded(Ok(1)), Ok(2));
    assert_eq!(scope.registry().len(), 1);
}

#[test]
fn key_of_a_method_overrides_the_blocks() {
    let scope = Scope::enter();
    let cat = Cat::new();
    assert_eq!(cat.recall(DOWN), DOWN);
    assert_eq!(cat.consolidate(DOWN), DOWN);
    assert_eq!(cat.consolidate(DOWN), DOWN, "its own breaker, and its own threshold");
    assert!(matches!(cat.consolidate(Ok(1)), Err(Fault::Rejected(_))));
    scope.advance(Duration::from_secs(10));
    assert_eq!(cat.consolidate(Ok(1)), Ok(1), "the block's cooldown, and not the default");
    assert_eq!(scope.registry().get("cat/slow").unwrap().state(), State::Closed);
}

trait Store {
    fn load(&self, reply: Reply) -> Reply;
    fn label(&self) -> &'static str;
}

#[circuit_breaker(threshold = 1, cooldown = "10s")]
impl<T: Into<u32> + Copy> Store for Vec<T> {
    fn load(&self, reply: Reply) -> Reply {
        let first: u32 = self[0].into();
        reply.map(|n| n + first)
    }

    #[circuit_breaker(skip)]
    fn label(&self) -> &'static str {
        "vec"
    }
}

#[circuit_breaker(threshold = 1, cooldown = "10s")]
impl Store for &str {
    fn load(&self, reply: Reply) -> Reply {
        reply
    }

    #[circuit_breaker(name = "label", fallback = "none", failure = "")]
    fn label(&self) -> &'static str {
        if self.is_empty() { "" } else { "str" }
    }
}

#[test]
fn methods_of_a_nameless_block_are_named_by_their_type() {
    let vec = "<alloc::vec::Vec<_>-as-shapes::blocks::Store>::load";
    walk(vec, |reply| vec![0_u8].load(reply));
    walk("<&str-as-shapes::blocks::Store>::load", |reply| "".load(reply));
    let scope = Scope::enter();
    assert_eq!(vec![0_u8].load(DOWN), DOWN);
    assert_eq!("".load(Ok(1)), Ok(1), "one type's trouble is not another's");
    assert_eq!(vec![0_u8].label(), "vec");
    assert_eq!(("".label(), "".label(), "x".label()), ("", "none", "none"));
    assert!(scope.registry().get("label").is_some());
}

#[async_trait]
trait Voice {
    async fn say(&self, reply: Reply) -> Reply;
    async fn sing(&mut self, reply: Reply) -> Reply;
}

#[circuit_breaker(name = "voice", threshold = 1, cooldown = "10s", fallback = Ok(self.0))]
#[async_trait]
impl Voice for Above {
    async fn say(&self, reply: Reply) -> Reply {
        std::future::ready(self.0).await;
        reply
    }

    async fn sing(&mut self, reply: Reply) -> Reply {
        self.0 = SPARE;
        reply
    }
}

#[async_trait]
#[circuit_breaker(name = "voice", threshold = 1, cooldown = "10s", fallback = Ok(self.0))]
impl Voice for Below {
    async fn say(&self, reply: Reply) -> Reply {
        std::future::ready(self.0).await;
        reply
    }

    async fn sing(&mut self, reply: Reply) -> Reply {
        self.0 = SPARE;
        reply
    }
}

struct Above(u32);
struct Below(u32);

/// [MAC-038]
#[test]
fn block_under_and_over_async_trait_is_guarded() {
    walk_with_fallback("voice", |reply| now(Above(SPARE).say(reply)));
    walk_with_fallback("voice", |reply| now(Above(SPARE).sing(reply)));
    walk_with_fallback("voice", |reply| now(Below(SPARE).say(reply)));
    walk_with_fallback("voice", |reply| now(Below(SPARE).sing(reply)));
}

struct Instance {
    breaker: Breaker,
}

#[circuit_breaker(breaker = self.breaker)]
impl Instance {
    fn read(&self, reply: Reply) -> Reply {
        reply
    }

    async fn write(&self, reply: Reply) -> Reply {
        std::future::ready(()).await;
        reply
    }

    #[circuit_breaker(name = "named", threshold = 1)]
    fn named(&self, reply: Reply) -> Reply {
        self.read(reply)
    }
}

#[test]
fn breaker_of_the_instance_may_stand_on_the_block() {
    let scope = Scope::enter();
    let config = Config::builder().threshold(2).build().unwrap();
    let instance = Instance { breaker: Breaker::new("instance", config) };
    assert_eq!((instance.read(DOWN), now(instance.write(DOWN))), (DOWN, DOWN));
    assert!(instance.read(Ok(1)).is_err());
    assert!(instance.named(Ok(1)).is_err());
    assert_eq!(scope.registry().get("named").unwrap().state(), State::Open);
    assert_eq!(scope.registry().len(), 1);
}

macro_rules! client {
    ($name:ident { $($method:item)* } $body:block) => {
        struct $name;

        #[circuit_breaker(name = "made", threshold = 1, cooldown = "10s")]
        impl $name {
            $($method)*

            fn by_block(&self, _reply: Reply) -> Reply $body
        }
    };
}

client! {
    Made {
        #[circuit_breaker(fallback = Ok(SPARE))]
        fn fetch(&self, reply: Reply) -> Reply {
            reply
        }
    }
    { DOWN }
}

#[test]
fn block_made_by_a_macro_is_guarded() {
    walk_with_fallback("made", |reply| Made.fetch(reply));
    let _scope = Scope::enter();
    assert_eq!(Made.by_block(Ok(1)), DOWN);
    assert_eq!(Made.fetch(Ok(1)), Ok(SPARE));
}

struct Twins;

#[circuit_breaker(name = "versions", threshold = 1, cooldown = "10s")]
impl Twins {
    #![allow(clippy::unused_self)]

    #[cfg(not(test))]
    fn fetch(&self, reply: Missing) -> Missing {
        reply
    }

    #[cfg(test)]
    fn fetch(&self, reply: Reply) -> Reply {
        reply
    }
}

#[test]
fn attributes_of_block_and_methods_keep_their_effect() {
    walk("versions", |reply| Twins.fetch(reply));
}

struct Sized<const N: usize>;

struct Braces;

#[circuit_breaker(name = "braces", threshold = 1, cooldown = "10s")]
impl Braces {
    fn plain(&self, reply: Reply) -> Reply {
        reply
    }

    fn with_braces(&self, reply: Reply) -> Result<Sized<{ 1 + 1 }>, Fault> {
        reply.map(|_| Sized)
    }
}

#[test]
fn braces_in_a_signature_do_not_end_the_method() {
    let _scope = Scope::enter();
    assert!(Braces.with_braces(DOWN).is_err());
    assert!(matches!(Braces.plain(Ok(1)), Err(Fault::Rejected(_))));
}
