//! Threads that start together, work that must end, and futures that wait for nothing.

use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

use futures_util::FutureExt;

/// The time after which a test is taken for one that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `f` on that many threads that start together, each with its number. Returns what they
/// return, in the order of their numbers.
///
/// # Panics
/// If a thread panics.
pub fn together<T: Send>(threads: u32, f: impl Fn(u32) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(usize::try_from(threads).expect("32 bits fit"));
    let run = |number| {
        start.wait();
        f(number)
    };
    thread::scope(|scope| {
        let run = &run;
        let all: Vec<_> = (0..threads).map(|number| scope.spawn(move || run(number))).collect();
        all.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}

/// Runs `f` on a thread of its own.
///
/// # Panics
/// If it panics, or has not ended in a minute.
#[track_caller]
pub fn ends(f: impl FnOnce() + Send + 'static) {
    let (done, ended) = mpsc::channel();
    let thread = thread::spawn(move || {
        f();
        let _ = done.send(());
    });
    let in_time = ended.recv_timeout(PATIENCE);
    assert_ne!(in_time, Err(mpsc::RecvTimeoutError::Timeout), "it hangs");
    thread.join().expect("no panic");
}

/// Returns the output of a future that has nothing to wait for.
///
/// # Panics
/// If it waits.
#[track_caller]
pub fn now<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("nothing to wait for")
}
