//! Methods of traits: defaults and implementations, sync and async, native and by
//! `#[async_trait]`.

use async_trait::async_trait;
use breakerbox::circuit_breaker;
use support::{Reply, now};

use crate::{SPARE, walk, walk_with_fallback};

trait Memory {
    #[circuit_breaker(name = "default", threshold = 1, cooldown = "10s")]
    fn recall(&self, reply: Reply) -> Reply {
        self.look_up(reply)
    }

    #[circuit_breaker(name = "default", threshold = 1, cooldown = "10s", fallback = Ok(self.spare()))]
    fn recall_or_spare(&self, reply: Reply) -> Reply {
        self.look_up(reply)
    }

    fn look_up(&self, reply: Reply) -> Reply;

    fn spare(&self) -> u32;

    #[circuit_breaker(name = "sized", threshold = 1, cooldown = "10s")]
    fn recall_sized(self, reply: Reply) -> Reply
    where
        Self: Sized,
    {
        self.look_up(reply)
    }
}

struct Local;

impl Memory for Local {
    #[circuit_breaker(name = "implementation", threshold = 1, cooldown = "10s")]
    fn look_up(&self, reply: Reply) -> Reply {
        reply
    }

    fn spare(&self) -> u32 {
        SPARE
    }
}

/// [MAC-034]
#[test]
fn default_method_and_implementation_are_guarded_behind_an_object() {
    let local: &dyn Memory = &Local;
    walk("default", |reply| local.recall(reply));
    walk("implementation", |reply| local.look_up(reply));
    walk_with_fallback("default", |reply| local.recall_or_spare(reply));
    walk("sized", |reply| Local.recall_sized(reply));
}

trait Model {
    #[circuit_breaker(name = "native", threshold = 1, cooldown = "10s", fallback = Self::canned)]
    async fn complete_or_canned(&self, reply: Reply) -> Reply {
        self.complete(reply).await
    }

    async fn complete(&self, reply: Reply) -> Reply;

    async fn canned(&self, _reply: Reply) -> Reply {
        Ok(SPARE)
    }
}

impl Model for Local {
    #[circuit_breaker(name = "native-implementation", threshold = 1, cooldown = "10s")]
    async fn complete(&self, reply: Reply) -> Reply {
        std::future::ready(()).await;
        reply
    }
}

/// [MAC-036]
#[test]
fn native_async_methods_of_traits_are_guarded() {
    walk("native-implementation", |reply| now(Local.complete(reply)));
    walk_with_fallback("native", |reply| now(Local.complete_or_canned(reply)));
}

#[async_trait]
trait Speech: Sync {
    #[circuit_breaker(name = "speech-default", threshold = 1, cooldown = "10s")]
    async fn hear_twice(&self, reply: Reply) -> Reply {
        let first = self.hear(reply.clone()).await?;
        reply.map(|second| u32::midpoint(first, second))
    }

    async fn hear(&self, reply: Reply) -> Reply;

    async fn hear_or_spare(&mut self, reply: Reply, spare: &mut u32) -> Reply;

    fn is_deaf(&self) -> bool {
        false
    }
}

#[async_trait]
impl Speech for u32 {
    #[circuit_breaker(name = "speech", threshold = 1, cooldown = "10s")]
    async fn hear(&self, reply: Reply) -> Reply {
        std::future::ready(()).await;
        // An early end, by either way.
        if reply == Ok(1) {
            return reply;
        }
        let answer = reply?;
        Ok(answer)
    }

    #[circuit_breaker(
        name = "speech", threshold = 1, cooldown = "10s",
        fallback = |_, spare| { *self += 1; *spare += 1; Ok(*spare) }
    )]
    async fn hear_or_spare(&mut self, reply: Reply, spare: &mut u32) -> Reply {
        std::future::ready(()).await;
        *self = 0;
        *spare = SPARE - 1;
        reply
    }
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

/// [MAC-037]
#[test]
fn methods_under_async_trait_are_judged_by_their_output() {
    walk("speech", |reply| now(assert_send(7.hear(reply))));
    walk("speech-default", |reply| now(7.hear_twice(reply)));
    let speech: &dyn Speech = &7;
    walk("speech", |reply| now(speech.hear(reply)));
    assert!(!speech.is_deaf());
    let (mut rejections, mut spare) = (0, 0);
    walk_with_fallback("speech", |reply| {
        now(assert_send(rejections.hear_or_spare(reply, &mut spare)))
    });
}
