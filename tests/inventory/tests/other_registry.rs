//! A registry of the program's own, in a process whose own registry nothing has warmed up.

use breakerbox::{BreakerError, Registry, circuit_breaker};

#[circuit_breaker(name = "call")]
fn call() -> Result<u8, BreakerError> {
    Ok(1)
}

#[test]
fn breakers_of_another_registry_are_not_those_of_calls() {
    let other = Registry::new();
    other.warm_up();
    other.get("call").unwrap().force_open();
    assert!(Registry::global().is_empty());
    assert_eq!(call().unwrap(), 1);
}
