//! Annotated functions on the registry of the process, outside any test scope,
//! as a program runs them: there a closed breaker's calls take a shorter way.

use std::panic::catch_unwind;

use breakerbox::{BreakerError, Registry, State, circuit_breaker};

#[derive(Clone, Copy)]
enum Does {
    Succeed,
    Fail,
    Panic,
}

#[circuit_breaker(name = "global", threshold = 3, error = |error| error.to_string())]
fn mapped(does: Does) -> Result<(), String> {
    act(does)
}

#[circuit_breaker(name = "global-plain", threshold = 3)]
fn plain(does: Does) -> Result<(), Error> {
    act(does).map_err(|_| Error)
}

#[derive(Debug)]
struct Error;

impl From<BreakerError> for Error {
    fn from(_: BreakerError) -> Self {
        Error
    }
}

fn act(does: Does) -> Result<(), String> {
    match does {
        Does::Succeed => Ok(()),
        Does::Fail => Err("down".into()),
        Does::Panic => panic!("as asked"),
    }
}

fn failures(name: &str) -> u16 {
    Registry::global().get(name).unwrap().snapshot().consecutive_failures
}

#[test]
fn outcomes_and_panics_count_on_the_short_way() {
    for (name, call) in [
        ("global", (|does| mapped(does).is_ok()) as fn(Does) -> bool),
        ("global-plain", |does| plain(does).is_ok()),
    ] {
        assert!(call(Does::Succeed));
        assert!(!call(Does::Fail));
        assert!(catch_unwind(|| call(Does::Panic)).is_err());
        assert_eq!(failures(name), 2);
        assert!(call(Does::Succeed));
        assert_eq!(failures(name), 0);
        assert!(!call(Does::Fail));
        assert!(!call(Does::Fail));
        assert!(catch_unwind(|| call(Does::Panic)).is_err(), "and trips");
        assert_eq!(Registry::global().get(name).unwrap().state(), State::Open);
        assert!(!call(Does::Panic), "the body does not run");
    }
}

#[test]
fn removed_breaker_is_noticed_on_the_short_way() {
    #[circuit_breaker(name = "global-removed", threshold = 1)]
    fn call(does: Does) -> Result<(), Error> {
        act(does).map_err(|_| Error)
    }
    call(Does::Succeed).unwrap();
    let old = Registry::global().remove("global-removed").unwrap();
    let _ = call(Does::Fail);
    assert_eq!(old.state(), State::Closed);
    assert_eq!(Registry::global().get("global-removed").unwrap().state(), State::Open);
}
