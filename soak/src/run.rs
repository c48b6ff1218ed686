//! The run: all parts at once until the time is over.

use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::memory::Memory;
use crate::options::Options;
use crate::part::Part;
use crate::post::{Doing, Post};
use crate::tally::{self, Tally};
use crate::{fault, watch};

const LINE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(50);

/// The memory warms up for a third of the time, and for a minute at the most.
const WARM_UP_DIVISOR: u32 = 3;
const LONGEST_WARM_UP: Duration = Duration::from_secs(60);

/// The settings of the run that a part knows.
pub(crate) struct Run {
    part: &'static str,
    number: u64,
    seed: u64,
    pub(crate) threads: usize,
    end: Instant,
}

/// One thread of a part.
pub(crate) struct Worker {
    pub(crate) rng: fastrand::Rng,
    pub(crate) tally: Tally,
    pub(crate) post: Arc<Post>,
}

impl Run {
    /// Returns a worker for this thread. `round` and `number` seed its random numbers.
    pub(crate) fn worker(&self, round: u64, number: usize) -> Worker {
        let mixed =
            [self.number, round, number as u64].into_iter().fold(self.seed, |seed, part| {
                (seed ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
            });
        let post = Post::new(self.part, number);
        Worker { rng: fastrand::Rng::with_seed(mixed), tally: Tally::default(), post }
    }

    /// Plays rounds, each under its number, until the time is over. A round is played to its end.
    pub(crate) fn rounds(&self, play: impl Fn(u64, &mut Worker)) {
        for round in 0.. {
            if Instant::now() >= self.end {
                break;
            }
            let mut worker = self.worker(round, 0);
            worker.tally.rounds += 1;
            play(round, &mut worker);
        }
    }

    /// Plays all callers of a round on threads of their own, and waits until the threads are gone.
    pub(crate) fn callers(&self, round: u64, play: impl Fn(&mut Worker) + Sync) {
        thread::scope(|scope| {
            let caller = |number| {
                let play = &play;
                scope.spawn(move || play(&mut self.worker(round, 2 + number)))
            };
            join((0..self.threads).map(caller).collect());
        });
    }

    /// Reports a fault of this part.
    pub(crate) fn fault(&self, what: impl std::fmt::Display) {
        fault::report(self.part, what);
    }
}

impl Worker {
    pub(crate) fn does(&self, doing: Doing) {
        self.post.does(doing);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        tally::add(self.tally);
        self.post.leave();
    }
}

/// Waits until threads are gone. A scope alone does not wait for the destructors of their
/// thread-locals.
pub(crate) fn join(threads: Vec<thread::ScopedJoinHandle<'_, ()>>) {
    for thread in threads {
        if let Err(payload) = thread.join() {
            fault::expect_planned(&*payload);
        }
    }
}

/// Plays the parts, and prints what they have done.
pub(crate) fn play(options: Options) -> ExitCode {
    let Options { length, seed, threads, keeps_going, parts } = options;
    let names: Vec<_> = parts.iter().map(|part| part.name).collect();
    println!("soak: {} for {length:?}, {threads} callers each, seed {seed}", names.join(", "));
    fault::expect_none(seed, keeps_going);
    thread::spawn(move || watch::watch(seed));
    let start = Instant::now();
    let threads: Vec<_> = (0..)
        .zip(parts)
        .map(|(number, &Part { name: part, play, .. })| {
            let run = Run { part, number, seed, threads, end: start + length };
            thread::spawn(move || play(&run))
        })
        .collect();
    let mut memory = Memory::default();
    let mut lines = 1;
    while !threads.iter().all(thread::JoinHandle::is_finished) {
        thread::sleep(LOOK);
        let passed = start.elapsed();
        memory.look(passed > LONGEST_WARM_UP.min(length / WARM_UP_DIVISOR));
        if passed >= LINE * lines {
            lines += 1;
            println!("{:>5} s: {}; {memory}", passed.as_secs(), tally::total());
        }
    }
    let faults = fault::count();
    println!("soak: {}; {memory}; {faults} faults, seed {seed}", tally::total());
    if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
