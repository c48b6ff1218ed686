use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::breaker::hung::HungCalls;
use crate::{Breaker, Config, ConfigBuilder, Permit};

const SHORTEST: Duration = Duration::from_nanos(super::COARSE_FROM);

fn timed(slow_call: Duration) -> ConfigBuilder {
    Config::builder().threshold(9).slow_call(slow_call)
}

fn failures(breaker: &Breaker) -> u16 {
    breaker.snapshot().consecutive_failures
}

/// Returns how many calls are out.
fn out(breaker: &Breaker) -> i64 {
    breaker.cell.cold().hung.get().map_or(0, HungCalls::out)
}

/// The loop tries the coarse clock and the precise one.
#[test]
fn call_on_the_systems_clock_is_out_until_it_ends_on_whatever_thread() {
    for slow_call in [Duration::from_secs(3_600), Duration::from_millis(499)] {
        let breaker = Arc::new(Breaker::new("out", timed(slow_call).build_const()));
        let acquire = |_| breaker.try_acquire_owned().unwrap();
        let mut permits: Vec<_> = (0..100).map(acquire).collect();
        assert_eq!(out(&breaker), 100);
        let others = permits.split_off(60);
        let others = thread::spawn(move || others.into_iter().for_each(Permit::success));
        others.join().unwrap();
        assert_eq!(out(&breaker), 60);
        for (number, permit) in (0_u64..).zip(permits) {
            if number % 20 == 0 { permit.failure() } else { permit.success() }
        }
        assert_eq!((out(&breaker), failures(&breaker)), (0, 0), "the last was a success");
        acquire(0).failure();
        assert_eq!((out(&breaker), failures(&breaker)), (0, 1));
    }
}

#[test]
fn call_that_takes_slow_call_by_the_coarse_clock_is_slow() {
    let breaker = Breaker::new("slow", timed(SHORTEST).build_const());
    let (slow, began) = (breaker.try_acquire().unwrap(), Instant::now());
    breaker.try_acquire().unwrap().success();
    assert_eq!(failures(&breaker), 0);
    // The coarse clock may trail by now.
    while began.elapsed() < 2 * SHORTEST {
        thread::yield_now();
    }
    slow.success();
    assert_eq!((out(&breaker), failures(&breaker)), (0, 1));
}

#[test]
fn listener_is_told_of_the_precise_length_whatever_slow_call() {
    let breaker = Arc::new(Breaker::new("told", timed(SHORTEST).build_const()));
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let subscription = breaker.on_outcome(move |call| tell.lock().unwrap().push(call.duration));
    let mut took = Vec::new();
    for _ in 0..100 {
        let permit = breaker.try_acquire().unwrap();
        let began = Instant::now();
        thread::yield_now();
        took.push(began.elapsed());
        permit.success();
    }
    drop(subscription);
    breaker.try_acquire().unwrap().success();
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 100, "one of each call");
    assert!(told.iter().zip(&took).all(|(told, took)| told.unwrap() >= *took));
}
