//! Processes that are killed in all that they do.

use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

use breaker_core::shared::Record;

use crate::world::{World, runs, until};

const WORKERS: usize = 4;

/// Kills one worker after the other, and starts another in its place. Returns how many records were
/// looked at meanwhile.
fn kill(world: &World, kills: usize, settings: &[&str], mut between: impl FnMut(usize)) -> usize {
    let start = || world.command("life", settings).spawn().unwrap();
    let mut workers: Vec<Child> = (0..WORKERS).map(|_| start()).collect();
    until("the first record", || world.record().is_some());
    let is_over = AtomicBool::new(false);
    let looked = thread::scope(|scope| {
        let looker = scope.spawn(|| look(world, &is_over));
        // A small generator: the kills fall on other moments each time anyway.
        let mut random = 1_u64;
        for number in 0..kills {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            sleep(Duration::from_micros((random >> 33) % 4_000));
            let worker = &mut workers[number % WORKERS];
            worker.kill().unwrap();
            worker.wait().unwrap();
            *worker = start();
            between(number);
        }
        is_over.store(true, Ordering::Relaxed);
        looker.join().unwrap()
    });
    for worker in &mut workers {
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    looked
}

/// Reads the record without rest: it is whole, is the same one all the time, and never goes back.
fn look(world: &World, is_over: &AtomicBool) -> usize {
    let mut last: Option<Record> = None;
    let mut looked = 0;
    while !is_over.load(Ordering::Relaxed) {
        // Once more, since a reader without a lock may be held up between two writes.
        let record = world.record().or_else(|| world.record());
        let record = record.expect("a kill has torn the record");
        if let Some(last) = last {
            assert_eq!(record.generation, last.generation, "it was made anew");
            assert!(record.epoch >= last.epoch, "from {last:?} to {record:?}");
        }
        last = Some(record);
        looked += 1;
    }
    looked
}

#[test]
fn kills_in_the_whole_life_of_a_breaker_leave_a_record_that_lives_on() {
    for world in World::both() {
        let settings = ["threshold=3", "cooldown_ms=10", "probe_timeout_ms=20"];
        world.set_down(true);
        let kills = runs(100, 1_000);
        // The service goes and comes, so that breakers open, probe and close.
        let looked = kill(&world, kills, &settings, |number| world.set_down(number % 20 < 10));
        let epoch = world.record().unwrap().epoch;
        println!("{kills} kills, {looked} looks, {epoch} epochs");
        assert!(epoch > kills as u64 / 20, "too little has happened: {epoch} epochs");
        // All are dead: the next process gets through, after a lease at most.
        world.set_down(false);
        until("a call", || world.run("once", &settings).contains(&"ok".to_owned()));
        assert_eq!(world.run("look", &settings), ["closed 0"]);
    }
}

#[test]
fn kills_of_processes_that_only_write_leave_a_whole_record() {
    for world in World::both() {
        world.set_down(true);
        let kills = runs(100, 1_000);
        let looked = kill(&world, kills, &["threshold=60000"], |_| {});
        println!("{kills} kills, {looked} looks: {:?}", world.record());
        let said = world.run("once", &["threshold=60000", "status"]);
        assert!(!said.last().unwrap().contains("events were not"), "a lock is left: {said:?}");
    }
}
