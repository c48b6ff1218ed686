//! A hundred threads on one breaker, on as many cores as there are.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Runner;
use super::sample::{self, Sample, Samples, per_call};
use crate::case::{Group, Path, Policy, measured};

const THREADS: usize = 100;
/// Each thread gets several turns.
const LENGTH: Duration = Duration::from_millis(40);
/// Calls are made in chunks until the time is over. Short, since some locks have the hundred wait
/// for each other at every call.
const CHUNK: Duration = Duration::from_micros(15);
/// After so many chunks the next thread has its turn: a hundred that each work until the system
/// stops them need a second for the first turn alone.
const TURN: usize = 10;
/// Time that a case may take in all. A fair lock of an async peer takes more: it goes from thread
/// to thread in the order in which they came, and each has to wait for a core.
const PATIENCE: Duration = Duration::from_secs(8);

/// What a thread has done.
struct Done {
    calls: u64,
    start: Instant,
    end: Instant,
}

/// Samples of each case that has any.
pub(super) fn samples(runners: &[Runner<'_>], effort: Duration) -> Vec<Samples> {
    // By one thread, since a hundred need their time to start and to come to an end.
    let one_thread = &mut |runner, calls| Some(sample::one_thread(runner, calls));
    let calls = sample::calls(runners, CHUNK, one_thread);
    let mut spent = HashMap::new();
    sample::rounds(runners, &calls, effort, &mut |runner, calls| {
        let spent = spent.entry(runner.case.id()).or_insert(Duration::ZERO);
        if !is_measured(runner) || *spent > PATIENCE {
            return None;
        }
        let start = Instant::now();
        let sample = one(runner, calls);
        *spent += start.elapsed();
        Some(sample)
    })
}

/// What all threads share is the breaker, so its size does not matter, nor does what is special.
fn is_measured(runner: &Runner<'_>) -> bool {
    let case = runner.case;
    let is_larger =
        matches!(case.policy, Policy::CountWindow(_)) && case.policy != Policy::COUNT_WINDOW;
    let is_shown = matches!(case.group, Group::Compared | Group::Llm);
    is_shown && case.path == Path::Success && !is_larger
}

fn one(runner: &Runner<'_>, calls: u64) -> Sample {
    let (subject, path) = (&*runner.subject, runner.case.path);
    let (line, is_over) = (Barrier::new(THREADS + 1), AtomicBool::new(false));
    let done: Vec<_> = thread::scope(|scope| {
        let work = || {
            line.wait();
            // Here, since the thread that lets them go may be late itself.
            let start = Instant::now();
            let mut made = 0;
            for chunk in 1.. {
                // Relaxed: nothing else is read.
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                measured(subject, path, calls);
                made += calls;
                if chunk % TURN == 0 {
                    thread::yield_now();
                }
            }
            Done { calls: made, start, end: Instant::now() }
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        line.wait();
        thread::sleep(LENGTH);
        is_over.store(true, Ordering::Relaxed);
        // A peer that panics has made no calls.
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let start = done.iter().map(|done| done.start).min();
    let time = done.iter().map(|done| done.end).max().zip(start).map(|(end, start)| end - start);
    let time = time.unwrap_or_default();
    let made: u64 = done.iter().map(|done| done.calls).sum();
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let cores = u32::try_from(cores.min(THREADS)).unwrap_or(1);
    // None is unsteady: a probe tells of one core, and of some microseconds.
    Sample { per_call: per_call(time * cores, made.max(1)), probe: 1.0 }
}
