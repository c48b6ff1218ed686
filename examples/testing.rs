//! A test of guarded code: a registry and a clock of its own, and no sleep.
//!
//! `cargo run --example testing`, with the feature `testing` of breakerbox.

use std::io::{self, ErrorKind};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, Registry, State, circuit_breaker};

/// The code under test. Its database is up or down as the test says.
#[circuit_breaker(name = "db", threshold = 2, cooldown = "30m")]
fn query(db_is_up: bool) -> io::Result<u32> {
    if db_is_up { Ok(7) } else { Err(ErrorKind::ConnectionRefused.into()) }
}

// In your crate, each of these functions has `#[test]`. They may run side by side: a scope belongs
// to its thread, and each scope has its own breaker `db`.

fn two_failures_open_the_breaker() {
    let _scope = Scope::enter();
    assert!(query(false).is_err());
    assert!(query(false).is_err());
    let rejected = query(true).expect_err("the breaker is open");
    assert!(BreakerError::is_rejection_in(&rejected));
    println!("rejected: {rejected}");
}

fn breaker_closes_after_half_an_hour() {
    let scope = Scope::enter();
    let state = || Registry::global().get("db").map(|breaker| breaker.state());
    assert_eq!(state(), None, "the breaker of the other test is not here");
    assert!(query(false).is_err() && query(false).is_err());
    assert_eq!(state(), Some(State::Open));
    scope.advance(Duration::from_secs(30 * 60));
    assert_eq!(query(true).ok(), Some(7));
    assert_eq!(state(), Some(State::Closed));
    println!("half an hour has passed by the test's clock, and the breaker is closed");
}

fn main() {
    two_failures_open_the_breaker();
    breaker_closes_after_half_an_hour();
}
