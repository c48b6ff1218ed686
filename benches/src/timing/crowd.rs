//! A hundred threads on one breaker, on all cores.

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
/// The length of a sample, in which each thread gets several turns.
const LENGTH: Duration = Duration::from_millis(40);
/// The length of a chunk of calls between two looks at the time. It is short, since with some locks
/// the hundred threads wait for each other at every call.
const CHUNK: Duration = Duration::from_micros(15);
/// The number of chunks after which the next thread has its turn. If each thread worked until the
/// system stopped it, the first turn of all hundred would take a second.
const TURN: usize = 10;
/// The time for all samples of a case. A fair lock of an async peer takes longer: it goes from
/// thread to thread in the order in which they came, and each must wait for a core.
const PATIENCE: Duration = Duration::from_secs(8);

/// The work that a thread has done.
struct Done {
    calls: u64,
    start: Instant,
    end: Instant,
}

/// Samples of each case that has any.
pub(super) fn samples(runners: &[Runner<'_>], effort: Duration) -> Vec<Samples> {
    // Measured by one thread, since a hundred need time to start and to end.
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

/// The threads share only the breaker, so larger windows and cases with an addition are left out.
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
            // Measured here, since the thread that starts the others may be late itself.
            let start = Instant::now();
            let mut made = 0;
            for chunk in 1.. {
                // Relaxed: no other memory is read after it.
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
        // A thread whose peer panicked has made no calls.
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let start = done.iter().map(|done| done.start).min();
    let time = done.iter().map(|done| done.end).max().zip(start).map(|(end, start)| end - start);
    let time = time.unwrap_or_default();
    let made: u64 = done.iter().map(|done| done.calls).sum();
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let cores = u32::try_from(cores.min(THREADS)).unwrap_or(1);
    // Every sample counts as steady: a probe shows one core, for some microseconds.
    Sample { per_call: per_call(time * cores, made.max(1)), probe: 1.0 }
}
