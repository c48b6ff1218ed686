//! Annotated functions in tasks of runtimes that come and go.
//!
//! Their futures are dropped at every point: by an abort, by a time limit, by hand after some
//! polls, on other threads, before the first poll, and with their runtime.

mod functions;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use breakerbox::Registry;
use breakerbox::testing::{Handle, Scope};
use fastrand::Rng;
use tokio::runtime::{Builder, Runtime};

use self::functions::Script;
use crate::answer::Answer;
use crate::fault;
use crate::post::Doing;
use crate::quiet;
use crate::run::{Run, Worker};
use crate::tuning::{Time, ms};

const PART: &str = "tasks";

/// The runtimes of each caller in a round, and the tasks of each.
const RUNTIMES: usize = 4;
const TASKS: usize = 150;

type Task = Pin<Box<dyn Future<Output = Answer> + Send>>;

pub(crate) fn play(run: &Run) {
    run.rounds(|round, worker| {
        // The task uses the registry of the process and its clock, or those of a test.
        let scope = worker.rng.bool().then(Scope::enter);
        let handle = scope.as_ref().map(Scope::handle);
        let time = scope.as_ref().map_or(Time::Real, |scope| Time::ByHand(scope.clock().clone()));
        worker.does(Doing::Waits);
        run.callers(round, |worker| {
            for _ in 0..RUNTIMES {
                play_runtime(worker, handle.as_ref(), &time);
            }
        });
        worker.does(Doing::Checks);
        check(worker, &time);
    });
}

/// All runtimes are gone: no probe is out, and each breaker recovers.
fn check(worker: &mut Worker, time: &Time) {
    for breaker in Registry::global().iter() {
        let now = breaker.snapshot();
        quiet::check(PART, &now);
        if now.probes_in_flight != 0 {
            fault::report(PART, format_args!("a probe has outlived its runtime: {now:?}"));
        }
        worker.does(Doing::Recovers);
        quiet::recover(PART, &breaker, time);
        worker.tally.snapshots += 1;
    }
}

/// Fills a runtime with tasks, runs it for a moment, and drops it.
fn play_runtime(worker: &mut Worker, handle: Option<&Handle>, time: &Time) {
    let runtime = build(&mut worker.rng);
    worker.does(Doing::Calls);
    let mut aborts = Vec::new();
    for _ in 0..TASKS {
        worker.tally.calls += 1;
        let call = in_scope(handle, choose(&mut worker.rng));
        match worker.rng.u8(..10) {
            0 => {
                worker.tally.cancels += 1;
                drop_elsewhere(call, worker.rng.u8(..6), &runtime);
            }
            1 => {
                let polls = worker.rng.u8(..6);
                runtime.spawn(polled(call, polls));
            }
            2 => {
                let limit = ms(worker.rng.u64(..4));
                runtime.spawn(async move { tokio::time::timeout(limit, call).await.ok() });
            }
            3 => aborts.push(runtime.spawn(call)),
            4 => {
                let (handle, script) = (handle.cloned(), Script::choose(&mut worker.rng));
                runtime.spawn_blocking(move || {
                    let _entered = handle.as_ref().map(Handle::enter);
                    fault::survive(|| functions::at_once(script))
                });
            }
            _ => drop(runtime.spawn(call)),
        }
        if let Time::ByHand(_) = time {
            time.pass(ms(worker.rng.u64(..3)));
        }
    }
    let turns = worker.rng.u8(..20);
    runtime.block_on(async {
        for turn in 0..turns {
            tokio::task::yield_now().await;
            if turn % 8 == 0 {
                tokio::time::sleep(ms(1)).await;
            }
        }
    });
    worker.tally.cancels += aborts.len() as u64;
    aborts.iter().for_each(tokio::task::JoinHandle::abort);
    worker.does(Doing::Waits);
    drop(runtime);
    worker.tally.runtimes += 1;
}

fn build(rng: &mut Rng) -> Runtime {
    let mut builder = match rng.u8(..2) {
        0 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    // A current-thread runtime has no workers.
    builder.worker_threads(2).enable_time().build().expect("threads are to be had")
}

/// A call of one of the functions.
fn choose(rng: &mut Rng) -> Task {
    let script = Script::choose(rng);
    match rng.u8(..7) {
        0 => Box::pin(functions::plain(script)),
        1 => Box::pin(functions::rated(script)),
        2 => Box::pin(functions::bounded(script)),
        3 => Box::pin(functions::judged(script)),
        4 => Box::pin(functions::left(script)),
        5 => functions::deep(rng.u8(..4), script),
        _ => Box::pin(functions::nested(script)),
    }
}

fn in_scope(handle: Option<&Handle>, call: Task) -> Task {
    match handle {
        Some(handle) => Box::pin(handle.wrap(call)),
        None => call,
    }
}

/// Polls a call a few times, and then drops it.
async fn polled(mut call: Task, polls: u8) {
    for _ in 0..polls {
        let once = std::future::poll_fn(|context| Poll::Ready(call.as_mut().poll(context)));
        if once.await.is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Polls a call here a few times, and drops it on another thread.
fn drop_elsewhere(mut call: Task, polls: u8, runtime: &Runtime) {
    let _entered = runtime.enter();
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if !matches!(fault::survive(|| call.as_mut().poll(&mut context)), Some(Poll::Pending)) {
            return;
        }
    }
    // A thread that panics tells the hook.
    let _ = thread::spawn(move || drop(call)).join();
}
