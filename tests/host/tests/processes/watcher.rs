//! Processes that live for long hear of one another.

use crate::world::{Talk, World, until};

const SETTINGS: [&str; 3] = ["watch", "threshold=3", "cooldown_ms=300"];

#[test]
fn long_lived_process_is_told_of_a_trip_and_of_the_recovery() {
    let world = World::new();
    let mut other = Talk::start(world.command("steps", &SETTINGS));
    assert_eq!(other.ask("call").0, "ok");
    world.trip(&SETTINGS[1..]);
    let mut told = Vec::new();
    until("the news", || {
        let (state, more) = other.ask("state");
        told.extend(more);
        // A listener is told after the state has changed.
        state.starts_with("open") && !told.is_empty()
    });
    assert_eq!(told, ["closed to open: told by a peer"]);
    world.set_down(false);
    until("the probe", || world.once() == "ok");
    until("the news", || other.ask("state").0 == "closed 0");
    assert_eq!(other.ask("call").0, "ok");
    assert_eq!(world.warnings(), 1);
}

#[test]
fn long_lived_process_counts_on_from_the_failures_of_others() {
    let world = World::new();
    let mut other = Talk::start(world.command("steps", &SETTINGS));
    assert_eq!(other.ask("call").0, "ok");
    world.set_down(true);
    for _ in 0..2 {
        assert_eq!(world.run("once", &SETTINGS[1..]), ["failed"]);
    }
    until("the count", || other.ask("state").0 == "closed 2");
    let (said, told) = other.ask("call");
    assert_eq!((said.as_str(), told.len()), ("failed", 1), "{told:?}");
    assert_eq!(world.run("once", &SETTINGS[1..]).pop().unwrap(), "rejected");
}

#[test]
fn reset_by_one_process_closes_the_breakers_of_all() {
    let world = World::new();
    let settings = ["watch", "threshold=3", "cooldown_ms=3600000"];
    world.trip(&settings[1..]);
    let mut one = Talk::start(world.command("steps", &settings));
    let mut other = Talk::start(world.command("steps", &settings));
    for process in [&mut one, &mut other] {
        assert_eq!(process.ask("call").0, "rejected");
    }
    world.set_down(false);
    assert_eq!(one.ask("reset").0, "reset");
    assert_eq!(one.ask("call").0, "ok");
    until("the news", || other.ask("state").0 == "closed 0");
    assert_eq!(world.run("once", &settings[1..]), ["ok"]);
}
