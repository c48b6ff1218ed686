//! `threshold`, `cooldown`, `probes`, `success_threshold`, `probe_timeout`: by
//! literal, by constant and by default.

use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{State, circuit_breaker};
use support::{DOWN, Reply, named};

const MS: Duration = Duration::from_millis(1);

#[circuit_breaker(name = "defaults")]
fn by_default(reply: Reply) -> Reply {
    reply
}

/// [MAC-217]
#[test]
fn defaults_are_five_failures_thirty_seconds_one_probe_one_success() {
    const COOLDOWN: Duration = Duration::from_secs(30);

    let scope = Scope::enter();
    for _ in 0..4 {
        assert_eq!(by_default(DOWN), DOWN);
    }
    let breaker = named(&scope, "defaults");
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(by_default(DOWN), DOWN);
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.snapshot().remaining_cooldown, Some(COOLDOWN));
    scope.advance(COOLDOWN - MS);
    assert!(by_default(Ok(1)).unwrap_err().is_rejection());
    scope.advance(MS);
    let probe = breaker.try_acquire().unwrap();
    assert!(breaker.try_acquire().is_err(), "one probe");
    scope.advance(COOLDOWN - MS);
    assert!(breaker.try_acquire().is_err(), "its timeout: the cooldown");
    scope.advance(MS);
    assert_eq!(by_default(Ok(1)), Ok(1), "takes the lost probe's slot");
    assert_eq!(breaker.state(), State::Closed, "one success");
    probe.failure();
    assert_eq!(breaker.snapshot().late_outcomes, 1);
}

#[test]
fn attribute_without_parentheses_or_with_empty_ones_takes_the_defaults() {
    #[circuit_breaker]
    fn bare(reply: Reply) -> Reply {
        reply
    }
    #[circuit_breaker()]
    fn empty(reply: Reply) -> Reply {
        reply
    }
    let scope = Scope::enter();
    for call in [bare, empty] {
        for _ in 0..5 {
            assert_eq!(call(DOWN), DOWN);
        }
        assert!(call(Ok(1)).unwrap_err().is_rejection());
    }
    assert_eq!(scope.registry().len(), 2);
}

/// Opens at the third failure, and then keeps to the tuning that the next two
/// tests give in two ways.
fn obeys(name: &str, fetch: fn(Reply) -> Reply) {
    let scope = Scope::enter();
    for _ in 0..3 {
        assert_eq!(fetch(DOWN), DOWN);
    }
    let breaker = named(&scope, name);
    let left = breaker.snapshot().remaining_cooldown;
    assert_eq!(left, Some(Duration::from_millis(61_500)));
    scope.advance(Duration::from_millis(61_500));
    let one = breaker.try_acquire().unwrap();
    let two = breaker.try_acquire().unwrap();
    assert!(fetch(Ok(1)).is_err(), "two probes are out");
    one.success();
    assert_eq!(fetch(Ok(1)), Ok(1));
    assert_eq!(breaker.snapshot().probe_successes, 2);
    let lost = breaker.try_acquire().unwrap();
    scope.advance(Duration::from_millis(249));
    assert!(fetch(Ok(1)).is_err());
    scope.advance(MS);
    assert_eq!(fetch(Ok(1)), Ok(1), "takes the slot of one that is lost");
    assert_eq!(breaker.state(), State::Closed, "the third success");
    lost.success();
    two.success();
    assert_eq!(breaker.snapshot().late_outcomes, 2);
}

#[test]
fn literals_of_every_key_are_obeyed() {
    #[circuit_breaker(
        name = "literals",
        threshold = 0x3,
        cooldown = "1m1.5s",
        probes = 2,
        success_threshold = 3,
        probe_timeout = "250ms"
    )]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    obeys("literals", fetch);
}

mod limits {
    use std::time::Duration;

    pub(super) const THRESHOLD: u16 = 3;
    pub(super) const COOLDOWN: Duration = Duration::from_millis(61_500);
    pub(super) const PROBES: i32 = 2;

    pub(super) struct Client;

    impl Client {
        pub(super) const SUCCESSES: usize = 3;
    }
}

#[test]
fn constants_of_every_key_and_integer_type_are_obeyed() {
    const PROBE_TIMEOUT: Duration = Duration::from_millis(250);

    #[circuit_breaker(
        name = "constants",
        threshold = limits::THRESHOLD,
        cooldown = limits::COOLDOWN,
        probes = limits::PROBES,
        success_threshold = limits::Client::SUCCESSES,
        probe_timeout = PROBE_TIMEOUT,
    )]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    obeys("constants", fetch);
}

#[test]
fn largest_numbers_are_obeyed() {
    #[circuit_breaker(
        name = "largest",
        threshold = 65_535,
        cooldown = Duration::MAX,
        probes = 255,
        success_threshold = 255,
        probe_timeout = "1h"
    )]
    fn largest(reply: Reply) -> Reply {
        reply
    }
    let scope = Scope::enter();
    for _ in 0..65_534 {
        assert_eq!(largest(DOWN), DOWN);
    }
    let breaker = named(&scope, "largest");
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(largest(DOWN), DOWN);
    assert_eq!(breaker.state(), State::Open);
    scope.advance(Duration::MAX);
    assert!(largest(Ok(1)).unwrap_err().is_rejection());
}

#[test]
fn two_hundred_and_fifty_five_successes_close() {
    #[circuit_breaker(name = "smallest", threshold = 1, cooldown = "1ms", success_threshold = 255)]
    fn smallest(reply: Reply) -> Reply {
        reply
    }
    let scope = Scope::enter();
    assert_eq!(smallest(DOWN), DOWN);
    assert!(smallest(Ok(1)).unwrap_err().is_rejection());
    scope.advance(MS);
    for _ in 0..254 {
        assert_eq!(smallest(Ok(1)), Ok(1));
    }
    let breaker = named(&scope, "smallest");
    assert_eq!(breaker.state(), State::HalfOpen);
    assert_eq!(smallest(Ok(1)), Ok(1));
    assert_eq!(breaker.state(), State::Closed);
}
