//! The defects of other attribute macros.

use std::sync::Arc;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, State, circuit_breaker};
use support::{DOWN, Fault, Reply, breaker, named, now, trip};

#[circuit_breaker(name = "errors", threshold = 200)]
fn refuse(_attempt: u32) -> Reply {
    DOWN
}

/// sentinel-macros.
#[test]
fn two_hundred_errors_are_counted() {
    let scope = Scope::enter();
    for attempt in 0..199 {
        assert_eq!(refuse(attempt), DOWN);
    }
    let breaker = named(&scope, "errors");
    assert_eq!(breaker.snapshot().consecutive_failures, 199);
    assert_eq!(refuse(199), DOWN);
    assert_eq!(breaker.state(), State::Open);
    assert!(matches!(refuse(200), Err(Fault::Rejected(_))));
}

trait Source {
    fn read(&self, key: &str) -> Reply;
    fn read_async(&self, key: &str) -> impl Future<Output = Reply> + Send;
}

struct Cold;

impl Source for Cold {
    #[circuit_breaker(name = "sync", ignore = Err(Fault::BadRequest))]
    fn read(&self, key: &str) -> Reply {
        key.parse().map_err(|_| Fault::BadRequest)
    }

    #[circuit_breaker(name = "async")]
    async fn read_async(&self, key: &str) -> Reply {
        self.read(key)
    }
}

/// sentinel-macros.
#[test]
fn return_type_is_left_alone_so_trait_impls_fit() {
    let scope = Scope::enter();
    let read: fn(&Cold, &str) -> Reply = Cold::read;
    assert_eq!(read(&Cold, "7"), Ok(7));
    assert_eq!(now(Cold.read_async("x")), Err(Fault::BadRequest));
    assert_eq!(scope.registry().len(), 2);
}

/// sentinel-macros.
#[test]
fn ten_thousand_calls_register_one_breaker() {
    #[circuit_breaker]
    fn ask() -> Reply {
        Ok(1)
    }
    let scope = Scope::enter();
    assert_eq!(ask(), Ok(1));
    let breaker = scope.registry().iter().next().unwrap();
    let holders = Arc::strong_count(&breaker);
    for _ in 0..10_000 {
        assert_eq!(ask(), Ok(1));
    }
    assert_eq!(scope.registry().len(), 1);
    assert_eq!(Arc::strong_count(&breaker), holders);
}

/// allframe, tokitai.
#[test]
fn open_breaker_rejects_by_an_error_and_not_a_panic() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    trip(&breaker);
    let reply = breaker.call(|| -> Reply { unreachable!("open") });
    let Err(Fault::Rejected(error)) = reply else {
        panic!("{reply:?}");
    };
    assert!(matches!(error, BreakerError::Open { .. }));
}
