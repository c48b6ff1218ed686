//! Stores that die, stop, forget, and whose clocks jump; networks that lose and repeat; and all of it
//! at random.

use std::time::Duration;

use breaker_core::{Config, State};

use super::outages::{fleet_in_outage, plan};
use super::wires::{Network, Reach};
use super::world::{Plan, World};
use super::{ms, pick, secs};
use crate::brain::Mode;

/// Asserts that from now on the whole fleet probes as one instance does.
fn assert_probes_as_one(world: &mut World, case: &str) {
    let from = world.now;
    world.run(secs(20));
    let probes: Vec<_> = world.probes_since(from).map(|probe| (probe.at, probe.by)).collect();
    // A cooldown is two seconds.
    assert!(probes.len() <= 11, "{case}: {probes:?}");
    assert_eq!(world.count(State::Closed), 0, "{case}");
}

/// Asserts that with a service, a store and a network that are well all closes, and stays closed.
fn assert_comes_to_rest(world: &mut World, case: &str) {
    (world.reach, world.network) = (Reach::Up, Network::FINE);
    (world.service.is_up, world.service.error_rate, world.service.retry_after) = (true, 0.0, None);
    for instance in &mut world.fleet {
        (instance.is_poisoned, instance.is_cut_off) = (false, false);
    }
    let (end, alive) = (world.now + secs(60), world.alive());
    let is_over = |world: &World| world.count(State::Closed) == alive;
    assert!(
        world.run_until(end, is_over),
        "{case}: {} of {alive} closed",
        world.count(State::Closed)
    );
    // The last news and delayed closings.
    world.run(secs(15));
    let rejections: u64 = world.fleet.iter().map(|it| it.rejections).sum();
    world.run(secs(30));
    assert_eq!(world.count(State::Closed), alive, "{case}");
    let later: u64 = world.fleet.iter().map(|it| it.rejections).sum();
    assert_eq!(later, rejections, "{case}: nobody rejects any more");
    let is_joined = |world: &World, number: usize| {
        world.fleet[number].shared.tell(|brain, _| *brain.mode() == Mode::Joined)
    };
    let all = 0..world.fleet.len();
    assert!(all.filter(|it| !world.fleet[*it].is_dead).all(|it| is_joined(world, it)), "{case}");
}

#[test]
fn dead_store_leaves_each_alone_and_not_in_step() {
    for seed in 0..2 {
        let mut world = fleet_in_outage(&plan(50, 20.0, seed));
        world.kill_store();
        let from = world.now;
        world.run(secs(10));
        let times: Vec<_> = world.probes_since(from).map(|probe| probe.at).collect();
        let probes = times.len();
        // Fifty of them, each about once per cooldown.
        assert!((100..=300).contains(&probes), "seed {seed}: {probes}");
        let most_at_once = times
            .iter()
            .map(|at| times.iter().filter(|it| (*at..*at + ms(50)).contains(*it)).count())
            .max();
        assert!(most_at_once < Some(12), "seed {seed}: {most_at_once:?} in 50 ms");
        world.service.is_up = true;
        world.run(secs(5));
        assert_eq!(world.count(State::Closed), 50, "seed {seed}: it recovers without the store");
        assert_comes_to_rest(&mut world, &format!("seed {seed}"));
    }
}

#[test]
fn store_that_comes_back_empty_is_rebuilt_within_five_seconds() {
    for (instances, per_second) in [(2, 20.0), (30, 5.0), (20, 2.0)] {
        for seed in 0..5 {
            let case = format!("{instances} x {per_second}/s, seed {seed}");
            let mut world = fleet_in_outage(&plan(instances, per_second, seed));
            world.kill_store();
            world.run(ms(3_000 + 700 * seed));
            world.store.clear();
            world.reach = Reach::Up;
            world.run(secs(5));
            assert_probes_as_one(&mut world, &case);
            assert_comes_to_rest(&mut world, &case);
        }
    }
}

#[test]
fn store_that_stops_and_goes_on_is_believed_again() {
    for seed in 0..5 {
        for stop in [ms(300), secs(1), secs(7)] {
            let case = format!("stopped for {stop:?}, seed {seed}");
            let mut world = fleet_in_outage(&plan(20, 20.0, seed));
            world.reach = Reach::Stopped;
            world.run(stop);
            world.reach = Reach::Up;
            world.run(secs(5));
            assert_probes_as_one(&mut world, &case);
            assert_comes_to_rest(&mut world, &case);
        }
    }
}

#[test]
fn service_that_comes_back_while_the_store_is_silent_is_not_closed_for_long() {
    for seed in 0..10 {
        let case = format!("seed {seed}");
        let mut world = fleet_in_outage(&plan(20, 20.0, seed));
        world.reach = Reach::Stopped;
        world.run(secs(4));
        world.service.is_up = true;
        world.run(secs(5));
        assert_eq!(world.count(State::Closed), 20, "{case}");
        let rejections: u64 = world.fleet.iter().map(|it| it.rejections).sum();
        world.reach = Reach::Up;
        world.run(secs(20));
        let later: u64 = world.fleet.iter().map(|it| it.rejections).sum();
        assert_eq!(later, rejections, "{case}: the record of the outage closes, and opens nobody");
        assert_comes_to_rest(&mut world, &case);
    }
}

#[test]
fn half_of_a_fleet_that_is_cut_off_is_local_and_comes_back() {
    for seed in 0..5 {
        let case = format!("seed {seed}");
        let mut world = fleet_in_outage(&plan(20, 20.0, seed));
        world.fleet[..10].iter_mut().for_each(|it| it.is_cut_off = true);
        world.run(secs(10));
        let from = world.now;
        world.run(secs(10));
        let by_connected = world.probes_since(from).filter(|probe| probe.by >= 10).count();
        assert!((1..=6).contains(&by_connected), "{case}: {by_connected}");
        world.fleet[..10].iter_mut().for_each(|it| it.is_cut_off = false);
        world.run(secs(5));
        assert_probes_as_one(&mut world, &case);
        assert_comes_to_rest(&mut world, &case);
    }
}

#[test]
fn clock_of_the_store_that_jumps_costs_one_cooldown_at_most() {
    for seed in 0..5 {
        for ahead_ms in [0, 1_699_913_600_000, 1_699_999_990_000, 1_700_086_400_000] {
            let case = format!("ahead by {ahead_ms} ms, seed {seed}");
            let mut world = fleet_in_outage(&plan(20, 20.0, seed));
            world.store.ahead_ms = ahead_ms;
            world.run(secs(5));
            assert_probes_as_one(&mut world, &case);
            let from = world.now;
            world.run(secs(10));
            assert!(world.probes_since(from).count() > 2, "{case}");
            assert_comes_to_rest(&mut world, &case);
        }
    }
}

#[test]
fn network_that_loses_and_repeats_costs_few_probes() {
    for seed in 0..5 {
        let case = format!("seed {seed}");
        let mut world = fleet_in_outage(&plan(20, 20.0, seed));
        world.network = Network {
            delay: (ms(1), ms(40)),
            loss: 0.02,
            news_loss: 0.1,
            news_twice: 0.1,
            news_late: ms(300),
        };
        let from = world.now;
        world.run(secs(40));
        let probes = world.probes_since(from).count();
        assert!((8..=30).contains(&probes), "{case}: {probes}");
        assert_comes_to_rest(&mut world, &case);
    }
}

/// Does something at random.
fn disturb(world: &mut World, by_hand: bool) {
    let fleet = world.fleet.len();
    let one = world.pick(fleet);
    match world.pick(if by_hand { 16 } else { 14 }) {
        0..3 => world.service.is_up = !world.service.is_up,
        3 => world.reach = Reach::Stopped,
        4 => world.kill_store(),
        5 => {
            world.store.clear();
            world.reach = Reach::Up;
        }
        6..8 => world.reach = Reach::Up,
        8 => world.fleet[one].is_cut_off = !world.fleet[one].is_cut_off,
        9 => world.fleet[one].is_poisoned = !world.fleet[one].is_poisoned,
        10 => {
            let late = world.pick(1_500) as u64;
            let share = |world: &mut World| world.random.below(ms(200)).as_secs_f64();
            world.network = Network {
                delay: (ms(1), ms(1 + late / 4)),
                loss: share(world),
                news_loss: share(world),
                news_twice: share(world),
                news_late: ms(late),
            };
        }
        11 => world.network = Network::FINE,
        12 => world.store.ahead_ms = 1_000_000_000 * (1 + world.pick(3) as u64),
        13 => world.service.error_rate = [0.0, 0.01][world.pick(2)],
        14 => world.fleet[one].breaker.reset(),
        _ => {
            let breaker = &world.fleet[one].breaker;
            breaker.force_open();
            breaker.reset();
        }
    }
}

#[test]
fn whatever_happens_it_comes_to_rest() {
    let seeds = std::env::var("FLEET_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    for seed in 0..seeds {
        let mut random = crate::brain::random::Random::new(seed);
        let by_hand = seed % 2 == 1;
        let mut draw = |most| pick(&mut random, most);
        let instances = 1 + draw(8);
        let config = Config::builder()
            .threshold(1 + draw(5) as u64)
            .cooldown(ms(200 + draw(3_000) as u64))
            .build_const();
        let per_second = [0.5, 5.0, 20.0][draw(3)];
        let spread = [None, Some(Duration::ZERO)][draw(2)];
        let mut world = World::new(&Plan {
            config,
            spread,
            calls_from: Duration::ZERO,
            ..plan(instances, per_second, seed)
        });
        for _ in 0..12 {
            let time = ms(world.pick(6_000) as u64);
            world.run(time);
            disturb(&mut world, by_hand);
        }
        world.run(secs(1));
        assert_comes_to_rest(&mut world, &format!("seed {seed}"));
        // A record that everybody has ended by hand is nobody's to close.
        assert!(by_hand || world.store.is_closed(), "seed {seed}: by the store too");
    }
}
