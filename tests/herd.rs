//! Sixty-four callers that meet the end of a cooldown together: no more of
//! them run than there are probes. Nobody's call ends before all have asked.

#![allow(clippy::unchecked_time_subtraction, reason = "of constants")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError, Config, State, circuit_breaker};

const CALLERS: u32 = 64;
const ROUNDS: u32 = 8;
const COOLDOWN: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Down,
    Rejected,
}

impl From<BreakerError> for Fault {
    fn from(_: BreakerError) -> Self {
        Fault::Rejected
    }
}

type Reply = Result<(), Fault>;

/// What the callers of one herd share.
struct Herd<B> {
    /// Reached by everyone who has asked: inside the body, or after a rejection.
    all_have_asked: B,
    runs: AtomicU32,
    reply: Reply,
}

type Threads = Herd<Barrier>;
type Tasks = Herd<tokio::sync::Barrier>;

impl<B> Herd<B> {
    /// Every other herd fails.
    fn new(all_have_asked: B, round: u32) -> Arc<Self> {
        let reply = if round % 2 == 0 { Ok(()) } else { Err(Fault::Down) };
        Arc::new(Herd { all_have_asked, runs: AtomicU32::new(0), reply })
    }
}

fn on_thread(herd: &Threads) -> Reply {
    herd.runs.fetch_add(1, Ordering::SeqCst);
    herd.all_have_asked.wait();
    herd.reply
}

async fn in_task(herd: &Tasks) -> Reply {
    herd.runs.fetch_add(1, Ordering::SeqCst);
    herd.all_have_asked.wait().await;
    herd.reply
}

macro_rules! clients {
    ($($name:literal, $probes:literal: $on_thread:ident, $in_task:ident;)*) => {$(
        #[circuit_breaker(name = $name, threshold = 1, cooldown = "1s", probes = $probes)]
        fn $on_thread(herd: &Threads) -> Reply {
            on_thread(herd)
        }

        #[circuit_breaker(name = $name, threshold = 1, cooldown = "1s", probes = $probes)]
        async fn $in_task(herd: Arc<Tasks>) -> Reply {
            in_task(&herd).await
        }
    )*};
}

clients! {
    "one", 1: one, one_in_task;
    "three", 3: three, three_in_task;
    "all", 255: all, all_in_task;
}

/// A breaker under the tuning of the clients, tripped, its cooldown over.
fn cooled_down(scope: &Scope, name: &str, probes: u64) -> Arc<Breaker> {
    let config = Config::builder().threshold(1).cooldown(COOLDOWN);
    let config = config.probes(probes).build().unwrap();
    let breaker = scope.registry().get_or_insert(name, config).unwrap();
    breaker.try_acquire().unwrap().failure();
    scope.advance(COOLDOWN);
    assert_eq!(breaker.state(), State::Open);
    breaker
}

/// What is true once the herd has passed.
fn only_the_probes_ran(breaker: &Breaker, probes: u64, runs: &AtomicU32, replies: &[Reply]) {
    let admitted = probes.min(CALLERS.into());
    let rejected = u64::from(CALLERS) - admitted;
    assert_eq!(u64::from(runs.load(Ordering::SeqCst)), admitted, "bodies");
    let told = replies.iter().filter(|r| **r == Err(Fault::Rejected));
    assert_eq!(told.count() as u64, rejected);
    let snapshot = breaker.snapshot();
    assert_eq!(snapshot.rejections, rejected);
    assert_eq!(snapshot.episode, 3, "tripped, half-open, and one verdict");
    assert_eq!(snapshot.late_outcomes, admitted - 1);
    let failed = replies.contains(&Err(Fault::Down));
    let verdict = if failed { State::Open } else { State::Closed };
    assert_eq!(snapshot.state, verdict);
}

fn herd_of_threads(name: &str, probes: u64, call: fn(&Threads) -> Reply) {
    for round in 0..ROUNDS {
        let scope = Scope::enter();
        let breaker = cooled_down(&scope, name, probes);
        let herd = Herd::new(Barrier::new(CALLERS as usize), round);
        let start = Barrier::new(CALLERS as usize);
        let caller = || {
            start.wait();
            let reply = call(&herd);
            if reply == Err(Fault::Rejected) {
                herd.all_have_asked.wait();
            }
            reply
        };
        let replies: Vec<_> = std::thread::scope(|threads| {
            let spawn = |_| {
                let handle = scope.handle();
                threads.spawn(move || {
                    let _entered = handle.enter();
                    caller()
                })
            };
            let callers: Vec<_> = (0..CALLERS).map(spawn).collect();
            let replies = callers.into_iter().map(|caller| caller.join().unwrap());
            replies.collect()
        });
        only_the_probes_ran(&breaker, probes, &herd.runs, &replies);
    }
}

#[test]
fn herd_of_threads_at_one_probe_runs_one_body() {
    herd_of_threads("one", 1, one);
}

#[test]
fn herd_of_threads_at_three_probes_runs_three_bodies() {
    herd_of_threads("three", 3, three);
}

#[test]
fn herd_of_threads_below_the_number_of_probes_runs_every_body() {
    herd_of_threads("all", 255, all);
}

async fn herd_of_tasks<F>(name: &str, probes: u64, call: fn(Arc<Tasks>) -> F)
where
    F: Future<Output = Reply> + Send + 'static,
{
    for round in 0..ROUNDS {
        let scope = Scope::enter();
        let breaker = cooled_down(&scope, name, probes);
        let herd = Herd::new(tokio::sync::Barrier::new(CALLERS as usize), round);
        let start = Arc::new(tokio::sync::Barrier::new(CALLERS as usize));
        let spawn = |_| {
            let (herd, start) = (Arc::clone(&herd), Arc::clone(&start));
            tokio::spawn(scope.handle().wrap(async move {
                start.wait().await;
                let reply = call(Arc::clone(&herd)).await;
                if reply == Err(Fault::Rejected) {
                    herd.all_have_asked.wait().await;
                }
                reply
            }))
        };
        let callers: Vec<_> = (0..CALLERS).map(spawn).collect();
        let mut replies = Vec::new();
        for caller in callers {
            replies.push(caller.await.unwrap());
        }
        only_the_probes_ran(&breaker, probes, &herd.runs, &replies);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn herd_of_tasks_at_one_probe_runs_one_body() {
    herd_of_tasks("one", 1, one_in_task).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn herd_of_tasks_at_three_probes_runs_three_bodies() {
    herd_of_tasks("three", 3, three_in_task).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn herd_of_tasks_below_the_number_of_probes_runs_every_body() {
    herd_of_tasks("all", 255, all_in_task).await;
}

/// Sixty-four threads ask at once; those that are admitted hold their permits
/// until all have asked. Returns how many were.
fn admitted_together(breaker: &Breaker) -> u64 {
    let start = Barrier::new(CALLERS as usize);
    let all_have_asked = Barrier::new(CALLERS as usize);
    let ask = || {
        start.wait();
        let permit = breaker.try_acquire();
        all_have_asked.wait();
        u64::from(permit.is_ok())
    };
    std::thread::scope(|threads| {
        let callers: Vec<_> = (0..CALLERS).map(|_| threads.spawn(ask)).collect();
        let admitted = callers.into_iter().map(|caller| caller.join().unwrap());
        admitted.sum()
    })
}

#[test]
fn herd_at_the_end_of_lost_probes_replaces_each_once() {
    for probes in [1, 3] {
        for _ in 0..ROUNDS {
            let scope = Scope::enter();
            let breaker = cooled_down(&scope, "lost", probes);
            for _ in 0..probes {
                std::mem::forget(breaker.try_acquire().unwrap());
                scope.advance(MS);
            }
            assert_eq!(admitted_together(&breaker), 0);
            scope.advance(COOLDOWN);
            assert_eq!(admitted_together(&breaker), probes);
            assert_eq!(breaker.snapshot().probes_in_flight, 0);
        }
    }
}

#[test]
fn herd_before_the_end_of_the_cooldown_is_rejected_whole() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, "early", 3);
    breaker.try_acquire().unwrap().failure();
    scope.advance(COOLDOWN - MS);
    assert_eq!(admitted_together(&breaker), 0);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn herd_of_failures_trips_once() {
    for _ in 0..ROUNDS {
        let scope = Scope::enter();
        let config = Config::builder().threshold(CALLERS.into()).build().unwrap();
        let breaker = scope.registry().get_or_insert("trips", config).unwrap();
        let start = Barrier::new(CALLERS as usize);
        let fail = || {
            let permit = breaker.try_acquire().unwrap();
            start.wait();
            permit.failure();
        };
        std::thread::scope(|threads| {
            for _ in 0..CALLERS {
                threads.spawn(fail);
            }
        });
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.episode), (State::Open, 1));
        assert_eq!(snapshot.late_outcomes, 0, "no failure was lost");
    }
}
