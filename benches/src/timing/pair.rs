//! Two threads on one breaker, each on a core of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::Runner;
use super::cores;
use super::probe::probe;
use super::sample::{self, Sample, Samples, per_call};
use crate::case::{Path, measured};
use crate::subject::Subject;

/// Longer than on one thread, so that the start does not matter.
const LENGTH: Duration = Duration::from_micros(1_500);
/// The length of a chunk of calls between two looks at the time. With some locks one thread is far
/// ahead of the other, and would finish a fixed number of calls long before it.
const CHUNK: Duration = Duration::from_micros(15);
/// The share of the time in which both threads must have run.
const TOGETHER: f64 = 0.85;
/// The bit of `line` that is set once a thread has ended.
const GONE: u64 = 1 << 63;

/// The work of both threads.
#[derive(Clone, Copy)]
struct Job<'s> {
    subject: &'s dyn Subject,
    path: Path,
    /// The calls of a chunk.
    calls: u64,
}

/// The work that a thread has done.
struct Done {
    calls: u64,
    start: Instant,
    end: Instant,
    probe: f64,
}

/// Sets the bit [`GONE`] when its thread ends.
struct Leaver<'l>(&'l AtomicU64);

struct Worker<'s> {
    jobs: Sender<Job<'s>>,
    /// Receives `None` for a job in which the peer has panicked.
    done: Receiver<Option<Done>>,
}

/// Samples of each case, until `effort` is spent.
///
/// # Errors
/// The reason why two threads cannot run at once.
pub(super) fn samples<'r>(
    runners: &'r [Runner<'r>],
    effort: Duration,
) -> Result<Vec<Samples>, String> {
    let cores = cores::two()?;
    // The number of times that a thread has come to the line.
    let line = AtomicU64::new(0);
    let line = &line;
    Ok(thread::scope(|scope| {
        let pair = cores.map(|core| {
            let (jobs, inbox) = channel();
            let (outbox, done) = channel();
            scope.spawn(move || work(core, &inbox, &outbox, line));
            Worker { jobs, done }
        });
        let take = &mut |runner: &'r Runner<'r>, calls| {
            let job = Job { subject: &*runner.subject, path: runner.case.path, calls };
            // The threads live as long as `pair` does, so both sends succeed.
            pair.iter().try_for_each(|worker| worker.jobs.send(job)).ok()?;
            let [one, other] = [pair[0].done.recv().ok()?, pair[1].done.recv().ok()?];
            judge(&[one?, other?])
        };
        let calls = sample::calls(runners, CHUNK, take);
        sample::rounds(runners, &calls, effort, take)
    }))
}

fn work(core: usize, jobs: &Receiver<Job<'_>>, done: &Sender<Option<Done>>, line: &AtomicU64) {
    cores::stay_on(core);
    let _leaver = Leaver(line);
    for Job { subject, path, calls } in jobs {
        let is_warm = survives(|| measured(subject, path, calls / 8 + 1)).is_some();
        wait_for_the_other(line);
        let found = survives(|| measure(subject, path, calls)).filter(|_| is_warm);
        if done.send(found).is_err() {
            return;
        }
    }
}

fn measure(subject: &dyn Subject, path: Path, calls: u64) -> Done {
    let before = probe();
    let start = Instant::now();
    let mut made = 0;
    while start.elapsed() < LENGTH {
        measured(subject, path, calls);
        made += calls;
    }
    let end = Instant::now();
    Done { calls: made, start, end, probe: before.max(probe()) }
}

/// Returns `None` if a peer panics, as one does now and then on two threads: that sample is lost.
fn survives<T>(call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call)).ok()
}

/// Spins until both threads are here, or the other has ended. A sleeping thread would wake up late.
fn wait_for_the_other(line: &AtomicU64) {
    // AcqRel and Acquire: all work before the line is visible after it.
    let place = line.fetch_add(1, Ordering::AcqRel) & !GONE;
    let both = (place / 2 + 1) * 2;
    // With `GONE` set, the line is larger than any place.
    while line.load(Ordering::Acquire) < both {
        std::hint::spin_loop();
    }
}

impl Drop for Leaver<'_> {
    fn drop(&mut self) {
        // Relaxed: no other memory is read after the bit.
        self.0.fetch_or(GONE, Ordering::Relaxed);
    }
}

/// `None` unless both ran for nearly the whole time.
fn judge(both: &[Done; 2]) -> Option<Sample> {
    let [one, other] = both;
    let together = one.end.min(other.end).saturating_duration_since(one.start.max(other.start));
    let longest = both.iter().map(|done| done.end - done.start).max()?;
    if together.as_secs_f64() < TOGETHER * longest.as_secs_f64() {
        return None;
    }
    // The time per call if both were equally fast: the work of both together counts.
    let speed: f64 =
        both.iter().map(|done| 1.0 / per_call(done.end - done.start, done.calls)).sum();
    Some(Sample { per_call: 2.0 / speed, probe: one.probe.max(other.probe) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_of_a_peer_costs_one_sample() {
        assert_eq!(survives(|| 1), Some(1));
        assert_eq!(survives(|| panic!("of a peer")), None::<u8>);
    }

    #[test]
    fn thread_whose_other_has_ended_goes_on() {
        let line = AtomicU64::new(0);
        thread::scope(|scope| {
            let waits = scope.spawn(|| wait_for_the_other(&line));
            drop(Leaver(&line));
            assert!(waits.join().is_ok(), "waited when the other ended");
        });
        wait_for_the_other(&line);
    }
}
