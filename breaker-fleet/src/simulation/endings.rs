//! No breaker waits for ever, whoever does not answer.

use std::time::Duration;

use breaker_core::link::{Id, Link, Probe, Token};
use breaker_core::{Config, State};

use super::outages::{config, fleet_in_outage, plan};
use super::wires::Reach;
use super::world::{Plan, World};
use super::{ms, secs};
use crate::brain::{Brain, Moment, Setup};
use crate::link::FleetLink;
use crate::shared::Shared;
use crate::store::{OpenSight, Sight, Synced};

/// A job that calls every ten seconds: each lease has run out when its next call comes.
#[test]
fn callers_that_come_less_often_than_a_lease_lasts_close_their_breakers() {
    for instances in [1, 2, 10] {
        let mut world = World::new(&plan(instances, 0.1, 1));
        world.is_regular = true;
        world.run(secs(30));
        world.service.is_up = false;
        let end = world.now + secs(600);
        assert!(world.run_until(end, |world| world.count(State::Closed) == 0));
        world.service.is_up = true;
        world.run(secs(120));
        assert_eq!(world.count(State::Closed), instances, "of {instances}");
    }
}

/// A failover, or a start from a file, takes the store back by some changes of one generation.
#[test]
fn store_that_has_lost_its_last_writes_is_believed() {
    let mut world = fleet_in_outage(&plan(10, 20.0, 3));
    world.service.is_up = true;
    world.run(secs(20));
    assert_eq!(world.count(State::Closed), 10);
    let saved = world.store.clone();
    world.service.is_up = false;
    world.run(secs(5));
    assert_eq!(world.count(State::Closed), 0);
    world.kill_store();
    world.store = saved;
    world.reach = Reach::Up;
    world.service.is_up = true;
    world.run(secs(60));
    assert_eq!(world.count(State::Closed), 10);
}

/// The runtime that was given is not driven any more, or a listener does not return.
#[test]
fn breaker_of_a_pump_that_stands_still_probes_alone() {
    let mut world = fleet_in_outage(&plan(2, 20.0, 5));
    world.still = Some(0);
    world.service.is_up = true;
    world.run(secs(30));
    assert_eq!(world.fleet[0].breaker.state(), State::Closed);
}

/// The store has no memory left, and refuses what would write.
#[test]
fn claims_that_are_refused_leave_breakers_alone() {
    let mut world = fleet_in_outage(&plan(5, 20.0, 5));
    world.refuses = true;
    world.run(secs(30));
    world.service.is_up = true;
    world.run(secs(30));
    assert_eq!(world.count(State::Closed), 5);
}

/// One instance of many calls is ill, and its probes fail. The other instances have few calls.
#[test]
fn ill_prober_leaves_the_lease_to_those_with_few_calls() {
    for (healthy, per_second) in [(1, 0.2), (10, 0.05), (10, 0.2)] {
        for seed in 0..3 {
            let mut world = World::new(&plan(healthy + 1, 20.0, seed));
            world.run(secs(12));
            world.service.is_up = false;
            let end = world.now + secs(60);
            world.fleet[0].is_poisoned = true;
            world.poisoned_gap = Some(ms(50));
            assert!(world.run_until(end, |world| world.count(State::Closed) == 0));
            world.gap = Duration::from_secs_f64(1.0 / per_second);
            world.run(secs(30));
            world.service.is_up = true;
            let end = world.now + secs(600);
            let is_closed = world.run_until(end, |world| world.store.is_closed());
            assert!(is_closed, "{healthy} healthy ones with {per_second}/s, seed {seed}");
        }
    }
}

#[test]
fn probes_without_a_limit_have_leases_that_end() {
    let config = Config::builder().threshold(5).cooldown(secs(2)).probe_timeout(Duration::MAX);
    let mut world = fleet_in_outage(&Plan { config: config.build_const(), ..plan(2, 20.0, 5) });
    world.service.is_up = true;
    world.run(secs(60));
    assert_eq!(world.count(State::Closed), 2);
}

/// A success that waits for the store is out of date: the breaker has tripped again since.
#[test]
fn success_before_the_last_trip_closes_nobody() {
    let mut world = fleet_in_outage(&plan(20, 20.0, 5));
    world.service.is_up = true;
    let probes = world.probes.len();
    let end = world.now + secs(10);
    assert!(world.run_until(end, |world| world.probes.len() > probes));
    world.reach = Reach::Stopped;
    world.run(ms(30));
    world.service.is_up = false;
    world.run(secs(20));
    world.reach = Reach::Up;
    let end = world.now + secs(4);
    let mut closed = 0;
    world.run_until(end, |world| {
        closed = closed.max(world.count(State::Closed));
        false
    });
    assert_eq!(closed, 0);
}

#[test]
fn suspicion_ends_when_the_process_leaves() {
    let mut world = World::new(&plan(3, 20.0, 5));
    world.run(secs(12));
    world.fleet[0].is_poisoned = true;
    let end = world.now + secs(10);
    let row = |world: &World| world.fleet[1].breaker.snapshot().consecutive_failures;
    // Between the suspicion and the next success.
    assert!(world.run_until(end, |world| row(world) == 4));
    world.fleet[1].shared.tell(Brain::leave);
    world.pump(1);
    assert_eq!(row(&world), 0);
}

/// `only` leaves the breaker out. Other processes share the name, and its record is open.
#[test]
fn breaker_that_is_not_shared_asks_nobody() {
    let setup = Setup { domain: "eu-1".into(), quorum: None, spread: None, seed: 1 };
    let shared = Shared::new(setup, Box::new(Moment::default), Box::new(|| ()));
    let link = FleetLink::new(&shared, Box::new(|_| false));
    shared.tell(Brain::connected);
    shared.work();
    let open =
        OpenSight { left: Duration::ZERO, openings: 1, began: 1, holder: None, failed: None };
    let stamp = Token { generation: 7, epoch: 1 };
    let sight = Sight { place: "3:svc".into(), stamp, at_ms: 1, open: Some(open), votes: 2 };
    shared.tell(|brain, now| brain.synced(now, Some(Synced { live: 3, sights: vec![sight] })));
    shared.work();
    let id = Id::new("svc", None).unwrap();
    assert_eq!(link.due(&id, config().probe_timeout()), Probe::Alone);
}
