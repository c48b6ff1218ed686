//! A breaker is told of other processes' changes, whatever its process has read meanwhile.

use std::fs;

use breaker_core::shared::Event;
use breakerbox::{Role, State};

use crate::{HOUR, Process, World};

#[test]
fn success_after_a_trip_of_another_does_not_hide_the_trip() {
    let world = World::new();
    let (one, other) = (world.begin(), world.begin());
    one.fail();
    other.fail();
    other.fail();
    assert_eq!(other.state(), State::Open);
    one.succeed();
    assert_eq!(one.state(), State::Closed, "it has not been told yet");
    one.look();
    assert_eq!(one.state(), State::Open);
}

#[test]
fn probe_that_decides_nothing_does_not_hide_what_has_come_of_another() {
    let world = World::new();
    let other = world.begin();
    other.trip();
    world.ripen();
    let one = world.begin();
    one.look();
    let probe = one.breaker.try_acquire().unwrap();
    let token = world.record().stamp();
    world.apply(Event::Relapse { token, cooldown: HOUR });
    probe.success();
    assert_eq!(one.state(), State::Closed, "it has not been told yet");
    one.look();
    assert_eq!(one.state(), State::Open);
}

#[test]
fn look_that_fails_does_not_hide_the_end_of_an_open() {
    let world = World::new();
    let other = world.begin();
    other.trip();
    let one = world.begin();
    one.look();
    assert_eq!(one.state(), State::Open);
    other.breaker.reset();
    let closed = fs::read(world.file()).unwrap();
    fs::write(world.file(), b"bbh\x02 and something that nobody knows yet").unwrap();
    one.look();
    fs::write(world.file(), closed).unwrap();
    one.look();
    assert_eq!(one.state(), State::Closed);
}

#[test]
fn lease_of_the_process_itself_is_no_news() {
    let world = World::new();
    let other = world.begin();
    other.trip();
    world.ripen();
    let one = world.begin();
    let probe = one.breaker.try_acquire().unwrap();
    one.look();
    assert_eq!(one.state(), State::HalfOpen);
    other.look();
    assert!(other.breaker.try_acquire().is_err(), "the lease is the other's");
    probe.success();
    one.look();
    other.look();
    assert_eq!((one.state(), other.state()), (State::Closed, State::Open));
    assert!(!world.is_open());
}

#[test]
fn process_is_the_prober_as_long_as_its_lease_runs() {
    let world = World::new();
    let other = world.begin();
    other.trip();
    let roles = |one: &Process| (one.role(), other.role());
    let (member, prober) = (Some(Role::Member), Some(Role::Prober));
    for ends_by_itself in [true, false] {
        world.ripen();
        let one = world.begin();
        let probe = one.breaker.try_acquire().unwrap();
        other.look();
        assert_eq!(roles(&one), (prober, member));
        if ends_by_itself {
            world.ripen();
            one.look();
        } else {
            probe.success();
        }
        assert_eq!(roles(&one), (member, member), "{ends_by_itself}");
    }
}

#[test]
fn record_in_trouble_is_not_shared() {
    let world = World::new();
    let one = world.begin();
    one.fail();
    assert_eq!(one.role(), Some(Role::Member));
    fs::write(world.file(), b"bbh\x02 and something that nobody knows yet").unwrap();
    one.look();
    assert_eq!(one.role(), None);
}
