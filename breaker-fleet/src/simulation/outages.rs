//! Outages, with a network and a store that are well.

use std::time::Duration;

use breaker_core::{Config, State};

use super::world::{Plan, World};
use super::{ms, secs};

pub(super) fn config() -> Config {
    Config::builder().threshold(5).cooldown(secs(2)).build_const()
}

pub(super) fn plan(instances: usize, per_second: f64, seed: u64) -> Plan {
    let gap = Duration::from_secs_f64(1.0 / per_second);
    // By the second sync everybody knows how many they are.
    let calls_from = secs(11);
    let domains = instances;
    Plan { instances, gap, config: config(), spread: None, calls_from, seed, domains }
}

/// Returns a fleet that has joined, and whose breakers have all opened some time ago.
pub(super) fn fleet_in_outage(plan: &Plan) -> World {
    let mut world = World::new(plan);
    world.run(secs(12));
    world.service.is_up = false;
    world.run(secs(6));
    assert_eq!(world.count(State::Closed), 0, "seed {}", plan.seed);
    world
}

#[test]
fn all_are_open_soon_after_the_first_trip() {
    for (instances, per_second, bound) in
        [(2, 20.0, ms(400)), (10, 20.0, ms(150)), (50, 20.0, ms(100)), (50, 0.5, ms(1_500))]
    {
        for seed in 0..10 {
            let mut world = World::new(&plan(instances, per_second, seed));
            world.run(secs(12));
            world.service.is_up = false;
            let end = world.now + secs(60);
            let is_tripped = |world: &World| world.count(State::Closed) < instances;
            assert!(world.run_until(end, is_tripped), "seed {seed}");
            let tripped = world.now;
            let is_over = |world: &World| world.count(State::Closed) == 0;
            assert!(world.run_until(end, is_over), "seed {seed}");
            let time = world.since(tripped);
            assert!(time <= bound, "{instances} x {per_second}/s, seed {seed}: {time:?}");
        }
    }
}

#[test]
fn long_outage_is_probed_once_per_cooldown_and_always_by_a_lease() {
    for (instances, per_second, least, seeds) in
        [(1, 20.0, 25, 4), (2, 20.0, 25, 4), (50, 20.0, 25, 1), (50, 0.5, 12, 8)]
    {
        for seed in 0..seeds {
            let mut world = fleet_in_outage(&plan(instances, per_second, seed));
            let from = world.now;
            world.run(secs(60));
            let probes = world.probes_since(from).count();
            let case = format!("{instances} x {per_second}/s, seed {seed}: {probes} probes");
            assert!((least..=30).contains(&probes), "{case}");
            assert!(world.probes_since(from).all(|probe| probe.is_leased), "{case}");
        }
    }
}

#[test]
fn recovery_closes_all_within_the_spread_and_not_at_once() {
    for spread in [Duration::ZERO, ms(200), secs(1)] {
        for seed in 0..3 {
            let mut world = fleet_in_outage(&Plan { spread: Some(spread), ..plan(50, 20.0, seed) });
            world.service.is_up = true;
            let end = world.now + secs(10);
            assert!(world.run_until(end, |world| world.count(State::Closed) > 0), "seed {seed}");
            let first = world.now;
            assert!(world.run_until(end, |world| world.count(State::Closed) >= 25), "seed {seed}");
            let half = world.since(first);
            assert!(world.run_until(end, |world| world.count(State::Closed) == 50), "seed {seed}");
            let all = world.since(first);
            let late = ms(10);
            assert!(half >= spread / 4 && half <= spread * 3 / 4 + late, "seed {seed}: {half:?}");
            assert!(all >= spread / 2 && all <= spread + late, "seed {seed}: {all:?}");
            world.run(secs(20));
            assert_eq!(world.count(State::Closed), 50, "seed {seed}");
        }
    }
}

#[test]
fn idle_fleet_recovers_by_the_calls_it_has() {
    for seed in 0..10 {
        let mut world = World::new(&plan(20, 0.1, seed));
        world.run(secs(12));
        world.service.is_up = false;
        let is_open = |world: &World| world.count(State::Closed) == 0;
        assert!(world.run_until(secs(600), is_open), "seed {seed}");
        world.service.is_up = true;
        let end = world.now + secs(60);
        let is_over = |world: &World| world.count(State::Closed) == 20;
        assert!(
            world.run_until(end, is_over),
            "seed {seed}: {} closed",
            world.count(State::Closed)
        );
    }
}

#[test]
fn next_one_probes_after_the_lease_of_a_holder_that_dies() {
    for seed in 0..20 {
        let mut world = fleet_in_outage(&plan(20, 20.0, seed));
        let (from, end) = (world.now, world.now + secs(5));
        let has_probe = |world: &World| world.probes_since(from).next().is_some();
        assert!(world.run_until(end, has_probe), "seed {seed}");
        let first = *world.probes.last().unwrap();
        world.fleet[first.by].is_dead = true;
        let from = world.now + ms(1);
        let has_probe = |world: &World| world.probes_since(from).next().is_some();
        assert!(world.run_until(end, has_probe), "seed {seed}");
        let next = *world.probes.last().unwrap();
        let after = next.at.saturating_sub(first.at);
        // The lease is the time for a start, 300 ms, and that of a probe, two seconds.
        assert!(after >= secs(2) && after <= ms(2_700), "seed {seed}: {after:?}");
        assert!(next.is_leased && next.by != first.by, "seed {seed}");
    }
}

#[test]
fn service_whose_calls_take_longer_than_a_lease_comes_back() {
    for latency in [ms(20), ms(450), ms(900), ms(1_100), ms(2_500)] {
        for (instances, seed) in [(2, 1), (2, 2), (20, 3), (20, 4)] {
            let config = Config::builder().threshold(5).cooldown(secs(1)).probe_timeout(ms(500));
            let config = config.build_const();
            let mut world = World::new(&Plan { config, ..plan(instances, 5.0, seed) });
            world.service.latency = latency;
            world.run(secs(12));
            world.service.is_up = false;
            world.run(secs(10));
            assert_eq!(world.count(State::Closed), 0, "{latency:?}, seed {seed}");
            world.service.is_up = true;
            let end = world.now + secs(60);
            let is_over = |world: &World| world.count(State::Closed) == instances;
            assert!(world.run_until(end, is_over), "{latency:?}, seed {seed}");
        }
    }
}

#[test]
fn retry_after_of_a_failed_probe_holds_for_all() {
    for seed in 0..5 {
        let mut world = fleet_in_outage(&plan(20, 20.0, seed));
        world.service.retry_after = Some(secs(10));
        let probes = world.probes.len();
        let end = world.now + secs(5);
        assert!(world.run_until(end, |world| world.probes.len() > probes), "seed {seed}");
        let first = world.now;
        world.run(secs(30));
        let later: Vec<_> =
            world.probes_since(first + ms(1)).map(|probe| probe.at.saturating_sub(first)).collect();
        assert!((1..=2).contains(&later.len()), "seed {seed}: {later:?}");
        assert!(later[0] >= secs(10), "seed {seed}: {later:?}");
    }
}

/// Rejections of the instances that are not poisoned.
fn healthy_rejections(world: &World) -> u64 {
    world.fleet.iter().filter(|it| !it.is_poisoned).map(|it| it.rejections).sum()
}

#[test]
fn poisoned_instances_are_open_alone() {
    for poisoned in [1, 4] {
        for seed in 0..2 {
            let mut world = World::new(&plan(50, 20.0, seed));
            world.run(secs(12));
            world.fleet[..poisoned].iter_mut().for_each(|it| it.is_poisoned = true);
            world.run(secs(10));
            assert_eq!(healthy_rejections(&world), 0, "seed {seed}");
            let suspicions = world.store.suspicions;
            assert!((1..=poisoned as u64).contains(&suspicions), "seed {seed}: {suspicions}");
            let own: u64 = world.fleet[..poisoned].iter().map(|it| it.rejections).sum();
            assert!(own > 130 * poisoned as u64, "seed {seed}: {own}");
        }
    }
}

#[test]
fn error_now_and_then_and_one_poisoned_instance_do_not_open_the_record() {
    for seed in 0..3 {
        let mut world = World::new(&plan(50, 20.0, seed));
        world.service.error_rate = 0.01;
        world.run(secs(12));
        world.fleet[0].is_poisoned = true;
        // A healthy instance whose next call fails by chance opens alone, once, for one cooldown.
        world.run_until(world.now + secs(10), |world| {
            assert!(world.store.is_closed(), "seed {seed}");
            false
        });
        let rejections = healthy_rejections(&world);
        assert!(rejections < world.calls / 100, "seed {seed}: {rejections} of {}", world.calls);
    }
}
