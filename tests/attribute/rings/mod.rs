//! Rings of fallbacks end: a fallback that leads back to its own function is not run again.

mod failures;
mod uncounted;

use std::pin::Pin;
use std::sync::Arc;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError, Config, Registry, circuit_breaker};
use support::{DOWN, Fault, Reply, named, now};

/// The breaker that the answer says has rejected the call.
fn rejected_by(reply: Reply) -> String {
    match reply {
        Err(Fault::Rejected(error)) if error.is_rejection() => error.name().to_owned(),
        other => panic!("{other:?} is no rejection"),
    }
}

fn open(name: &str) {
    let breaker = Registry::global().get(name).unwrap_or_else(|| panic!("{name} is there"));
    breaker.open();
}

#[circuit_breaker(name = "large", threshold = 1, fallback = small)]
fn large(n: u32) -> Reply {
    if n == 0 { DOWN } else { Ok(n) }
}

#[circuit_breaker(name = "small", threshold = 1, fallback = large)]
fn small(n: u32) -> Reply {
    if n == 0 { DOWN } else { Ok(n) }
}

#[test]
fn ring_of_two_ends_with_the_rejection() {
    let _scope = Scope::enter();
    assert_eq!(large(0), DOWN);
    assert_eq!(small(0), DOWN);
    assert_eq!(rejected_by(large(1)), "large");
    assert_eq!(rejected_by(small(1)), "small");
    // Nothing is left behind: a ring that is no longer whole answers again.
    open("small");
    Registry::global().get("large").unwrap().reset();
    assert_eq!(small(7), Ok(7));
}

#[test]
fn rejection_at_the_end_of_a_ring_is_converted_by_error() {
    // The error type is not `From<BreakerError>`.
    #[circuit_breaker(name = "large-text", threshold = 1, fallback = small, error = |e| e.to_string())]
    fn large(n: u32) -> Result<u32, String> {
        Ok(n)
    }
    #[circuit_breaker(name = "small-text", threshold = 1, fallback = |n| large(n), error = text)]
    fn small(n: u32) -> Result<u32, String> {
        Ok(n)
    }
    #[circuit_breaker(name = "text", threshold = 1, fallback = again(n).await, error = text)]
    async fn fetch(n: u32) -> Result<u32, String> {
        Ok(n)
    }
    #[circuit_breaker(name = "failed-text", error = text, fallback_on = "failure", fallback = |n, _| failing(n))]
    fn failing(n: u32) -> Result<u32, String> {
        if n == 0 { Err("down".into()) } else { Ok(n) }
    }
    fn again(n: u32) -> Pin<Box<dyn Future<Output = Result<u32, String>>>> {
        Box::pin(fetch(n))
    }
    #[allow(clippy::needless_pass_by_value, reason = "as `error` asks for")]
    fn text(error: BreakerError) -> String {
        format!("text: {}", error.name())
    }
    let _scope = Scope::enter();
    assert_eq!((large(1), small(1), now(fetch(1)), failing(1)), (Ok(1), Ok(1), Ok(1), Ok(1)));
    assert_eq!(failing(0), Err("down".into()));
    ["large-text", "small-text", "text", "failed-text"].into_iter().for_each(open);
    assert!(large(1).unwrap_err().starts_with("circuit breaker `large-text` is open"));
    assert_eq!(small(1), Err("text: small-text".into()));
    assert_eq!(now(fetch(1)), Err("text: text".into()));
    assert_eq!(failing(1), Err("text: failed-text".into()));
}

struct Texts;

#[circuit_breaker(error = |e| e.to_string())]
impl Texts {
    #[circuit_breaker(name = "constant-text", fallback = Ok(7))]
    fn constant(&self) -> Result<u32, String> {
        let _ = self;
        Ok(1)
    }
}

#[test]
fn error_of_a_block_does_nothing_beside_a_constant_fallback() {
    let _scope = Scope::enter();
    assert_eq!(Texts.constant(), Ok(1));
    open("constant-text");
    assert_eq!(Texts.constant(), Ok(7));
}

mod three {
    use super::{Reply, circuit_breaker};

    #[circuit_breaker(name = "one", fallback = |n| two(n))]
    pub(super) fn one(n: u32) -> Reply {
        Ok(n)
    }

    #[circuit_breaker(name = "two", fallback = three(n))]
    fn two(n: u32) -> Reply {
        Ok(n)
    }

    #[circuit_breaker(name = "three", fallback = |n, _cause| one(n))]
    fn three(n: u32) -> Reply {
        Ok(n)
    }

    pub(super) fn all() -> [Reply; 3] {
        [one(1), two(1), three(1)]
    }
}

#[test]
fn ring_of_three_ends_at_the_breaker_that_it_began_with() {
    let _scope = Scope::enter();
    assert_eq!(three::all(), [Ok(1), Ok(1), Ok(1)]);
    open("one");
    open("two");
    open("three");
    assert_eq!(three::all().map(rejected_by), ["one", "two", "three"]);
}

#[circuit_breaker(name = "a", threshold = 1, fallback = boxed_b)]
fn boxed_a(n: u32) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
    Box::pin(async move {
        tokio::task::yield_now().await;
        if n == 0 { DOWN } else { Ok(n) }
    })
}

#[circuit_breaker(name = "b", threshold = 1, fallback = |n| boxed_a(n).await)]
fn boxed_b(n: u32) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
    let future = async move {
        tokio::task::yield_now().await;
        if n == 0 { DOWN } else { Ok(n) }
    };
    Box::pin(future)
}

#[tokio::test]
async fn ring_of_boxed_futures_ends() {
    let _scope = Scope::enter();
    assert_eq!(boxed_a(0).await, DOWN);
    assert_eq!(boxed_b(0).await, DOWN);
    assert_eq!(rejected_by(boxed_a(1).await), "a");
    assert_eq!(rejected_by(boxed_b(1).await), "b");
}

#[circuit_breaker(name = "slow-a", fallback = slow_b)]
async fn slow_a(gate: Arc<tokio::sync::Semaphore>) -> Reply {
    gate.acquire().await.unwrap().forget();
    Ok(1)
}

fn slow_b(gate: Arc<tokio::sync::Semaphore>) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
    Box::pin(async move {
        gate.acquire().await.unwrap().forget();
        slow_a(gate).await
    })
}

#[test]
fn suspended_fallback_is_listed_in_its_polls_alone() {
    let scope = Scope::enter();
    let gate = Arc::new(tokio::sync::Semaphore::new(1));
    assert_eq!(now(slow_a(gate.clone())), Ok(1));
    open("slow-a");
    let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
    let mut first = Box::pin(slow_a(gate.clone()));
    assert!(first.as_mut().poll(context).is_pending());
    // Another call on this thread has a fallback of its own, which runs.
    let mut second = Box::pin(slow_a(gate.clone()));
    assert!(second.as_mut().poll(context).is_pending());
    drop(second);
    gate.add_permits(1);
    // The fallback goes on on another thread, leads back there, and ends there.
    let handle = scope.handle();
    let reply = std::thread::scope(|threads| {
        let poll = || {
            let _entered = handle.enter();
            let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
            match first.as_mut().poll(context) {
                std::task::Poll::Ready(reply) => reply,
                std::task::Poll::Pending => panic!("it ends"),
            }
        };
        threads.spawn(poll).join().unwrap()
    });
    assert_eq!(rejected_by(reply), "slow-a");
}

#[test]
fn fallback_that_panics_leaves_no_mark() {
    #[circuit_breaker(name = "panics", fallback = |n, _cause| fall(n))]
    fn call(n: u32) -> Reply {
        Ok(n)
    }
    fn fall(n: u32) -> Reply {
        assert_ne!(n, 0, "on purpose");
        Ok(n + 100)
    }
    let _scope = Scope::enter();
    assert_eq!(call(1), Ok(1));
    open("panics");
    assert!(std::panic::catch_unwind(|| call(0)).is_err());
    assert_eq!(call(1), Ok(101));
}

#[test]
fn chain_over_keys_of_one_name_is_no_ring() {
    #[circuit_breaker(name = "keys", key = n, fallback = |n| if n > 0 { call(n - 1) } else { Ok(100) })]
    fn call(n: u32) -> Reply {
        Ok(n)
    }
    let scope = Scope::enter();
    for key in 0..=9 {
        assert_eq!(call(key), Ok(key));
    }
    for breaker in scope.registry().iter() {
        breaker.open();
    }
    assert_eq!(call(9), Ok(100));
}

#[test]
fn two_functions_of_one_breaker_may_fall_back_on_each_other_once() {
    #[circuit_breaker(name = "shared", fallback = second)]
    fn first(n: u32) -> Reply {
        Ok(n)
    }
    #[circuit_breaker(name = "shared", fallback = Ok(n + 100))]
    fn second(n: u32) -> Reply {
        Ok(n)
    }
    let _scope = Scope::enter();
    assert_eq!(first(1), Ok(1));
    open("shared");
    assert_eq!(first(1), Ok(101));
}

struct Replica {
    breaker: Breaker,
    spare: Option<Arc<Replica>>,
}

impl Replica {
    fn new(spare: Option<Arc<Replica>>) -> Arc<Self> {
        let breaker = Breaker::new("replica", Config::new());
        breaker.open();
        Arc::new(Replica { breaker, spare })
    }

    #[circuit_breaker(breaker = self.breaker, fallback = Self::spare)]
    fn fetch(&self, n: u32) -> Reply {
        Ok(n)
    }

    fn spare(&self, n: u32) -> Reply {
        match &self.spare {
            Some(spare) => spare.fetch(n),
            None => self.fetch(n),
        }
    }
}

#[test]
fn breakers_of_one_name_are_told_apart_and_the_last_one_ends_the_ring() {
    let last = Replica::new(None);
    let first = Replica::new(Some(Replica::new(Some(last.clone()))));
    assert_eq!(rejected_by(first.fetch(1)), "replica");
    assert_eq!(last.breaker.snapshot().rejections, 2);
    assert_eq!(first.breaker.snapshot().rejections, 1);
    last.breaker.reset();
    assert_eq!(first.fetch(1), Ok(1));
}

#[test]
fn function_that_calls_itself_as_a_closure_ends() {
    #[circuit_breaker(name = "itself", fallback = |n| itself(n))]
    fn itself(n: u32) -> Reply {
        Ok(n)
    }
    let scope = Scope::enter();
    assert_eq!(itself(1), Ok(1));
    open("itself");
    assert_eq!(rejected_by(itself(1)), "itself");
    assert_eq!(named(&scope, "itself").snapshot().rejections, 2);
}
