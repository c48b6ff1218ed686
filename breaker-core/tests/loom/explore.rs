//! Explores a model in each of its roles, and counts its executions.
//!
//! Loom 0.7.2 remembers only one last access of each thread to an atomic, and so skips
//! interleavings: if the main thread only reads while a spawned one writes, it may explore a single
//! execution (tokio-rs/loom#392, #166). So the main thread runs each part of a race once.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// The part of a race that the main thread runs, by its place among the parts.
#[derive(Clone, Copy)]
pub(crate) struct Role(usize);

impl Role {
    /// Runs both parts at once, one of them on a new thread.
    pub(crate) fn race<A: 'static, B: 'static>(
        self,
        one: impl FnOnce() -> A + 'static,
        two: impl FnOnce() -> B + 'static,
    ) -> (A, B) {
        if self.0 == 0 {
            let two = thread::spawn(two);
            (one(), two.join().unwrap())
        } else {
            let one = thread::spawn(one);
            let two = two();
            (one.join().unwrap(), two)
        }
    }

    /// Runs three parts at once, two of them on new threads.
    pub(crate) fn race_of_three<A: 'static, B: 'static, C: 'static>(
        self,
        one: impl FnOnce() -> A + 'static,
        two: impl FnOnce() -> B + 'static,
        three: impl FnOnce() -> C + 'static,
    ) -> (A, B, C) {
        if self.0 == 0 {
            let (two, three) = (thread::spawn(two), thread::spawn(three));
            (one(), two.join().unwrap(), three.join().unwrap())
        } else {
            let one = thread::spawn(one);
            let (two, three) = Role(self.0 - 1).race(two, three);
            (one.join().unwrap(), two, three)
        }
    }
}

/// Hands the breaker to a part of a race.
pub(crate) fn on<T, P: FnOnce(&Arc<Breaker>) -> T>(
    breaker: &Arc<Breaker>,
    part: P,
) -> impl FnOnce() -> T + use<T, P> {
    let breaker = Arc::clone(breaker);
    move || part(&breaker)
}

/// The bound to which a model is explored.
#[derive(Clone, Copy)]
pub(crate) enum Depth {
    /// At most this many preemptions; the second number is for the full run. All orders would take
    /// too long.
    Preemptions(usize, usize),
    /// All orders.
    All,
}

/// Explores `model` once in each role. A race of equal parts has one role. Asserts the least number
/// of executions in each role: a model that explores next to nothing shows next to nothing. In a
/// role where the main thread only reads, loom explores one execution, and the other role carries
/// the model.
pub(crate) fn explore<const ROLES: usize>(
    depth: Depth,
    least: [usize; ROLES],
    model: impl Fn(Role) + Sync + Send + 'static,
) {
    let model = Arc::new(model);
    for (role, least) in least.into_iter().enumerate() {
        let executions = Arc::new(AtomicUsize::new(0));
        let (model, count) = (Arc::clone(&model), Arc::clone(&executions));
        let mut builder = loom::model::Builder::new();
        // A change of `slow_call` or of a window has many steps.
        builder.max_branches = 10_000;
        builder.preemption_bound = match depth {
            Depth::Preemptions(bounded, full) => Some(if is_full() { full } else { bounded }),
            Depth::All => None,
        };
        let began = std::time::Instant::now();
        builder.check(move || {
            count.fetch_add(1, Ordering::Relaxed);
            model(Role(role));
        });
        let executions = executions.load(Ordering::Relaxed);
        report(role, executions, began.elapsed());
        assert!(executions >= least, "role {role}: {executions} executions, not {least}");
    }
}

/// Returns whether the environment asks for the long models and many preemptions.
pub(crate) fn is_full() -> bool {
    std::env::var_os("BREAKER_LOOM").is_some_and(|asked| asked == "full")
}

/// Prints a line past the test harness, which would hold it back.
fn report(role: usize, executions: usize, took: Duration) {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("model");
    let line = format!("loom: {name}, role {role}: {executions} executions in {took:.1?}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}
