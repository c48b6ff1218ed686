//! Methods, by what they take of `self`; associated functions.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use breakerbox::circuit_breaker;
use support::{Fault, Reply, now};

use crate::{SPARE, walk, walk_with_fallback};

struct Client {
    calls: u32,
    spare: u32,
}

fn client() -> Client {
    Client { calls: 0, spare: SPARE }
}

/// Each receiver, sync and async, with a fallback and without: the fallback is a
/// method of the same receiver, which has it whole.
macro_rules! receivers {
    ($($test:ident: $this:ident $receiver:tt $lent:expr;)*) => {$(
        mod $test {
            use super::*;

            receiver!($this $receiver);

            #[test]
            fn through_all_states() {
                walk("method", |reply| $lent.fetch(reply));
                walk("method", |reply| now($lent.fetch_async(reply)));
            }

            #[test]
            fn through_all_states_with_a_fallback() {
                walk_with_fallback("method", |reply| $lent.fetch_or_spare(reply));
                walk_with_fallback("method", |reply| now($lent.fetch_or_spare_async(reply)));
            }
        }
    )*};
}

macro_rules! receiver {
    ($this:ident ($($receiver:tt)*)) => {
        trait Fetch: Sized {
            fn fetch($($receiver)*, reply: Reply) -> Reply;
            async fn fetch_async($($receiver)*, reply: Reply) -> Reply;
            fn fetch_or_spare($($receiver)*, reply: Reply) -> Reply;
            async fn fetch_or_spare_async($($receiver)*, reply: Reply) -> Reply;
            fn local($($receiver)*, reply: Reply) -> Reply;
        }

        impl Fetch for Client {
            #[circuit_breaker(name = "method", threshold = 1, cooldown = "10s")]
            fn fetch($($receiver)*, reply: Reply) -> Reply {
                let calls = $this.calls;
                reply.map(|n| n + calls)
            }

            #[circuit_breaker(name = "method", threshold = 1, cooldown = "10s")]
            async fn fetch_async($($receiver)*, reply: Reply) -> Reply {
                std::future::ready(()).await;
                let calls = $this.calls;
                reply.map(|n| n + calls)
            }

            #[circuit_breaker(
                name = "method", threshold = 1, cooldown = "10s", fallback = Self::local
            )]
            fn fetch_or_spare($($receiver)*, reply: Reply) -> Reply {
                let calls = $this.calls;
                reply.map(|n| n + calls)
            }

            #[circuit_breaker(
                name = "method", threshold = 1, cooldown = "10s", fallback = Self::local
            )]
            async fn fetch_or_spare_async($($receiver)*, reply: Reply) -> Reply {
                std::future::ready(()).await;
                let calls = $this.calls;
                reply.map(|n| n + calls)
            }

            fn local($($receiver)*, _reply: Reply) -> Reply {
                Ok($this.spare)
            }
        }
    };
}

receivers! {
    by_value: self (self) client();
    by_reference: self (&self) client();
    by_mutable_reference: self (&mut self) (&mut client());
    by_box: self (self: Box<Self>) Box::new(client());
    by_rc: self (self: Rc<Self>) Rc::new(client());
    by_arc: self (self: Arc<Self>) Arc::new(client());
    by_reference_to_an_arc: self (self: &Arc<Self>) Arc::new(client());
    by_pin: self (self: Pin<&mut Self>) Pin::new(&mut client());
}

impl Client {
    #[circuit_breaker(name = "mutable", threshold = 1, cooldown = "10s")]
    fn counted(mut self, reply: Reply) -> Result<Self, Fault> {
        self.calls = reply?;
        Ok(self)
    }

    #[circuit_breaker(name = "associated", threshold = 1, cooldown = "10s")]
    fn connect(reply: Reply) -> Result<Self, Fault> {
        reply.map(|calls| Self { calls, ..client() })
    }

    #[circuit_breaker(
        name = "associated", threshold = 1, cooldown = "10s",
        fallback = |_| Ok(Self { calls: SPARE, ..client() })
    )]
    async fn connect_or_spare(reply: Reply) -> Result<Self, Fault> {
        std::future::ready(()).await;
        reply.map(|calls| Self { calls, ..client() })
    }
}

/// [MAC-030]
#[test]
fn mutable_self_by_value_is_the_bodys_own() {
    walk("mutable", |reply| client().counted(reply).map(|client| client.calls));
}

/// [MAC-032]
#[test]
fn associated_function_knows_its_type() {
    walk("associated", |reply| Client::connect(reply).map(|client| client.calls));
    walk_with_fallback("associated", |reply| {
        now(Client::connect_or_spare(reply)).map(|client| client.calls)
    });
}
