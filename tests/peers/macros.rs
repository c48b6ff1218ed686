//! What the other attribute macros do to a function.

use std::sync::Arc;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, State, circuit_breaker};
use futures_util::FutureExt;

use crate::{Fault, Reply, breaker, trip};

#[circuit_breaker(name = "errors", threshold = 200)]
fn refuse(_attempt: u32) -> Reply {
    Err(Fault::Down)
}

#[test]
fn sentinel_macros_two_hundred_errors_are_counted() {
    let scope = Scope::enter();
    for attempt in 0..199 {
        assert_eq!(refuse(attempt), Err(Fault::Down));
    }
    let breaker = scope.registry().get("errors").unwrap();
    assert_eq!(breaker.snapshot().consecutive_failures, 199);
    assert_eq!(refuse(199), Err(Fault::Down));
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

#[test]
fn sentinel_macros_return_type_is_left_alone_so_trait_impls_fit() {
    let scope = Scope::enter();
    let read: fn(&Cold, &str) -> Reply = Cold::read;
    assert_eq!(read(&Cold, "7"), Ok(7));
    let reply = Cold.read_async("x").now_or_never();
    assert_eq!(reply, Some(Err(Fault::BadRequest)));
    assert_eq!(scope.registry().len(), 2);
}

mod blue {
    #[breakerbox::circuit_breaker]
    pub(super) fn fetch() -> crate::Reply {
        Ok(1)
    }
}

mod green {
    #[breakerbox::circuit_breaker]
    pub(super) fn fetch() -> crate::Reply {
        Ok(2)
    }
}

#[test]
fn sentinel_macros_functions_of_one_bare_name_do_not_meet() {
    let scope = Scope::enter();
    assert_eq!((blue::fetch(), green::fetch()), (Ok(1), Ok(2)));
    let registry = scope.registry();
    assert!(registry.get("peers::macros::blue::fetch").is_some());
    assert!(registry.get("peers::macros::green::fetch").is_some());
}

#[test]
fn sentinel_macros_ten_thousand_calls_register_one_breaker() {
    let scope = Scope::enter();
    assert_eq!(blue::fetch(), Ok(1));
    let breaker = scope.registry().iter().next().unwrap();
    let holders = Arc::strong_count(&breaker);
    for _ in 0..10_000 {
        assert_eq!(blue::fetch(), Ok(1));
    }
    assert_eq!(scope.registry().len(), 1);
    assert_eq!(Arc::strong_count(&breaker), holders);
}

#[test]
fn allframe_and_tokitai_open_breaker_rejects_by_an_error_and_not_a_panic() {
    let scope = Scope::enter();
    let breaker = breaker(&scope, |config| config);
    trip(&breaker);
    let reply = breaker.call(|| -> Reply { unreachable!("open") });
    let Err(Fault::Rejected(error)) = reply else {
        panic!("{reply:?}");
    };
    assert!(matches!(error, BreakerError::Open { .. }));
}

struct Unclonable;

impl Unclonable {
    #[circuit_breaker(name = "free", fallback = |mut all| { all.clear(); Ok(all) })]
    fn fill(all: Vec<Unclonable>) -> Result<Vec<Unclonable>, Fault> {
        Ok(all)
    }
}

#[test]
fn axum_fault_tolerance_free_sync_functions_without_clone_are_guarded() {
    let scope = Scope::enter();
    assert_eq!(Unclonable::fill(vec![Unclonable]).unwrap().len(), 1);
    scope.registry().get("free").unwrap().force_open();
    assert_eq!(Unclonable::fill(vec![Unclonable]).unwrap().len(), 0);
}
