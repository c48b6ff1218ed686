//! Ends of opens and of half-opens, and how they are written to the record.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use breaker_core::shared::Shape;
use breakerbox::{Config, Override, OverrideSource, Overrides, State, Switch};

use crate::{Process, World};

#[test]
fn end_of_a_switch_is_local() {
    for switch in [Switch::Observing, Switch::Disabled, Switch::Isolated] {
        let world = World::new();
        let (one, other) = (world.begin(), world.begin());
        let mut file = Overrides::new();
        file.set("service", Override::new().switch(switch)).unwrap();
        one.registry.replace_overrides(OverrideSource::File, file).unwrap();
        other.trip();
        one.registry.replace_overrides(OverrideSource::File, Overrides::new()).unwrap();
        assert_eq!(one.state(), State::Closed);
        assert!(world.is_open(), "{switch:?}");
        other.look();
        assert_eq!(other.state(), State::Open);
    }
}

#[test]
fn record_is_due_no_later_than_the_breaker() {
    for _ in 0..100 {
        let world = World::new();
        world.begin().trip();
        world.ripen();
        let one = world.begin();
        one.fail();
        let left = one.breaker.snapshot().remaining_cooldown.unwrap();
        let due = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + left;
        let Shape::Open { until_ms, .. } = world.record().shape else { panic!("it is closed") };
        assert!(u128::from(until_ms) * 1_000 <= due.as_micros(), "{until_ms} ms, {due:?}");
    }
}

#[test]
fn success_of_a_probe_without_a_lease_closes_the_record() {
    let world = World::new();
    world.begin().trip();
    world.ripen();
    let one = world.begin();
    let lock = world.lock();
    let probe = one.breaker.try_acquire().unwrap();
    drop(lock);
    probe.success();
    assert_eq!(one.state(), State::Closed);
    assert!(!world.is_open());
}

#[test]
fn end_that_could_not_be_written_is_written_later() {
    type Later = fn(&Process, &World);
    let looks: Later = |one, _| one.look();
    let fails: Later = |one, world| {
        one.fail();
        assert_eq!(world.failures(), 1);
    };
    for later in [looks, fails] {
        let world = World::new();
        world.begin().trip();
        world.ripen();
        let one = world.begin();
        let probe = one.breaker.try_acquire().unwrap();
        let lock = world.lock();
        probe.success();
        one.look();
        assert_eq!(one.state(), State::Closed, "what it has done itself is not told of");
        drop(lock);
        assert!(world.is_open());
        later(&one, &world);
        assert_eq!(one.state(), State::Closed);
        assert!(!world.is_open());
    }
}

#[test]
fn end_that_could_not_be_written_does_not_end_a_later_open() {
    let world = World::new();
    let other = world.begin();
    other.trip();
    let one = world.begin();
    let lock = world.lock();
    one.breaker.reset();
    drop(lock);
    other.breaker.reset();
    other.trip();
    one.look();
    assert!(world.is_open());
    assert_eq!(one.state(), State::Open);
}

#[test]
fn probe_that_fails_opens_a_record_that_was_removed() {
    let world = World::new();
    world.begin().trip();
    world.ripen();
    let one = world.begin_with(Config::builder().threshold(3));
    let probe = one.breaker.try_acquire().unwrap();
    fs::remove_file(world.file()).unwrap();
    probe.failure();
    assert!(world.is_open());
    assert_eq!(world.begin().state(), State::Open);
}
