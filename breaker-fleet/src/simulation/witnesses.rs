//! Instances that are ill while the service is well: what they cost the others.

use super::outages::plan;
use super::world::{Plan, World};
use super::{ms, secs};

/// Returns a fleet that knows its size, and whose calls fail now and then.
fn fleet(instances: usize, domains: usize, error_rate: f64, seed: u64) -> World {
    let mut world = World::new(&Plan { domains, ..plan(instances, 20.0, seed) });
    world.service.error_rate = error_rate;
    world.run(secs(12));
    world.fleet.iter_mut().for_each(|it| it.rejections = 0);
    world
}

/// Returns the rejections of each healthy instance in so many seconds, as a mean.
fn rejected_when_healthy(world: &mut World, time: u64) -> f64 {
    world.run(secs(time));
    let healthy = world.fleet.iter().filter(|it| !it.is_poisoned);
    let (count, sum) = healthy.fold((0, 0), |(count, sum), it| (count + 1, sum + it.rejections));
    f64::from(u32::try_from(sum).unwrap()) / f64::from(count)
}

/// Asserts that two minutes of illness reject no call of healthy instances, if none of their calls
/// fails. Errors now and then make a suspicion open some or all of them, for a cooldown of two
/// seconds; an ill instance may probe next, and all are open for another cooldown. The suspicion
/// does not come again.
fn assert_little_is_rejected(
    instances: usize,
    domains: usize,
    error_rate: f64,
    make_ill: impl Fn(&mut World),
) {
    const SEEDS: u32 = 3;
    let mut sum = 0.0;
    for seed in 0..SEEDS {
        let mut world = fleet(instances, domains, error_rate, seed.into());
        make_ill(&mut world);
        sum += rejected_when_healthy(&mut world, 120);
    }
    let seconds = sum / f64::from(SEEDS) / 20.0;
    let most = if error_rate == 0.0 { 0.0 } else { 4.0 };
    let case = format!("{instances} in {domains} domains, errors {error_rate}");
    assert!(seconds <= most, "{case}: each rejects for {seconds} s");
}

#[test]
fn poisoned_domain_rejects_no_calls_of_others() {
    for (instances, domains) in [(2, 2), (20, 20), (50, 2), (50, 10)] {
        for error_rate in [0.0, 0.01, 0.05] {
            assert_little_is_rejected(instances, domains, error_rate, |world| {
                world.fleet.iter_mut().step_by(domains).for_each(|it| it.is_poisoned = true);
            });
        }
    }
}

#[test]
fn ill_process_of_a_domain_of_many_opens_nobody_else() {
    for domains in [2, 10] {
        for error_rate in [0.0, 0.01, 0.05] {
            assert_little_is_rejected(50, domains, error_rate, |world| {
                world.fleet[0].is_poisoned = true;
            });
        }
    }
}

#[test]
fn first_instance_of_a_fleet_that_starts_opens_nobody_else() {
    for seed in 0..10 {
        let mut world = World::new(&Plan { calls_from: secs(0), ..plan(20, 20.0, seed) });
        world.run(ms(50));
        let is_first = |it: &usize| world.fleet[*it].shared.tell(|brain, _| brain.live()) == 1;
        let first = (0..20).find(is_first).unwrap();
        world.fleet[first].is_poisoned = true;
        let rejected = rejected_when_healthy(&mut world, 10);
        assert!(rejected == 0.0, "seed {seed}: {rejected} calls of each are rejected");
    }
}
