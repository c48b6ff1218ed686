//! Failures that could not be written are written once, and only into their own row.

use std::thread;

use breakerbox::{Config, State};

use crate::World;

#[test]
fn failures_that_could_not_be_written_end_with_the_row_of_all() {
    let world = World::new();
    let config = || Config::builder().threshold(5);
    let (one, other) = (world.begin_with(config()), world.begin_with(config()));
    other.fail();
    other.succeed();
    let lock = world.lock();
    for _ in 0..4 {
        one.fail();
    }
    drop(lock);
    other.fail();
    other.succeed();
    one.look();
    assert_eq!(one.breaker.snapshot().consecutive_failures, 0);
    one.fail();
    assert_eq!((one.state(), world.failures()), (State::Closed, 1));
}

#[test]
fn failures_that_could_not_be_written_do_not_outlive_an_open_of_others() {
    let world = World::new();
    let config = || Config::builder().threshold(5);
    let (one, other) = (world.begin_with(config()), world.begin_with(config()));
    other.fail();
    let lock = world.lock();
    for _ in 0..3 {
        one.fail();
    }
    drop(lock);
    for _ in 0..4 {
        other.fail();
    }
    one.look();
    assert_eq!(one.state(), State::Open);
    other.breaker.reset();
    one.look();
    assert_eq!(one.state(), State::Closed);
    one.fail();
    assert_eq!((one.state(), world.failures()), (State::Closed, 1));
}

#[test]
fn threads_that_fail_at_once_write_what_is_owed_once() {
    const THREADS: u16 = 4;
    for _ in 0..50 {
        let world = World::new();
        let one = world.begin_with(Config::builder().threshold(1_000));
        one.fail();
        let lock = world.lock();
        for _ in 0..3 {
            one.fail();
        }
        drop(lock);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| one.fail());
            }
        });
        // This failure also writes those that did not get the lock.
        one.fail();
        assert_eq!(world.failures(), 1 + 3 + THREADS + 1);
    }
}

#[test]
fn row_goes_on_in_a_record_that_was_removed() {
    let world = World::new();
    let one = world.begin_with(Config::builder().threshold(5));
    for _ in 0..3 {
        one.fail();
    }
    std::fs::remove_file(world.file()).unwrap();
    one.fail();
    assert_eq!((world.failures(), one.breaker.snapshot().consecutive_failures), (4, 4));
}
