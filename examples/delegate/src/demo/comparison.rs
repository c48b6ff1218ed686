//! Calls of a back end that hangs, with its breaker and without.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use breakerbox::{EventKind, Registry, State};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep};

use super::FACTOR;
use crate::backend::Backend;
use crate::config::Config;
use crate::delegate::Delegate;
use crate::fakes::{Fakes, Mood};
use crate::process;

/// The calls of each run.
pub const CALLS: usize = 100;
/// The pause after a call with the breaker: 2 s of the story.
const PAUSE: Duration = Duration::from_millis(20);
/// The concurrent calls without the breaker: one by one they would take 90 s.
const AT_ONCE: usize = 20;

/// Two runs; its `Display` prints them side by side.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// With the breaker.
    pub with: Run,
    /// Without the breaker.
    pub without: Run,
}

/// The outcome of one run.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Processes that were started, by their own count.
    pub starts: usize,
    /// Changes of the breaker to half-open.
    pub probes: usize,
    /// Calls that were told at once when to come back.
    pub degraded: usize,
    /// The sum of the calls' times.
    pub time: Duration,
}

/// Makes both runs, at the same time.
///
/// # Errors
/// The stage cannot be set, or a process not be started.
pub async fn compare(
    fakes: &Fakes,
    cooldown: Duration,
    timeout: Duration,
) -> Result<Comparison, Box<dyn Error>> {
    let [guarded, bare] = ["guarded", "bare"];
    for name in [guarded, bare] {
        fakes.stage.set(name, Mood::Hang)?;
    }
    let config = fakes.config(cooldown, timeout);
    let (with, without) = tokio::join!(
        with_breaker(fakes, Config { backends: vec![fakes.program(guarded)], ..config }),
        without_breaker(fakes, Backend { program: fakes.program(bare), timeout }),
    );
    Ok(Comparison { with: with?, without: without? })
}

/// Calls as one caller, who pauses after each call.
async fn with_breaker(fakes: &Fakes, config: Config) -> Result<Run, Box<dyn Error>> {
    let name = config.backends[0].name.clone();
    let delegate = Delegate::new(config)?;
    let probes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&probes);
    let _subscription = Registry::global().on_transition(move |event| {
        if let EventKind::Transition { to: State::HalfOpen, .. } = event.kind {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    let mut run = Run { starts: 0, probes: 0, degraded: 0, time: Duration::ZERO };
    for _ in 0..CALLS {
        let begun = Instant::now();
        let outcome = delegate.ask(&name, "Are you there?").await;
        run.time += begun.elapsed();
        run.degraded += usize::from(outcome.is_ok_and(|answer| answer.is_degraded()));
        sleep(PAUSE).await;
    }
    run.starts = fakes.stage.starts(&name)?.len();
    run.probes = probes.load(Ordering::Relaxed);
    Ok(run)
}

/// Calls without the attribute, many at once.
async fn without_breaker(fakes: &Fakes, backend: Backend) -> Result<Run, Box<dyn Error>> {
    let call = async || {
        let begun = Instant::now();
        let _hung = process::run(&backend, "Are you there?").await;
        begun.elapsed()
    };
    let calls = stream::iter(0..CALLS).map(|_| call());
    let times: Vec<_> = calls.buffer_unordered(AT_ONCE).collect().await;
    let starts = fakes.stage.starts(backend.name())?.len();
    Ok(Run { starts, probes: 0, degraded: 0, time: times.iter().sum() })
}

type Cell = fn(&Run) -> String;

const ROWS: [(&str, Cell); 6] = [
    ("calls", |_| CALLS.to_string()),
    ("processes started", |run| run.starts.to_string()),
    ("  of them probes", |run| run.probes.to_string()),
    ("degraded at once", |run| run.degraded.to_string()),
    ("time the calls took, here", |run| format!("{:.1} s", run.time.as_secs_f64())),
    ("  in the story", |run| format!("{:.1} min", (run.time * FACTOR).as_secs_f64() / 60.0)),
];

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<28}{:>14}{:>14}", "", "with breaker", "without")?;
        for (label, cell) in ROWS {
            write!(f, "\n{label:<28}{:>14}{:>14}", cell(&self.with), cell(&self.without))?;
        }
        write!(
            f,
            "\nTimes are added up. Without it, {AT_ONCE} calls were made at the same time; "
        )?;
        write!(f, "in the story time\nruns {FACTOR} times as slowly as here.")
    }
}
