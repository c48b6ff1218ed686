//! Sixty-four callers that meet the end of a cooldown: no more of them run than there are probes.
//! Nobody's call ends before all have asked.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, Permit, State, circuit_breaker};
use support::{Fault, MS, together, trip};

const CALLERS: u32 = 64;
const ROUNDS: u32 = 8;
const COOLDOWN: Duration = Duration::from_secs(1);

type Reply = support::Reply<()>;

fn is_rejection(reply: &Reply) -> bool {
    reply.as_ref().is_err_and(Fault::is_rejection)
}

/// The state that the callers of one herd share.
struct Herd<B> {
    /// Each caller comes here once it has asked: inside the body, or after a rejection.
    all_have_asked: B,
    runs: AtomicU32,
    reply: Reply,
}

type Threads = Herd<Barrier>;
type Tasks = Herd<tokio::sync::Barrier>;

impl<B> Herd<B> {
    /// The calls of every second herd fail.
    fn new(all_have_asked: B, round: u32) -> Arc<Self> {
        let reply = if round % 2 == 0 { Ok(()) } else { Err(Fault::Down) };
        Arc::new(Herd { all_have_asked, runs: AtomicU32::new(0), reply })
    }
}

fn on_thread(herd: &Threads) -> Reply {
    herd.runs.fetch_add(1, Ordering::SeqCst);
    herd.all_have_asked.wait();
    herd.reply.clone()
}

async fn in_task(herd: &Tasks) -> Reply {
    herd.runs.fetch_add(1, Ordering::SeqCst);
    herd.all_have_asked.wait().await;
    herd.reply.clone()
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

/// Trips a breaker that has the config of the clients, and lets its cooldown pass.
fn cooled_down(scope: &Scope, name: &str, probes: u64) -> Arc<Breaker> {
    let config = Config::builder().threshold(1).cooldown(COOLDOWN);
    let config = config.probes(probes).build().unwrap();
    let breaker = scope.registry().get_or_insert(name, config).unwrap();
    trip(&breaker);
    scope.advance(COOLDOWN);
    breaker
}

/// Asserts that the bodies of the probes have run, and that all other callers were rejected.
fn assert_only_the_probes_ran(breaker: &Breaker, probes: u64, runs: &AtomicU32, replies: &[Reply]) {
    let admitted = probes.min(CALLERS.into());
    let rejected = u64::from(CALLERS) - admitted;
    assert_eq!(u64::from(runs.load(Ordering::SeqCst)), admitted, "bodies");
    let told = replies.iter().filter(|reply| is_rejection(reply));
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
        let handle = scope.handle();
        let replies = together(CALLERS, |_| {
            let _entered = handle.enter();
            let reply = call(&herd);
            if is_rejection(&reply) {
                herd.all_have_asked.wait();
            }
            reply
        });
        assert_only_the_probes_ran(&breaker, probes, &herd.runs, &replies);
    }
}

#[test]
fn herd_of_threads_at_one_probe_runs_one_body() {
    herd_of_threads("one", 1, one);
}

/// [R1]
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
                if is_rejection(&reply) {
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
        assert_only_the_probes_ran(&breaker, probes, &herd.runs, &replies);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn herd_of_tasks_at_one_probe_runs_one_body() {
    herd_of_tasks("one", 1, one_in_task).await;
}

/// [R1]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn herd_of_tasks_at_three_probes_runs_three_bodies() {
    herd_of_tasks("three", 3, three_in_task).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn herd_of_tasks_below_the_number_of_probes_runs_every_body() {
    herd_of_tasks("all", 255, all_in_task).await;
}

/// Has sixty-four threads ask at once. Those that are admitted hold their permits until all have
/// asked, and return them.
fn admitted_together(breaker: &Breaker) -> Vec<Permit<&Breaker>> {
    let all_have_asked = Barrier::new(CALLERS as usize);
    let permits = together(CALLERS, |_| {
        let permit = breaker.try_acquire().ok();
        all_have_asked.wait();
        permit
    });
    permits.into_iter().flatten().collect()
}

/// Of callers that find one lost probe together, one replaces it and the others are rejected, even
/// if another probe is lost. So a herd may leave lost probes to the callers after it.
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
            assert_eq!(admitted_together(&breaker).len(), 0);
            scope.advance(COOLDOWN);
            let of_the_herd = admitted_together(&breaker);
            assert_ne!(of_the_herd.len(), 0);
            let after: Vec<_> = (0..CALLERS).filter_map(|_| breaker.try_acquire().ok()).collect();
            assert_eq!((of_the_herd.len() + after.len()) as u64, probes);
            drop((of_the_herd, after));
            assert_eq!(breaker.snapshot().probes_in_flight, 0);
        }
    }
}

#[test]
fn herd_before_the_end_of_the_cooldown_is_rejected_whole() {
    let scope = Scope::enter();
    let breaker = cooled_down(&scope, "early", 3);
    trip(&breaker);
    scope.advance(COOLDOWN - MS);
    assert_eq!(admitted_together(&breaker).len(), 0);
    assert_eq!(breaker.state(), State::Open);
}
