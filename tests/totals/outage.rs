//! The present outage: its beginning, and the number of openings in it.

use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Outage, circuit_breaker};
use support::{Reply, named};

use crate::answer;

const SECOND: Duration = Duration::from_secs(1);

#[circuit_breaker(name = "db", threshold = 2, cooldown = "10s")]
fn query(succeeds: bool) -> Reply {
    answer(succeeds)
}

fn outage(scope: &Scope) -> Option<(Duration, u64)> {
    let outage = named(scope, "db").report().outage;
    outage.map(|Outage { lasts, trips, .. }| (lasts, trips))
}

fn trip() {
    (0..2).for_each(|_| _ = query(false).unwrap_err());
}

#[test]
fn outage_lasts_from_the_first_trip_until_it_has_stayed_closed_for_a_cooldown() {
    let scope = Scope::enter();
    query(true).unwrap();
    assert_eq!(outage(&scope), None);
    trip();
    assert_eq!(outage(&scope), Some((Duration::ZERO, 1)));
    scope.advance(SECOND * 10);
    query(false).unwrap_err();
    assert_eq!(outage(&scope), Some((SECOND * 10, 2)), "a probe has failed");
    scope.advance(SECOND * 10);
    query(true).unwrap();
    scope.advance(Duration::from_millis(9_999));
    assert_eq!(outage(&scope), Some((Duration::from_millis(29_999), 2)), "not for long");
    scope.advance(Duration::from_millis(1));
    assert_eq!(outage(&scope), None);
    trip();
    assert_eq!(outage(&scope), Some((Duration::ZERO, 1)), "another one");
}

#[test]
fn breaker_that_flaps_is_in_one_outage() {
    let scope = Scope::enter();
    for _ in 0..20 {
        trip();
        scope.advance(SECOND * 10);
        query(true).unwrap();
        scope.advance(SECOND * 9);
    }
    assert_eq!(outage(&scope), Some((SECOND * 20 * 19, 20)));
    // Nobody has looked while it was well.
    scope.advance(SECOND);
    trip();
    assert_eq!(outage(&scope), Some((Duration::ZERO, 1)));
}

#[test]
fn opening_by_hand_is_no_outage_and_ends_none() {
    let scope = Scope::enter();
    query(true).unwrap();
    let breaker = named(&scope, "db");
    breaker.open();
    breaker.force_open();
    breaker.open_for(SECOND);
    assert_eq!(outage(&scope), None);
    breaker.reset();
    trip();
    scope.advance(SECOND);
    breaker.force_open();
    scope.advance(SECOND * 100);
    assert_eq!(outage(&scope), Some((SECOND * 101, 1)));
    breaker.reset();
    scope.advance(SECOND * 6);
    breaker.reset();
    scope.advance(SECOND * 3);
    assert_eq!(outage(&scope), Some((SECOND * 110, 1)));
    scope.advance(SECOND);
    assert_eq!(outage(&scope), None, "closed all the while, whatever was reset");
}
