//! A command-line program that runs once for each request, while its service is down.

use std::thread;
use std::time::{Duration, Instant};

use crate::world::{World, runs, until};

const AT_ONCE: usize = 8;
const THRESHOLD: usize = 5;
const COOLDOWN: Duration = Duration::from_secs(1);

/// Runs so many processes, some at once. Returns how many were rejected.
fn crowd(world: &World, processes: usize) -> usize {
    let each = processes / AT_ONCE;
    let run = || (0..each).filter(|_| world.once() == "rejected").count();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

#[test]
fn one_process_a_cooldown_reaches_a_service_that_is_down() {
    let processes = runs(160, 1_504);
    for world in World::both() {
        world.set_down(true);
        let begun = Instant::now();
        let rejected = crowd(&world, processes);
        let took = begun.elapsed();
        let (calls, probes) = world.calls();
        println!("{processes} processes in {took:?}: {calls} calls, {probes} of them probes");
        assert_eq!(calls + rejected, processes, "what was not rejected reached the service");
        // Those under way when the last of the threshold failed.
        assert!(calls - probes < THRESHOLD + AT_ONCE, "{calls} calls, {probes} of them probes");
        assert!(COOLDOWN * u32::try_from(probes).unwrap() <= took, "{probes} probes in {took:?}");
        assert_eq!(world.warnings(), 1, "one warning of one trip");

        // It is well again: one probe, and nobody is rejected after it.
        world.set_down(false);
        until("the probe", || world.once() == "ok");
        assert_eq!(world.calls().1, probes + 1);
        assert_eq!(crowd(&world, 48), 0);
        assert_eq!(world.calls().1, probes + 1);
    }
}

#[test]
fn crowd_sends_one_probe_when_the_cooldown_is_over() {
    let world = World::new();
    world.trip(&[]);
    let (_, before) = world.calls();
    let is_due = || {
        let record = world.record().unwrap();
        record.remaining(crate::world::now_ms()) == Some(Duration::ZERO)
    };
    until("the end of the cooldown", is_due);
    let begun = Instant::now();
    // Each probe takes a while, so that all the others come meanwhile.
    let run = || world.run("once", &["call_ms=400"]).pop().unwrap();
    let said: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..2 * AT_ONCE).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let failed = said.iter().filter(|word| *word == "failed").count();
    let (_, after) = world.calls();
    assert_eq!(after - before, failed, "{said:?}");
    let most = begun.elapsed() + COOLDOWN;
    assert!(failed > 0 && COOLDOWN * u32::try_from(failed).unwrap() <= most, "{said:?}");
    assert_eq!(world.warnings(), 1, "a probe that fails is no trip");
}
