//! Closures as fallbacks: they take the arguments, and the cause if they want it.

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, Cause, circuit_breaker};
use support::{Fault, Reply, named, now};

use super::{DEGRADED, double_async, isolate};

#[test]
fn closure_takes_the_arguments_and_the_cause_if_it_wants_it() {
    #[circuit_breaker(name = "closure", fallback = |x, y| Ok(x - y))]
    fn without(x: u32, y: u32) -> Reply {
        Ok(x + y)
    }
    #[circuit_breaker(name = "closure", fallback = |x, _, cause| answer(x, cause))]
    fn with(x: u32, y: u32) -> Reply {
        Ok(x + y)
    }
    #[circuit_breaker(name = "closure", fallback = |x: u32, y: u32| -> Reply { Ok(x - y) })]
    fn typed(x: u32, y: u32) -> Reply {
        Ok(x + y)
    }
    #[circuit_breaker(name = "closure", fallback = |_cause| DEGRADED)]
    async fn cause_alone() -> Reply {
        Ok(1)
    }
    fn answer(x: u32, cause: Cause<Reply>) -> Reply {
        match cause {
            Cause::Rejected(error) => Ok(x + u32::try_from(error.name().len()).unwrap()),
            other => panic!("{other:?}"),
        }
    }
    let scope = Scope::enter();
    assert_eq!(without(5, 3), Ok(8));
    isolate(&scope, "closure");
    assert_eq!(without(5, 3), Ok(2));
    assert_eq!(with(5, 3), Ok(12));
    assert_eq!(typed(5, 3), Ok(2));
    assert_eq!(now(cause_alone()), DEGRADED);
}

#[test]
fn cause_tells_open_from_saturated_and_isolated() {
    #[circuit_breaker(name = "why", threshold = 1, fallback = |cause| Err(kind(&cause)))]
    fn why() -> Result<(), &'static str> {
        Err("failed")
    }
    fn kind(cause: &Cause<Result<(), &'static str>>) -> &'static str {
        match cause {
            Cause::Rejected(BreakerError::Open { .. }) => "open",
            Cause::Rejected(BreakerError::Saturated { .. }) => "saturated",
            Cause::Rejected(BreakerError::Isolated { .. }) => "isolated",
            other => panic!("{other:?}"),
        }
    }
    let scope = Scope::enter();
    assert_eq!(why(), Err("failed"));
    assert_eq!(why(), Err("open"));
    let breaker = named(&scope, "why");
    scope.advance(std::time::Duration::from_secs(30));
    let _probe = breaker.try_acquire().unwrap();
    assert_eq!(why(), Err("saturated"));
    breaker.force_open();
    assert_eq!(why(), Err("isolated"));
}

#[tokio::test]
async fn closure_in_an_async_function_may_await() {
    #[circuit_breaker(name = "awaits", fallback = |x, y| double_async(x, y).await)]
    async fn awaiting(x: u32, y: &str) -> Reply {
        Ok(x + u32::try_from(y.len()).unwrap())
    }
    #[circuit_breaker(name = "awaits", fallback = async |x, y| double_async(x, y).await)]
    async fn async_closure(x: u32, y: &str) -> Reply {
        Ok(x + u32::try_from(y.len()).unwrap())
    }
    #[circuit_breaker(name = "awaits", fallback = |x, y| async move { double_async(x, y).await })]
    async fn async_block(x: u32, y: &str) -> Reply {
        Ok(x + u32::try_from(y.len()).unwrap())
    }
    #[circuit_breaker(name = "awaits", fallback = double_async(x + 1, y).await)]
    async fn inline(x: u32, y: &str) -> Reply {
        Ok(x + u32::try_from(y.len()).unwrap())
    }
    let scope = Scope::enter();
    assert_eq!(awaiting(5, "four").await, Ok(9));
    isolate(&scope, "awaits");
    assert_eq!(awaiting(5, "four").await, Ok(10));
    assert_eq!(async_closure(5, "four").await, Ok(10));
    assert_eq!(async_block(5, "four").await, Ok(10));
    assert_eq!(inline(5, "four").await, Ok(12));
}

#[test]
fn closure_may_leave_early() {
    #[circuit_breaker(name = "early", fallback = |text| {
        if text.is_empty() {
            return Ok(0);
        }
        let parsed: u32 = text.parse().map_err(|_| Fault::BadRequest)?;
        Ok(parsed + 1)
    })]
    fn parse(text: &str) -> Reply {
        text.parse().map_err(|_| Fault::Down)
    }
    let scope = Scope::enter();
    assert_eq!(parse("5"), Ok(5));
    isolate(&scope, "early");
    assert_eq!(parse("5"), Ok(6));
    assert_eq!(parse(""), Ok(0));
    assert_eq!(parse("x"), Err(Fault::BadRequest));
}
