//! `error`: what a rejection becomes without a fallback.

use std::num::ParseIntError;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, circuit_breaker};

use crate::{breaker, now};

/// Opens the breaker of a function that has been called once.
fn isolate(scope: &Scope, name: &str) {
    breaker(scope, name).force_open();
}

#[test]
fn error_by_closure_makes_the_functions_own_error() {
    #[circuit_breaker(name = "closure", error = |rejection| format!("{}!", rejection.name()))]
    fn fetch() -> Result<u32, String> {
        Ok(1)
    }
    let scope = Scope::enter();
    assert_eq!(fetch(), Ok(1));
    isolate(&scope, "closure");
    assert_eq!(fetch(), Err("closure!".into()));
}

#[test]
fn error_by_path_makes_the_functions_own_error() {
    #[derive(Debug, PartialEq)]
    enum Mine {
        Rejected(BreakerError),
    }
    fn mine(error: BreakerError) -> Mine {
        Mine::Rejected(error)
    }
    #[circuit_breaker(name = "path", error = mine)]
    async fn fetch() -> Result<u32, Mine> {
        std::future::ready(()).await;
        Ok(1)
    }
    #[circuit_breaker(name = "path", error = Mine::Rejected)]
    fn fetch_by_variant() -> Result<u32, Mine> {
        Ok(1)
    }
    let scope = Scope::enter();
    assert_eq!(now(fetch()), Ok(1));
    isolate(&scope, "path");
    let Err(Mine::Rejected(error)) = now(fetch()) else {
        panic!("held open");
    };
    assert!(matches!(error, BreakerError::Isolated { .. }));
    assert_eq!(fetch_by_variant(), Err(Mine::Rejected(error)));
}

#[test]
fn error_closure_may_use_the_arguments() {
    #[circuit_breaker(name = "arguments", error = |_| format!("no {what}"))]
    fn fetch(what: String) -> Result<String, String> {
        Ok(what)
    }
    let scope = Scope::enter();
    assert_eq!(fetch("tea".into()), Ok("tea".into()));
    isolate(&scope, "arguments");
    assert_eq!(fetch("tea".into()), Err("no tea".into()));
}

#[test]
fn error_serves_an_error_type_that_cannot_be_made_from_a_rejection() {
    #[circuit_breaker(name = "foreign", error = |_| "x".parse::<i32>().unwrap_err())]
    fn parse(text: &str) -> Result<i32, ParseIntError> {
        text.parse()
    }
    let scope = Scope::enter();
    assert_eq!(parse("12"), Ok(12));
    isolate(&scope, "foreign");
    assert!(parse("12").is_err());
}

#[test]
fn rejection_becomes_a_boxed_error_by_itself() {
    type Boxed<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

    #[circuit_breaker(name = "boxed", threshold = 1)]
    fn parse(text: &str) -> Boxed<u32> {
        Ok(text.parse()?)
    }
    let _scope = Scope::enter();
    assert!(parse("x").unwrap_err().is::<ParseIntError>());
    let error = parse("1").unwrap_err();
    assert!(error.is::<BreakerError>());
    let said = "circuit breaker `boxed` is open, retry in 30s";
    assert_eq!(error.to_string(), said);
}

#[test]
fn rejection_is_returned_as_it_is_where_it_is_the_error_type() {
    #[circuit_breaker(name = "itself")]
    async fn fetch() -> Result<(), BreakerError> {
        std::future::ready(()).await;
        Ok(())
    }
    let scope = Scope::enter();
    assert_eq!(now(fetch()), Ok(()));
    isolate(&scope, "itself");
    let error = now(fetch()).unwrap_err();
    assert!(error.is_rejection());
    assert_eq!((error.name(), error.retry_after()), ("itself", None));
}
